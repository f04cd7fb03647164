"""Tab Write: a number or a word in the generator's hand."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components import text
from pages.components.classes import controls, draw, sheets, spelling
from pages.components.classes.kinds import Kinds
from pages.components.classes.spelling import MOST, Spelling
from pages.components.explore.place import LARGEST_SEED, Place
from pages.components.pictures import Pixels, data_url

MOST_VERSIONS = 40
_WIDE = 3.4  # width of a sheet of versions, in heights
_ENLARGED = 4  # times, so that strokes look smooth
_DARK = -0.5  # brightness of the rim below which a ground counts as dark


def show(where: Place, kinds: Kinds) -> None:
    """Text and style left; the line, then its versions, right."""
    of_class = kinds.of_class
    if not of_class:
        st.info(
            "Nobody can tell which class each kind is, so there is nothing to write with; the tab Grid shows "
            "the kinds.", icon=":material/info:",
        )  # fmt: skip
        return
    letters = spelling.one_letter_each(kinds.classes)
    left, right = st.columns([1, 2.6], gap="medium")
    with left:
        wanted = _wanted(of_class, letters)
        apart = controls.toggle(
            "Each in a style of its own", "apart", False,
            "Off: one z for the whole line. On: another z for every place in it.",
        )  # fmt: skip
        towards = controls.percent(
            "Towards the next style", "towards", 0,
            "Moves z along the arc from the style of this seed to that of the next one.",
        )  # fmt: skip
        versions = controls.whole("Versions", "versions", 1, MOST_VERSIONS, 12, "Each has its own z.")
        paper = _has_dark_ground(where) and controls.toggle(
            "Ink on paper", "paper", True, "Dark on light, as one writes; off: as the generator draws it."
        )
        downloads = st.container(horizontal=True)
    with right:
        _problem(wanted, of_class, kinds)
        if wanted.is_empty:
            return
        lines = sheets.words(_drawn(where, wanted, versions, towards, apart=apart), paper=paper)
        _line(sheets.smooth(lines[:1], 2 * _ENLARGED)[0], wanted)
        sheet = _sheet(lines, paper=paper)
        if versions > 1:
            st.html(f'<div class="heading">The same, {versions} ways</div>')
            with st.container(key="classes_versions"):
                st.image(_url(sheet), width="stretch", alt=f"The same line in {versions} versions")
    _files(downloads, where, lines, paper=paper)


def _wanted(of_class: dict[str, int], letters: bool) -> Spelling:
    usual = spelling.first_line(of_class, letters=letters)
    label = "Write" if letters else "Write (names, with commas between them)"
    length = MOST if letters else 20 * MOST
    tip = f"Can be written: {', '.join(of_class)}."
    typed = controls.written(label, "text", usual, length, text.escape_markdown(tip))
    return spelling.spell(typed, of_class, letters=letters)


def _problem(wanted: Spelling, of_class: dict[str, int], kinds: Kinds) -> None:
    """What cannot be written, or that there is nothing to write, in one sentence."""
    has = "has no kind for" if kinds.coded else "has not learned"
    known = text.escape_markdown(", ".join(of_class))
    if wanted.unknown:
        named = text.escape_markdown(", ".join(f"“{part}”" for part in wanted.unknown))
        rest = "" if wanted.is_empty else " the rest is written:"
        st.warning(f"The generator {has} {named};{rest} it can write {known}.", icon=":material/info:")
    elif wanted.is_empty:
        st.info(f"Type something on the left; the generator can write {known}.", icon=":material/info:")


def _has_dark_ground(where: Place) -> bool:
    """Whether the generator draws light strokes on a dark ground, in grey."""
    import torch

    from gan_core.images import from_uint8
    from gan_core.latent.pictures import border_level

    some = draw.pictures(where, draw.latents(where, 0, 8), torch.zeros(8, dtype=torch.int64))
    pixels = torch.from_numpy(some).permute(0, 3, 1, 2)
    return pixels.shape[1] == 1 and border_level(from_uint8(pixels)) < _DARK


def _drawn(where: Place, wanted: Spelling, versions: int, towards: float, *, apart: bool) -> Pixels:
    """Pictures `(versions, places, H, W, C)`.

    A version keeps its style, and a place its own, whatever else is typed or asked for.
    """
    import torch

    from gan_core.latent.paths import slerp

    places = len(wanted.kinds)
    here, there = (
        draw.latents(where, seed, MOST_VERSIONS * MOST).view(MOST_VERSIONS, MOST, -1)[:versions]
        for seed in (where.seed, (where.seed + 1) % (LARGEST_SEED + 1))
    )
    z = slerp(here, there, towards)
    z = z[:, :places] if apart else z[:, :1].expand(-1, places, -1)
    kinds = torch.tensor([kind or 0 for kind in wanted.kinds]).repeat(versions)
    images = draw.pictures(where, z.reshape(versions * places, -1), kinds)
    images = images.reshape(versions, places, *images.shape[1:])
    empty = [index for index, kind in enumerate(wanted.kinds) if kind is None]
    images[:, empty] = images[:, :, :1, :1].min()  # as dark as the ground
    return images


def _line(line: Pixels, wanted: Spelling) -> None:
    """The first version, large."""
    width = min(110 * len(wanted.kinds), 900)
    with st.container(key="classes_line"):
        st.image(_url(line), width=width, alt="What was typed, in the generator's hand")


def _sheet(lines: Pixels, *, paper: bool) -> Pixels:
    """All versions `(versions, H, W, C)` in rows and columns, with room between them."""
    from gan_core.images import grid

    versions, height, width, _ = lines.shape
    columns = min(versions, max(1, round((_WIDE * versions * height / width) ** 0.5)))
    smooth = sheets.smooth(lines, _ENLARGED)
    return grid(smooth, columns, gap=smooth.shape[1] // 6, background=255 if paper else 0)


def _url(pixels: Pixels) -> str:
    from gan_core.images import png

    return data_url(png(pixels))


def _files(downloads: st.delta_generator.DeltaGenerator, where: Place, lines: Pixels, *, paper: bool) -> None:
    with downloads:
        for label, file, make in (
            ("Line (PNG)", "line", partial(_png, lines[:1], paper)),
            ("Sheet (PNG)", "sheet", partial(_png, lines, paper)),
        ):
            st.download_button(
                label, make, f"{file}-{where.source.name}.png", "image/png", on_click="ignore",
                key=f"classes_{file}_png", icon=":material/download:",
            )  # fmt: skip


def _png(lines: Pixels, paper: bool) -> bytes:
    from gan_core.images import png

    return png(_sheet(lines, paper=paper))
