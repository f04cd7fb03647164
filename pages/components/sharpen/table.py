"""How near each enlarged picture is to the truth, and what the classifier reads in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.enlarging import TRAINED
from pages.components import sources, text
from pages.components.pictures import Pixels
from pages.components.sharpen.given import Given

if TYPE_CHECKING:
    from gan_core.weights import LoadedModel

TRUTH = "truth"
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


def show(loaded: LoadedModel, given: Given, pictures: Mapping[str, Pixels], names: Mapping[str, str]) -> None:
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
