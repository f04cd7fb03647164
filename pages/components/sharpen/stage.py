"""Right side of the Sharpen page: the picture enlarged in every way, under a divider, closer, in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from gan_core.data import DATASETS
from gan_core.enlarging import TITLES, TRAINED
from pages.components import sources, text
from pages.components.pictures import Pixels, data_url
from pages.components.sharpen import table, wipe
from pages.components.sharpen.given import Given
from pages.components.sharpen.table import TONES, TRUTH
from pages.components.translate import place
from pages.components.translate.place import Place

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from gan_core.weights import LoadedModel

ZOOMS = (1, 2, 4, 8)
CELLS = 16  # places along each side of the picture that can be looked at closely
_FEWEST = 6  # pixels of the small picture that a closer look still shows
_SHOWN = 480  # pixels the large picture is at least sent with, so that browsers of all kinds draw it alike


@dataclass(frozen=True)
class Look:
    """How the page looks at the pictures.

    Attributes:
        against: Method, or the truth, on the left of the divider.
        at: Where the divider is, in per cent of the width.
        zoom: How many times closer the row of pictures is.
        row: Where, from 0 to CELLS - 1 downwards.
        column: The same across.
    """

    against: str
    at: int = 50
    zoom: int = 1
    row: int = CELLS // 2
    column: int = CELLS // 2


def look(link: Mapping[str, str]) -> Look:
    """What a link asks for; what is not valid is passed over."""

    def whole(name: str, usual: int, most: int) -> int:
        written = link.get(name, "")
        return min(int(written[:3]), most) if written.isascii() and written.isdigit() else usual

    against, zoom = link.get("against", ""), whole("zoom", 1, ZOOMS[-1])
    return Look(
        against if against in (*TITLES, TRUTH) and against != TRAINED else "bicubic",
        whole("at", 50, 100), zoom if zoom in ZOOMS else 1,
        whole("row", CELLS // 2, CELLS - 1), whole("column", CELLS // 2, CELLS - 1),
    )  # fmt: skip


@st.cache_data(show_spinner="Enlarging", max_entries=32)
def _enlarged(name: str, step: int | None, rewinds: int, low_res: np.ndarray) -> dict[str, Pixels]:
    """The small picture float32 `(C, H, W)` enlarged in every way, uint8 `(H, W, C)` each."""
    import torch

    from gan_core.enlarging import enlarge, methods_of
    from gan_core.images import to_uint8

    family = sources.model(name, step, rewinds).family
    x = torch.from_numpy(low_res)[None]
    return {method: to_uint8(enlarge(family, x, method))[0] for method in methods_of(family)}


def enlarged(where: Place, given: Given) -> dict[str, Pixels]:
    """The pictures by method, and the truth where there is one, uint8 `(H, W, C)`."""
    from gan_core.images import to_uint8

    low_res = given.low_res.contiguous().numpy()
    made = dict(_enlarged(where.source.name, where.step, where.source.rewinds, low_res))
    if given.truth is not None:
        made[TRUTH] = to_uint8(given.truth[None])[0]
    return made


def show(
    where: Place, loaded: LoadedModel, given: Given, link: Mapping[str, str], corner: DeltaGenerator
) -> None:
    """Draws everything about one picture.

    Args:
        where: The place.
        loaded: Its network.
        given: The picture.
        link: Parameters of the page's address.
        corner: Where the choice of a closer look goes.
    """
    pictures, now = enlarged(where, given), look(link)
    names = {**TITLES, TRUTH: "True picture" if given.is_test else "Yours"}
    others = [name for name in pictures if name != TRAINED]
    against = now.against if now.against in others else "bicubic"
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _divider(pictures, names, against, now)
    with right:
        chosen = st.segmented_control(
            "Left of the divider", others, default=against, required=True, key="sharpen_against",
            format_func=names.__getitem__,
            on_change=lambda: place.remember(against=st.session_state["sharpen_against"]),
            help="What is compared with the trained network, which is right of the divider.",
        )  # fmt: skip
        del chosen
        table.show(loaded, given, pictures, names)
        if not given.is_own_kind:
            st.html(f'<p class="quiet">{text.escape(_note(loaded, given))}</p>')
        _download(where, given, pictures)
    with corner:
        _closer_choice(pictures, now)
    _row(given, pictures, names, now)


def _note(loaded: LoadedModel, given: Given) -> str:
    """What the viewer should know about a picture of another kind than the network's."""
    seen = DATASETS[loaded.card.dataset].title if loaded.card.dataset in DATASETS else "its own pictures"
    only = f"The network has seen nothing but {seen}: what it adds to other pictures comes from there."
    return f"{only} {given.note}" if given.note else only


def _divider(pictures: Mapping[str, Pixels], names: Mapping[str, str], against: str, now: Look) -> None:
    height, width, _ = pictures[TRAINED].shape
    at = wipe.show(
        _address(pictures[against]), _address(pictures[TRAINED]), (names[against], names[TRAINED]),
        shape=width / height, crisp=max(height, width) <= _SHOWN, at=now.at,
    )  # fmt: skip
    if at != now.at:
        place.remember(at=str(at))


def _address(pixels: Pixels) -> str:
    from gan_core.images import png

    return data_url(png(pixels))


# --- a closer look ---


def _closer_choice(pictures: Mapping[str, Pixels], now: Look) -> None:
    """How close, and where."""
    height, width, _ = pictures[TRAINED].shape
    zooms = [zoom for zoom in ZOOMS if min(height, width) // zoom >= _FEWEST]
    zoom = st.segmented_control(
        "Look closer", zooms, default=now.zoom if now.zoom in zooms else 1, required=True, key="sharpen_zoom",
        format_func=lambda times: f"{times}×",
        on_change=lambda: place.remember(zoom=str(st.session_state["sharpen_zoom"])),
        help="Cuts the same part out of every picture in the row below.",
    )  # fmt: skip
    if zoom == 1:
        return
    from pages.components.explore import boards

    with st.container(key="sharpen_place"):
        cell = boards.show_map(
            _address(pictures[TRAINED]), CELLS, key="sharpen_map", words="Picture in which to choose a place"
        )
    st.html('<p class="quiet">Click where to look, or go there with the arrow keys and press Enter.</p>')
    if cell is not None:
        place.remember(row=str(cell[0]), column=str(cell[1]))
        st.rerun()


def cut(pixels: Pixels, now: Look) -> Pixels:
    """The part of a picture `(H, W, C)` that a closer look shows; all of it at zoom 1."""
    parts = []
    for side, cell in ((pixels.shape[0], now.row), (pixels.shape[1], now.column)):
        length = max(1, side // now.zoom)
        start = round((cell + 0.5) / CELLS * side - length / 2)
        start = min(max(start, 0), side - length)
        parts.append(slice(start, start + length))
    return pixels[parts[0], parts[1]]


def _row(given: Given, pictures: Mapping[str, Pixels], names: Mapping[str, str], now: Look) -> None:
    """Small picture, every way of enlarging it, and the truth, side by side."""
    from gan_core.images import to_uint8

    small = to_uint8(given.low_res[None])[0]
    zoom = st.session_state.get("sharpen_zoom") or 1
    now = Look(now.against, now.at, int(zoom), now.row, now.column)
    figures = [_figure(f"Given, {small.shape[1]} × {small.shape[0]}", "", small, now)]
    figures += [
        _figure(names[name], TONES.get(name, ""), pixels, now)
        for name, pixels in pictures.items()
        if name != "nearest"  # what is given looks like it
    ]
    st.html(f'<div class="translated sharpen-row">{"".join(figures)}</div>')


def _figure(title: str, tone: str, pixels: Pixels, now: Look) -> str:
    words = text.escape(title)
    return (
        f'<figure><div class="title {tone}">{words}</div>'
        f'<img src="{_address(cut(pixels, now))}" alt="{words}"></figure>'
    )


def _download(where: Place, given: Given, pictures: Mapping[str, Pixels]) -> None:
    st.download_button(
        "Download PNG", lambda: _sheet(given, list(pictures.values())), f"{where.source.name}-sharpened.png",
        "image/png", icon=":material/download:", key="sharpen_download", on_click="ignore",
        help="The small picture, every enlarged one and the truth, side by side.",
    )  # fmt: skip


def _sheet(given: Given, pictures: Sequence[Pixels]) -> bytes:
    from gan_core.images import grid, like, png, to_uint8

    small = like(to_uint8(given.low_res[None]), pictures[0][None])
    height = pictures[0].shape[0]
    return png(
        grid(
            np.concatenate([small, np.stack(pictures)]),
            1 + len(pictures),
            scale=max(1, 224 // height),
            gap=8,
            background=255,
        )
    )
