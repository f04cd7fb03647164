"""Samples of the shipped weights, for pages that open on something that already works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import services
from pages.components.pictures import Pixels

if TYPE_CHECKING:
    from gan_core.family import Family
    from gan_core.weights import LoadedModel

SHIPPED = ("dcgan-mnist", "dcgan-digits")  # the better one first


def shipped_name(names: tuple[str, ...] = SHIPPED) -> str | None:
    """The first of `names` that lies in the weights folder, or None; needs no torch."""
    from gan_core.weights import WEIGHTS_DIR

    return next((name for name in names if (WEIGHTS_DIR / f"{name}.safetensors").is_file()), None)


def shipped_of(family: type[Family]) -> list[str]:
    """The shipped weights of a family, those of the larger data set first."""
    names = (f"{family.name}-{data}" for data in ("mnist", "digits", family.default_dataset))
    return [name for name in names if shipped_name((name,))]


@st.cache_resource(show_spinner=False, max_entries=8)
def model(name: str) -> LoadedModel:
    """Shipped weights, frozen, shared by all viewers.

    Raises:
        UserError: The file or its card is damaged.
    """
    services.wait_for_torch()
    from gan_core import weights

    return weights.load(name)


@st.cache_data(show_spinner=False, max_entries=64)
def samples(name: str, seed: int, n: int) -> Pixels:
    """Samples uint8 `(n, H, W, C)` of shipped weights, of any class; the same seed gives the same samples."""
    family = model(name).family
    import torch

    from gan_core.asking import ask_any
    from gan_core.images import to_uint8

    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        return to_uint8(family.generate(*ask_any(family, n, rng)))


@st.cache_data(show_spinner=False, max_entries=8)
def translations(name: str, n: int) -> tuple[dict[str, Pixels], Pixels, Pixels]:
    """What shipped weights that translate made, by its names in a snapshot, what of, and the real images.

    All are uint8 `(n, H, W, C)`, of the first images of seed 0.

    Raises:
        UserError: The test images are not on this machine.
    """
    from gan_core.building import images_for
    from gan_core.images import to_uint8
    from gan_core.translating import some_ways, translate_some

    family, card = model(name)
    test = images_for(family, card.dataset, "test")
    if family.can_translate_back:
        ways = some_ways(family, test, n, seed=0).ways
        made = {"fake": ways.ab, "loop": ways.aba, "back": ways.ba, "back_loop": ways.bab}
        return {key: to_uint8(images) for key, images in made.items()}, to_uint8(ways.a), to_uint8(ways.b)
    found = translate_some(family, test, n, seed=0)
    return {"fake": to_uint8(found.made)}, to_uint8(found.x_condition), to_uint8(found.real)


@st.cache_data(show_spinner=False, max_entries=8)
def illustrations(name: str, n: int) -> tuple[dict[str, Pixels], list[str], Pixels]:
    """What shipped weights that draw sentences make of captions of the test split.

    Sketches and pictures by the names of a snapshot, the captions, and the real scenes, uint8 `(n, H, W, C)`.
    """
    from gan_core.building import images_for
    from gan_core.illustrating import draw, some_captions, words_of
    from gan_core.images import to_uint8

    family, card = model(name)
    asked = some_captions(images_for(family, card.dataset, "test"), n, seed=0)
    drawn = draw(family, asked.captions, seed=0)
    captions = [words_of(family).decode(row) for row in asked.captions]
    return {"fake": to_uint8(drawn.picture), "sketch": to_uint8(drawn.sketch)}, captions, to_uint8(asked.real)
