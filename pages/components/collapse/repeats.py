"""Tab "What repeats": the birthday paradox, with the pairs that look the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import text
from pages.components.collapse import census, words
from pages.components.collapse.measure import Seen
from pages.components.pictures import Pixels, data_url, row_of, sample_sheet

if TYPE_CHECKING:
    from gan_core.evaluation.evidence import Evidence
    from gan_core.metrics import Birthday

_PAIRS = 12
_TILE = 84


def show(seen: Sequence[Seen]) -> None:
    """For each generator: how many different examples there are, and the pairs."""
    columns = st.columns(len(seen), gap="large") if len(seen) > 1 else [st.container()]
    for each, column in zip(seen, columns, strict=True):
        with column:
            _one(each)
    st.html(
        '<p class="quiet small">The birthday paradox: among 23 people two share a birthday in every second '
        "group, because 23 people make 253 pairs. In the same way, the smaller the groups in which a "
        "generator repeats itself, the fewer different examples it has. What counts as nearly the same is "
        "set by the real examples: closer than the closest pair of all but one in twenty groups of them.</p>"
    )


def _one(seen: Seen) -> None:
    found = seen.evidence
    twins = found.diagnosis.duplicates
    if twins is None:
        st.info("Repetitions were not looked for: there are too few examples.", icon=":material/info:")
        return
    what = "points" if found.points is not None else "pictures"
    st.html(f"<p>{text.escape(words.support(twins, what))}</p>")
    if not twins.pairs:
        st.html(f'<p class="quiet">No two of the {found.diagnosis.n:,} {what} are nearly the same.</p>')
        return
    _pairs(seen, found, twins)


def _pairs(seen: Seen, found: Evidence, twins: Birthday) -> None:
    if found.points is not None:
        pairs = [(pair.first, pair.second) for pair in twins.pairs]
        census.draw_plane(seen, found.points, [], pairs)
        return
    assert found.images is not None
    pictures = found.images.pairs[: 2 * _PAIRS]
    shown = "".join(
        f'<img src="{_pair(pictures[i : i + 2])}" alt="Two generated pictures that are nearly the same">'
        for i in range(0, len(pictures), 2)
    )
    st.html('<div class="heading">The closest pairs among the pictures</div>')
    st.html(f'<div class="twin-pairs">{shown}</div>')
    st.download_button(
        "Pairs (PNG)", partial(_sheet, pictures), f"pairs-{seen.where.source.name}.png", "image/png",
        on_click="ignore", key=f"collapse_pairs:{seen.key}", icon=":material/download:",
        help="The pairs side by side, as one picture.",
    )  # fmt: skip


def _pair(pictures: Pixels) -> str:
    from gan_core.images import png

    return data_url(png(row_of(pictures, _TILE, gap=2)))


def _sheet(pictures: Pixels) -> bytes:
    from gan_core.images import png

    return png(sample_sheet(pictures, columns=4))
