"""Charts of the page as plain dictionaries for st.echarts_chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gan_core.percent import percent
from pages.components.charts import Spec, rounded, thinned
from pages.components.colours import FAKE, GRADIENT, NEUTRAL, REAL

if TYPE_CHECKING:
    from gan_core.evaluation.diagnosis import KindCensus
    from gan_core.evaluation.evidence import PointEvidence

PLANE = 350  # side of the square in pixels
_DOTS = 900
_LONGEST = 14  # letters of a label under a bar
_MOST = 0.8  # share from which on the axis ends at the whole


def bars(census: KindCensus) -> Spec:
    """Each kind's share of what is made beside its share of the data, in per cent."""
    names = [kind.name if len(kind.name) <= _LONGEST else f"{kind.name[:_LONGEST]}…" for kind in census.kinds]
    axis: Spec = {"type": "value", "splitNumber": 3, "axisLabel": {"formatter": "{value} %"}}
    if max((max(kind.share, kind.data_share) for kind in census.kinds), default=0.0) > _MOST:
        axis |= {"max": 100, "interval": 25}  # the next round number would be past it
    return {
        "animation": False,
        "grid": {"left": 8, "right": 8, "top": 30, "bottom": 4, "containLabel": True},
        "legend": {"top": 0, "left": 0, "icon": "rect", "itemWidth": 12, "itemHeight": 8},
        "tooltip": {"trigger": "axis", "confine": True, "valueFormatter": "%.1f %%"},
        "xAxis": {"type": "category", "data": names, "axisTick": {"show": False}},
        "yAxis": axis,
        "series": [
            _bar("Share of the data", [kind.data_share for kind in census.kinds], REAL),
            _bar("Share of what is made", [kind.share for kind in census.kinds], FAKE),
        ],
    }


def _bar(name: str, shares: Sequence[float], colour: str) -> Spec:
    return {
        "name": name,
        "type": "bar",
        "data": [rounded(100 * share) for share in shares],
        "itemStyle": {"color": colour},
        "barGap": "5%",
        "barCategoryGap": "35%",
    }


def describe_bars(census: KindCensus) -> str:
    """The bars in words, for those who cannot see them."""
    return "; ".join(
        f"{kind.name}: {percent(kind.share)} made, {percent(kind.data_share)} of the data"
        for kind in census.kinds
    )


def plane(found: PointEvidence, counts: Sequence[int], pairs: Sequence[tuple[int, int]] = ()) -> Spec:
    """Real and generated points; the count at every mode, a cross where it is missing.

    Args:
        found: The points.
        counts: Sharp points of each mode; none if the data are one piece.
        pairs: Indices of generated points that are nearly the same, which are ringed.
    """
    axis = {
        "type": "value", "min": -found.extent, "max": found.extent, "splitLine": {"show": False},
        "splitNumber": 4, "axisLabel": {"showMinLabel": False, "showMaxLabel": False},
    }  # fmt: skip
    modes = [
        {
            "value": [rounded(x), rounded(y)],
            "symbol": "circle" if count else "path://M0,0L10,10M10,0L0,10",
            "symbolSize": 20,
            "itemStyle": {
                "color": "transparent",
                "borderColor": REAL if count else "#D92B2B",
                "borderWidth": 2,
            },
            "label": {"formatter": f"{count:,}", "color": NEUTRAL},
        }
        for (x, y), count in zip(found.centres.tolist(), counts, strict=False)
    ]
    twins = [found.made[index].tolist() for pair in pairs for index in pair]
    series = [
        _dots("Real", thinned(found.real.tolist(), _DOTS), REAL, 4),
        _dots("Generated", thinned(found.made.tolist(), _DOTS), FAKE, 4),
        {
            "name": "Modes", "type": "scatter", "data": modes, "silent": True,
            "label": {"show": True, "position": "right", "fontSize": 11},
        },
    ]  # fmt: skip
    if twins:
        series.append(_rings(twins))
    return {
        "animation": False,
        "grid": {"left": 34, "top": 26, "width": PLANE, "height": PLANE},
        "legend": {"top": 0, "left": 0, "data": ["Real", "Generated"]},
        "tooltip": {"show": False},
        "xAxis": axis,
        "yAxis": axis,
        "series": series,
    }


def _dots(name: str, points: Sequence[Any], colour: str, size: int) -> Spec:
    return {
        "name": name, "type": "scatter", "data": [[rounded(x), rounded(y)] for x, y in points],
        "symbolSize": size, "silent": True, "itemStyle": {"color": colour, "opacity": 0.6},
    }  # fmt: skip


def _rings(points: Sequence[Any]) -> Spec:
    return {
        "name": "Nearly the same", "type": "scatter", "data": [[rounded(x), rounded(y)] for x, y in points],
        "symbolSize": 14, "silent": True,
        "itemStyle": {"color": "transparent", "borderColor": GRADIENT, "borderWidth": 1.5},
    }  # fmt: skip
