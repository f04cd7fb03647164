"""Right side of the Translate page: what the network makes of what it is given."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.percent import percent
from pages.components import sources, text
from pages.components.pictures import data_url, sample_sheet
from pages.components.sources import Source
from pages.components.translate import place
from pages.components.translate.given import WORDS, Given
from pages.components.translate.place import LARGEST_SEED, Place

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.weights import LoadedModel

OUTPUTS = 8
_SHEET_COLUMNS = 5


@dataclass(frozen=True)
class Tile:
    """One picture with what is said about it.

    Attributes:
        title: Over it.
        tone: "fake", "real" or "" for the colour of the title.
        image: `(C, H, W)` in [-1, 1].
        words: Under it, in lines.
    """

    title: str
    tone: str
    image: Tensor
    words: tuple[str, ...] = ()


def top_bar(where: Place, known: list[Source], loaded: LoadedModel | None) -> None:
    """Which network, which noise."""
    version = place.version()
    names = [source.name for source in known]
    titles = {source.name: source.title for source in known}
    widths = [3.4, *([1.7] if where.source.steps else []), 1.3, 1.2, 3.0]
    columns = iter(st.columns(widths, vertical_alignment="bottom"))
    key = f"translate_source:{version}"
    next(columns).selectbox(
        "Network", names, names.index(where.source.name), format_func=titles.__getitem__, key=key,
        on_change=lambda: place.go(source=st.session_state[key], step=None, marks=None),
        help="Trained weights, then your own runs of families that turn images into images.",
    )  # fmt: skip
    if where.source.steps:
        step_key = f"translate_step:{version}"
        next(columns).selectbox(
            "Checkpoint", where.source.steps, where.source.steps.index(where.step or 0), key=step_key,
            format_func=lambda step: f"step {step:,}",
            on_change=lambda: place.go(step=str(st.session_state[step_key])),
            help="What the network made at that step of its training.",
        )  # fmt: skip
    if loaded is None or place.translation(loaded).noise is None:
        return
    seed_key = f"translate_seed:{version}"
    next(columns).number_input(
        "Seed", 0, LARGEST_SEED, where.seed, key=seed_key,
        on_change=lambda: place.go(seed=str(st.session_state[seed_key])),
        help="Names the random noise beside what is given; the same seed gives the same pictures.",
    )  # fmt: skip
    next(columns).button(
        "Random", icon=":material/casino:", key="translate_random", width="stretch",
        on_click=lambda: place.go(seed=str(secrets.randbelow(LARGEST_SEED + 1))),
        help="Other noise, the same picture given.",
    )  # fmt: skip


def show(where: Place, loaded: LoadedModel, given: Given) -> None:
    """Draws what is given, what is made of it and the real image large, and what other noise gives small."""
    made = translated(loaded, given, where.seed)
    said = seen(loaded, made)
    kind = place.translation(loaded).kind
    first = Tile("Made", "fake", made[0], (*said[0], *_difference(made[0], given)))
    large = [Tile(f"Given: {WORDS[kind]}", "", given.x_condition), first]
    if given.beside is not None:
        names, y = loaded.card.data.class_names, given.y
        known = (f"This is a {names[y]}",) if y is not None and y < len(names) else ()
        title = "Real" if given.is_real else "Yours"
        large.append(Tile(title, "real" if given.is_real else "", given.beside, known))
    st.html(f'<div class="translated">{"".join(figure(tile) for tile in large)}</div>')
    if len(made) > 1:
        st.html(f'<div class="heading">The same {WORDS[kind]}, other noise</div>')
        others = [
            Tile("", "fake", image, (*words, *_difference(image, given)))
            for image, words in zip(made[1:], said[1:], strict=True)
        ]
        st.html(f'<div class="translated others">{"".join(figure(tile) for tile in others)}</div>')
    st.download_button(
        "Download PNG", sheet(given, made), f"{where.source.name}.png", "image/png",
        icon=":material/download:", key="translate_download", on_click="ignore",
        help="What was given, everything made of it, and the picture it came from, if there is one.",
    )  # fmt: skip


def translated(loaded: LoadedModel, given: Given, seed: int) -> Tensor:
    """What the network makes of what is given, `(n, C, H, W)`: of several z, where it takes noise."""
    import torch

    from gan_core.translating import noise

    z = noise(loaded.family, OUTPUTS, torch.Generator().manual_seed(seed))
    n = 1 if z is None else OUTPUTS
    with torch.no_grad():
        return loaded.family.translate(given.x_condition[None].expand(n, -1, -1, -1).contiguous(), z)


def seen(loaded: LoadedModel, images: Tensor) -> list[tuple[str, ...]]:
    """For each picture which class the classifier sees and how sure it is; nothing where there is none."""
    import torch

    from gan_core.images import fit_to

    judge = sources.judge(loaded.card.dataset)
    if judge is None:
        return [()] * len(images)
    with torch.no_grad():
        shares = judge.class_logits(fit_to(images, judge.data.shape)).softmax(1)
    sure, classes = shares.max(1)
    names = loaded.card.data.class_names
    return [
        (f"Seen as {names[y]}, {share_of(p)}",) for y, p in zip(classes.tolist(), sure.tolist(), strict=True)
    ]


def _difference(image: Tensor, given: Given) -> tuple[str, ...]:
    """How far a picture is from the one it should be, as a share of the full range of brightness."""
    if given.beside is None:
        return ()
    return (f"Difference {share_of(float((image - given.beside).abs().mean()) / 2)}",)


def share_of(share: float) -> str:
    """A share, 0 to 1, in per cent; a decimal unless it is nearly none or all."""
    return percent(share, 1 if 0.001 <= share < 0.999 else 0)


def figure(tile: Tile) -> str:
    """A picture with its title and what is said about it, as HTML."""
    from gan_core.images import png, to_uint8

    address = data_url(png(to_uint8(tile.image[None])[0]))
    said = "".join(f"<span>{text.escape(line)}</span>" for line in tile.words)
    title = f'<div class="title {tile.tone}">{text.escape(tile.title)}</div>' if tile.title else ""
    alt = text.escape(", ".join((tile.title or "Made with other noise", *tile.words)))
    return f'<figure>{title}<img src="{address}" alt="{alt}"><figcaption>{said}</figcaption></figure>'


def sheet(given: Given, made: Tensor) -> bytes:
    """What was given, everything made of it, and the picture it came from, as one PNG."""
    import numpy as np

    from gan_core.images import like, png, to_uint8

    pictures = to_uint8(made)
    parts: Sequence[np.ndarray] = [like(to_uint8(given.x_condition[None]), pictures), pictures]
    if given.beside is not None:
        parts = [*parts, to_uint8(given.beside[None])]
    return png(sample_sheet(np.concatenate(parts), columns=_SHEET_COLUMNS))
