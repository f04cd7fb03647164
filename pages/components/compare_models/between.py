"""Tab In between: the straight line from the code of one test picture to that of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components import sheets, sources
from pages.components.compare_models import codes, place, rebuild
from pages.components.compare_models.place import Model, Place
from pages.components.explore import place as address

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.family import Family

STOPS = 11
CLEAR = 0.9  # certainty of the classifier from which a picture counts as a clear digit
WORDS = (
    "Every row goes from one test picture to the other along a straight line: the first in pixels, the "
    "others in code space. The bar under a picture tells how sure a classifier is of what it sees. Mixed "
    "pixels show both digits at once; a model bends one into the other, but on the way it passes through "
    "pictures that are no digit, or a third one. A VAE does so too: its codes are tidy, but not every code "
    "has a digit."
)


def show(where: Place) -> None:
    """Which two, then a row of pixels mixed, then one row for each model."""
    import torch

    from gan_core.latent.rebuilding import crossfade

    x, y = rebuild.pictures(where)
    ends = _ends(where, len(x), y)
    pair = torch.tensor(ends)
    x, y = x[pair], None if y is None else y[pair]
    judge = sources.judge(where.dataset)
    _row(where, "Pixels mixed", "no code at all", crossfade(x[0], x[1], STOPS), judge)
    for model in where.models:
        found = codes.rebuilt(model, x, y, ("test", where.dataset, where.seed, ends))
        _row(where, model.title, codes.how(model), _drawn(model, found.z, y), judge)
    st.caption(WORDS)


def _ends(where: Place, n: int, y: Tensor | None) -> tuple[int, int]:
    """The two pictures by their place among the test pictures on the page."""
    labels = rebuild.names(where, y)
    first, second, _ = st.columns([1.1, 1.1, 5])
    chosen = []
    for column, words, name, usual in ((first, "From", "from", 3), (second, "To", "to", 7)):
        key = f"compare_{name}:{address.version()}"
        index = place.read_index(where.link, name, n, usual)
        chosen.append(
            column.selectbox(
                words, range(n), index, key=key,
                format_func=lambda index, words=words: f"{words} {labels[index]}",  # type: ignore[misc]
                label_visibility="collapsed",
                on_change=lambda name=name, key=key: address.remember(**{name: str(st.session_state[key])}),  # type: ignore[misc]
                help="A test picture of this class; the seed above chooses which.",
            )
        )  # fmt: skip
    return int(chosen[0] or 0), int(chosen[1] or 0)


def _drawn(model: Model, z: Tensor, y: Tensor | None) -> Tensor:
    from gan_core.latent.rebuilding import between

    family = model.loaded.family
    told = y if family.num_classes else None
    return between(family, z[0], z[1], STOPS, None if told is None else (int(told[0]), int(told[1])))


def _row(where: Place, title: str, below: str, x: Tensor, judge: Family | None) -> None:
    from gan_core.images import to_uint8
    from gan_core.latent.rebuilding import certainty

    scores, said = None, ""
    if judge is not None:
        named, sure = certainty(judge, x)
        scores = sure.numpy().astype(np.float32)
        said = f"{int((sure[1:-1] < CLEAR).sum())} of {STOPS - 2} unclear"
        names = where.models[0].loaded.card.data.class_names
        ends = {int(named[0]), int(named[-1])}
        if others := sorted({int(name) for name in named} - ends):
            said += f"\nalso seen: {', '.join(names[other] for other in others)}"
    rebuild.show_row(title, below, sheets.tiles(to_uint8(x), scores, STOPS), "fake", said)
