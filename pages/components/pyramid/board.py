"""The levels side by side: what each was given, what it adds, what comes of it; a row for each picture."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources, text
from pages.components.explore import place, stage
from pages.components.explore.place import LARGEST_SEED, Place
from pages.components.pictures import Pixels, data_url
from pages.components.pyramid import choice
from pages.components.pyramid.choice import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gan_core.pyramid import Level
    from gan_core.weights import LoadedModel

HOW = (
    'The coarsest <span class="fake">generator</span> draws a tiny picture from noise. Each finer one gets '
    "that picture at twice the size, blurred as it is, and its own noise; it makes only what is missing: "
    "grey adds nothing, lighter adds light, darker takes it away. Blurred picture plus difference is the "
    "next picture. The levels never met in training: each learned from real pictures made small, against a "
    '<span class="disc">discriminator</span> of its own, whose answer stands in the corner of each result '
    "(1 real, 0 fake)."
)
TRY = (
    "Switch on <b>Same in all rows</b> at the coarsest level: what still differs between the rows is what "
    "the noise of the finer levels decides. Or press <b>New noise</b> at one level: everything coarser stays."
)
_SHEET_SIDE = 224  # pixels of a picture in the download


class Shown(NamedTuple):
    """One level of a few pyramids as pictures, uint8 `(N, s, s, C)` each."""

    upsampled: Pixels | None
    residual: Pixels | None
    image: Pixels
    scores: tuple[float, ...]  # what the level's D says of each


def show(where: Place, loaded: LoadedModel, now: Choice) -> None:
    """Draws the controls of every level left, their pictures right, then the explanation.

    Args:
        where: The place.
        loaded: Its generator.
        now: How to draw.
    """
    pyramid = loaded.family.pyramid
    assert pyramid is not None  # only families with levels are offered
    left, right = st.columns([3, 9], gap="large")
    with left, st.container(key="pyramid_levels"):
        if loaded.family.num_classes:
            stage.class_choice(where, loaded)
        flags = [_controls(where, now, level) for level in range(len(pyramid.sides))]
    shared = tuple(level for level, is_same in enumerate(flags) if is_same)
    y = stage.class_of(where, loaded)
    made = _made(where.key, now.seeds, shared, now.rows, y)
    real = _real(where, loaded, y)
    with right:
        st.html(grid(made, None if isinstance(real, str) else real))
        if isinstance(real, str):
            st.html(f'<p class="quiet">{text.escape(real)}</p>')
        st.download_button(
            "Download PNG", lambda: sheet(made), f"{where.source.name}-pyramid.png", "image/png",
            icon=":material/download:", key="pyramid_download", on_click="ignore",
            help="All generated rows as they stand here, in one picture.",
        )  # fmt: skip
    st.html(f'<p class="quiet">{TRY}</p><p class="quiet">{HOW}</p>')


def _controls(where: Place, now: Choice, level: int) -> bool:
    """Heading and controls of a level; returns whether all rows share its noise."""
    version = place.version()
    st.html(f'<div class="heading">Level {level + 1}{", the coarsest" if level == 0 else ""}</div>')
    keep, same = f"pyramid_keep:{version}:{level}", f"pyramid_same:{version}:{level}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "New noise", icon=":material/casino:", key=f"pyramid_new:{level}",
            on_click=lambda: choice.renew(now, level, secrets.randbelow(LARGEST_SEED + 1), where.seed),
            help="Draws the noise of this level anew; all other levels keep theirs.",
        )  # fmt: skip
        st.toggle(
            "Freeze", level in now.frozen, key=keep,
            on_change=lambda: choice.remember(
                "keep", _toggled(now.frozen, level, is_in=st.session_state[keep])
            ),
            help="Keeps the noise of this level when Seed or Random above gives all others new noise.",
        )  # fmt: skip
    return st.toggle(
        "Same in all rows", level in now.same, key=same,
        on_change=lambda: choice.remember("same", _toggled(now.same, level, is_in=st.session_state[same])),
        help="Gives this level the same noise in every row, so that the rows differ by the others.",
    )  # fmt: skip


def _toggled(levels: frozenset[int], level: int, *, is_in: bool) -> list[int]:
    return sorted(levels | {level} if is_in else levels - {level})


@st.cache_data(show_spinner=False, max_entries=128)
def _made(
    key: tuple[str, int | None, int], seeds: tuple[int, ...], same: tuple[int, ...], rows: int, y: int
) -> list[Shown]:
    """What the generator draws, level by level."""
    import torch

    from gan_core.latent.levels import noise_of_levels

    family = sources.model(*key).family
    classes = torch.full((rows,), y) if family.num_classes else None
    with torch.no_grad():
        levels = family.build_up(noise_of_levels(family, seeds, rows, same), classes)
        return _as_pictures(levels, family.level_scores(levels, classes).tolist())


def _as_pictures(levels: Sequence[Level], scores: Sequence[Sequence[float]]) -> list[Shown]:
    from gan_core.images import to_uint8

    return [
        Shown(
            None if level.upsampled is None else to_uint8(level.upsampled),
            None if level.residual is None else to_uint8(level.residual),  # 0, nothing added, is grey
            to_uint8(level.image), tuple(answers),
        )
        for level, answers in zip(levels, scores, strict=True)
    ]  # fmt: skip


def _real(where: Place, loaded: LoadedModel, y: int) -> list[Shown] | str:
    """A real picture that nobody was trained on, taken apart; or a sentence that says why there is none."""
    if not sources.is_here(where.source.dataset):
        return "The generator's data set is not on this machine, so no real picture stands below."
    try:
        return _taken_apart(where.key, where.seed, y, where.source.dataset)
    except UserError as error:
        return actions.sentence(str(error))


@st.cache_data(show_spinner=False, max_entries=128)
def _taken_apart(key: tuple[str, int | None, int], seed: int, y: int, dataset: str) -> list[Shown]:
    import torch

    from gan_core.pyramid import take_apart

    family = sources.model(*key).family
    images = sources.test_split(dataset, family.data.shape[-1])
    if images.spec.shape != family.data.shape:
        raise UserError("the data set no longer holds pictures of the kind that the generator draws")
    told = family.num_classes > 0 and images.labels is not None
    suited = torch.nonzero(images.labels == y).flatten() if told else torch.arange(len(images))
    if not len(suited):
        raise UserError("the data set has no unseen picture of this class")
    x = images.batch(suited[seed % len(suited)][None]).real
    classes = torch.tensor([y]) if family.num_classes else None
    assert family.pyramid is not None
    with torch.no_grad():
        levels = take_apart(x, len(family.pyramid.sides))
        return _as_pictures(levels, family.level_scores(levels, classes).tolist())


# --- pictures ---


def grid(made: Sequence[Shown], real: Sequence[Shown] | None) -> str:
    """The pictures of all levels as HTML, a row for each pyramid, that of a real picture at the end."""
    heads, titles = [], []
    for number, level in enumerate(made, 1):
        side = level.image.shape[1]
        new = (
            ["Coarser, doubled", "+ difference", f"= {side} × {side}"] if number > 1 else [f"{side} × {side}"]
        )
        heads.append(f'<div class="head" style="grid-column: span {len(new)}">Level {number}</div>')
        titles += new
    cells = heads + [f'<div class="title">{title}</div>' for title in titles]
    for row in range(len(made[0].image)):
        cells += _row(made, row, f"Picture {row + 1}")
    if real is not None:
        cells += ['<div class="head real" style="grid-column: 1 / -1">A real picture, taken apart</div>']
        cells += _row(real, 0, "Real picture")
    return f'<div class="pyramid-grid" style="--columns: {len(titles)}">{"".join(cells)}</div>'


def _row(levels: Sequence[Shown], row: int, whose: str) -> list[str]:
    cells = []
    for number, level in enumerate(levels, 1):
        words = f"{whose}, level {number}"
        if level.upsampled is not None and level.residual is not None:
            cells += [
                _figure(level.upsampled[row], f"{words}: coarser, doubled"),
                _figure(level.residual[row], f"{words}: difference"),
            ]
        cells.append(_figure(level.image[row], f"{words}: result", level.scores[row]))
    return cells


def _figure(picture: Pixels, words: str, score: float | None = None) -> str:
    from gan_core.images import png

    answer = "" if score is None else f"<figcaption>{score:.2f}</figcaption>"
    return f'<figure><img src="{data_url(png(picture))}" alt="{words}">{answer}</figure>'


def sheet(made: Sequence[Shown]) -> bytes:
    """All pictures in one PNG, a row for each pyramid, every picture at the same size."""
    from gan_core import images

    parts = [
        part for level in made for part in (level.upsampled, level.residual, level.image) if part is not None
    ]
    finest = made[-1].image.shape[1]
    zoom = max(1, _SHEET_SIDE // finest)
    large = [
        part.repeat(zoom * finest // part.shape[1], 1).repeat(zoom * finest // part.shape[1], 2)
        for part in parts
    ]
    rows = np.stack(large, axis=1)  # (N, pictures of a row, H, W, C)
    laid = images.grid(rows.reshape(-1, *rows.shape[2:]), len(parts), gap=8, background=255)
    return images.png(laid)
