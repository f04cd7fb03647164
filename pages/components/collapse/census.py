"""Tab "What it makes": every kind's share beside the data's, with examples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import text
from pages.components.classes import sheets
from pages.components.collapse import charts, words
from pages.components.collapse.measure import Seen
from pages.components.pictures import Pixels, data_url, row_of
from pages.components.shell import dot

if TYPE_CHECKING:
    from gan_core.evaluation.diagnosis import Diagnosis, KindCensus
    from gan_core.evaluation.evidence import ImageEvidence, PointEvidence

_BARS = 190  # height in pixels
_TILE = 56


def show(seen: Sequence[Seen]) -> None:
    """Bars, then examples: below each other for two generators, side by side for one."""
    if len(seen) == 1:
        left, right = st.columns([1, 1.15], gap="large")
        with left:
            _bars(seen[0])
            _explain(seen[0].evidence.diagnosis)
        with right:
            _examples(seen[0])
        return
    columns = st.columns(2, gap="large")
    for each, column in zip(seen, columns, strict=True):
        with column:
            _bars(each)
            _examples(each)
    _explain(seen[0].evidence.diagnosis)


def _bars(seen: Seen) -> None:
    counted = seen.evidence.diagnosis.census
    if counted is None:
        st.html(
            '<p class="quiet">These data are one piece: there are no modes to count. The divergence from the '
            "true law says how much of it is missing.</p>"
        )
        return
    st.html(f'<div class="heading">Share of each {words.noun(counted, 1)}, in %</div>')
    st.echarts_chart(
        charts.bars(counted), key=f"collapse_bars:{seen.key}", height=_BARS, alt=charts.describe_bars(counted)
    )


def _explain(found: Diagnosis) -> None:
    counted = found.census
    if counted is None:
        return
    who = {
        "centres": "A point counts for a mode if it lies within three deviations of its centre.",
        "clusters": "No classifier here tells these images apart, so training images were put into groups of "
        "similar ones; a picture counts for the group it is nearest to.",
    }.get(
        counted.by,
        "A classifier trained on the real images names each picture; it counts only if the classifier is at "
        "least 90 % sure.",
    )
    said = f"{who} Made means: at least a tenth of the share it has in the data."
    if counted.by == "centres":
        said = f"{who} One such point is enough to cover a mode."
    st.html(f'<p class="quiet small">{text.escape(said)}</p>')


def _examples(seen: Seen) -> None:
    found = seen.evidence
    if found.images is not None and found.diagnosis.census is not None:
        _rows(seen, found.images, found.diagnosis.census)
    elif found.points is not None:
        counts = [] if found.diagnosis.census is None else [k.count for k in found.diagnosis.census.kinds]
        draw_plane(seen, found.points, counts)


def draw_plane(
    seen: Seen, points: PointEvidence, counts: Sequence[int], pairs: Sequence[tuple[int, int]] = ()
) -> None:
    """The points on the plane, with the number at each mode."""
    said = "Ringed: nearly the same" if pairs else "At each mode its points, a red cross where there are none"
    if len(counts) or pairs:
        st.html(f'<div class="heading quiet">{said}</div>')
    spec = charts.plane(points, counts, pairs)
    side = charts.PLANE
    alt = f"{len(points.made):,} generated points over real ones"
    st.echarts_chart(
        spec, key=f"collapse_plane:{seen.key}:{bool(pairs)}", width=side + 60, height=side + 56, alt=alt
    )


def _rows(seen: Seen, images: ImageEvidence, counted: KindCensus) -> None:
    """Real examples of each kind and what is made of it, as HTML."""
    st.html(
        f'<div class="heading">Of each {words.noun(counted, 1)}: {dot("real")}<span class="real">real</span> '
        f'&ensp;{dot("fake")}<span class="fake">made</span></div>'
    )
    lines = []
    for kind, real, made in zip(counted.kinds, images.real, images.made, strict=True):
        name = text.escape(kind.name)
        shown = (
            f'<img class="strip" src="{_strip(made)}" alt="{len(made)} generated pictures of {name}">'
            if len(made)
            else '<span class="none">none</span>'
        )
        known = f'<img class="strip" src="{_strip(real)}" alt="real pictures of {name}">' if len(real) else ""
        lines.append(f'<b title="{name}">{name}</b><span>{known}</span><span>{shown}</span>')
    st.html(f'<div class="census-rows">{"".join(lines)}</div>')
    names = [kind.name for kind in counted.kinds]
    st.download_button(
        "Examples (PNG)", partial(_sheet, images.made, names), f"made-{seen.where.source.name}.png",
        "image/png", on_click="ignore", key=f"collapse_png:{seen.key}", icon=":material/download:",
        disabled=not any(len(made) for made in images.made), help="What is made of each, as one picture.",
    )  # fmt: skip


def _strip(pictures: Pixels) -> str:
    from gan_core.images import png

    return data_url(png(row_of(pictures, _TILE, gap=4)))


def _sheet(made: Sequence[Pixels], names: Sequence[str]) -> bytes:
    """All examples with their names, white where there are fewer."""
    import numpy as np

    from gan_core.images import png

    columns = max(len(each) for each in made)
    shape = next(each for each in made if len(each)).shape[1:]
    whole = np.full((len(made), columns, *shape), 255, np.uint8)
    for row, each in enumerate(made):
        whole[row, : len(each)] = each
    return png(sheets.rows(whole.reshape(-1, *shape), names, columns))
