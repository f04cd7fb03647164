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
from pages.components.sharpen import wipe
from pages.components.sharpen.given import Given
from pages.components.translate import place
from pages.components.translate.place import Place

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from gan_core.weights import LoadedModel

TRUTH = "truth"
ZOOMS = (1, 2, 4, 8)
CELLS = 16  # places along each side of the picture that can be looked at closely
_FEWEST = 6  # pixels of the small picture that a closer look still shows
_SHOWN = 480  # pixels the large picture is at least sent with, so that browsers of all kinds draw it alike
TONES = {TRAINED: "fake", TRUTH: "real"}

_COLUMNS = {
    "psnr": (
        "PSNR",
        "Peak signal-to-noise ratio in decibels: how small the differences of pixels are. More is nearer.",
    ),
    "ssim": (
        "SSIM",
        "Structural similarity, up to 1: whether light, contrast and structure agree around each pixel.",
    ),
    "perceptual": (
        "Distance",
        "How differently the classifier sees the two pictures: 0 alike, 1 nothing in common.",
    ),
    "read": ("Read as", "The class the classifier sees, and how sure it is."),
}


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
        _table(loaded, given, pictures, names)
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


# --- numbers ---


def _table(
    loaded: LoadedModel, given: Given, pictures: Mapping[str, Pixels], names: Mapping[str, str]
) -> None:
    """A line for each picture: how near it is to the truth, and what the classifier reads in it."""
    measured = measures(loaded.card.dataset, dict(pictures), given.is_own_kind)
    columns = [column for column in _COLUMNS if any(column in row for row in measured.values())]
    if not columns:
        st.html('<p class="quiet">Nothing to compare with: the picture is enlarged beyond its own size.</p>')
        return
    best = {column: _best(column, measured) for column in columns}
    head = "".join(
        f'<th title="{text.escape(_COLUMNS[column][1])}">{_COLUMNS[column][0]}</th>' for column in columns
    )
    lines = []
    for name, row in measured.items():
        cells = "".join(
            f"<td>{'<b>' if name in best[column] else ''}{text.escape(row.get(column, ''))}"
            f"{'</b>' if name in best[column] else ''}</td>"
            for column in columns
        )
        tone = TONES.get(name, "")
        lines.append(f'<tr><td><span class="{tone}">{text.escape(names[name])}</span></td>{cells}</tr>')
    st.html(f'<table class="class-table sharpen-table"><tr><th></th>{head}</tr>{"".join(lines)}</table>')


@st.cache_data(show_spinner=False, max_entries=32)
def measures(dataset: str, pictures: Mapping[str, Pixels], is_read: bool) -> dict[str, dict[str, str]]:
    """What is known of each picture, in words; see `_COLUMNS`.

    Args:
        dataset: Whose classifier compares and reads.
        pictures: uint8 `(H, W, C)` by method, and the truth where there is one.
        is_read: Whether there is a class to read in them.
    """
    import torch

    from gan_core.data.progress import silent
    from gan_core.evaluation.enlarging import likeness
    from gan_core.evaluation.extractors import Extractor, classifier_extractor
    from gan_core.images import from_uint8
    from pages.components.translate.stage import seen

    judge = sources.judging(dataset) if is_read else None
    extractor = Extractor("pixels", lambda images: images) if judge is None else classifier_extractor(judge)
    tensors = {name: torch.from_numpy(p.copy()).permute(2, 0, 1)[None] for name, p in pictures.items()}
    rows: dict[str, dict[str, str]] = {}
    for name, picture in tensors.items():
        row: dict[str, str] = {}
        if TRUTH in tensors and name != TRUTH:
            values = likeness(extractor, picture, tensors[TRUTH], silent)
            row = {"psnr": f"{values['psnr']:.1f} dB"}
            row |= {key: f"{values[key]:.3f}" for key in ("ssim", "perceptual") if key in values}
        if judge is not None:
            row["read"] = " ".join(seen(judge, from_uint8(picture))[0]).removeprefix("Seen as ")
        rows[name] = row
    return rows


def _best(column: str, measured: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Who has the best number of a column."""
    numbers = {
        name: float(row[column].split()[0])
        for name, row in measured.items()
        if column in row and column != "read"
    }
    if not numbers:
        return set()
    best = (min if column == "perceptual" else max)(numbers.values())
    return {name for name, number in numbers.items() if number == best}


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
