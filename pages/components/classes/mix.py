"""Tab Mix: what lies between two or three classes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.percent import percent
from pages.components.classes import controls, draw, sheets
from pages.components.classes.kinds import Kinds
from pages.components.explore.place import Place
from pages.components.pictures import Pixels, data_url, row_of

if TYPE_CHECKING:
    from torch import Tensor

_STOPS = 11
_STYLES = 11  # pictures at the slider's blend
_SIDE = 6


def show(where: Place, kinds: Kinds) -> None:
    """The classes left, what lies between them right."""
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        chosen = controls.several(
            f"Two or three {kinds.plural}", "mix", kinds.names, _first(kinds),
            "Two make a strip, three a triangle.",
            most=3,
        )  # fmt: skip
        place_for_download = st.container()
        st.caption(_how(where, kinds))
    with right:
        if len(chosen) < 2:
            st.info(f"Choose two or three {kinds.plural} to blend.", icon=":material/info:")
            return
        names = [kinds.names[kind] for kind in chosen]
        picture = _two(where, chosen, names) if len(chosen) == 2 else _three(where, chosen, names)
    place_for_download.download_button(
        "Blends (PNG)", partial(_png, picture), f"mix-{where.source.name}.png", "image/png",
        on_click="ignore", key="classes_mix_png", icon=":material/download:",
    )  # fmt: skip


def _first(kinds: Kinds) -> list[int]:
    """Three and eight where there are digits: they look most alike; else the first two."""
    of_class = kinds.of_class
    if "3" in of_class and "8" in of_class:
        return [of_class["3"], of_class["8"]]
    return list(of_class.values())[:2] if len(of_class) > 1 else [0, 1]


def _how(where: Place, kinds: Kinds) -> str:
    if kinds.coded:
        return (
            "A kind is a 1 among zeros in z; here the 1 is shared out. The generator never saw shares while "
            "it learned, so between two kinds it may jump, or draw what is neither."
        )
    return (
        "The generator knows a class as a list of numbers; here the lists are averaged with the shares as "
        "weights. It never saw such an average while it learned, so it may jump, or draw what is neither."
    )


def _blends(where: Place, chosen: list[int], parts: Tensor, z: Tensor) -> Pixels:
    """Pictures of z `(N, z_dim)` with shares `(N, len(chosen))`."""
    from gan_core.asking import num_kinds
    from gan_core.latent.blends import between
    from pages.components.explore import place

    shares = between(chosen, parts, num_kinds(place.loaded(where).family))
    return draw.pictures(where, z, shares)


def _two(where: Place, chosen: list[int], names: list[str]) -> Pixels:
    """A strip, a slider, and the slider's blend in several styles; returns the strip."""
    import torch

    from gan_core.latent.blends import line

    z = draw.latents(where, where.seed, _STYLES)
    parts = line(_STOPS)
    captions = [percent(b) for _, b in parts.tolist()]
    strip = sheets.strip(_blends(where, chosen, parts, z[:1].expand(_STOPS, -1)), captions)
    _heading(f"From {names[0]} to {names[1]}: share of {names[1]} under each")
    st.image(_url(strip), width="stretch", alt=f"Blends from {names[0]} to {names[1]}")
    share = controls.percent(
        f"Share of {names[1]}", "share", 50, "The row below shows this blend in other styles, one z each."
    )
    same = torch.tensor([[1 - share, share]]).expand(_STYLES, -1)
    _heading(f"{percent(1 - share)} of {names[0]} and {percent(share)} of {names[1]}, in eleven styles")
    row = row_of(_blends(where, chosen, same, z), side=112, gap=8)
    st.image(_url(row), width="stretch", alt="The blend of the slider in eleven styles")
    return strip


def _three(where: Place, chosen: list[int], names: list[str]) -> Pixels:
    """A triangle with the three at its corners; returns it."""
    from gan_core.latent.blends import triangle

    parts = triangle(_SIDE)
    z = draw.latents(where, where.seed, 1).expand(len(parts), -1)
    picture = sheets.triangle(_blends(where, chosen, parts, z), _SIDE, names)
    _heading(f"{names[0]} at the tip, {names[1]} left, {names[2]} right: the nearer, the larger its share")
    st.image(_url(picture), width=440, alt=f"Blends of {', '.join(names)} as a triangle")
    return picture


def _heading(words: str) -> None:
    from pages.components import text

    st.html(f'<div class="heading">{text.escape(words)}</div>')


def _url(picture: Pixels) -> str:
    from gan_core.images import png

    return data_url(png(picture))


def _png(picture: Pixels) -> bytes:
    from gan_core.images import png

    return png(sheets.on_white(picture))
