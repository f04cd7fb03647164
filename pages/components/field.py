"""The chart of D's field with points over it, as a plain dictionary for st.echarts_chart."""

from __future__ import annotations

from collections.abc import Sequence

from pages.components.charts import Spec, rounded
from pages.components.colours import FAKE, NEUTRAL, REAL, muted

CELLS, CELL = 48, 7  # whole pixels per cell, so that no seams show between cells
SIDE = CELLS * CELL
SIZE = SIDE + 50, SIDE + 40  # width and height of the chart, with room for the axes


def field_chart(
    scores: Sequence[Sequence[float]],
    real: Sequence[Sequence[float]],
    fake: Sequence[Sequence[float]],
    extent: float,
    ground: str,
) -> Spec:
    """Real and generated points over the discriminator's field, both axes on the same scale.

    Args:
        scores: D's output in [0, 1] on a square grid, from the lowest y and the lowest x; empty: no D.
        real: Real points (n, 2).
        fake: Generated points (n, 2), in the same order at each call so that every dot can be followed.
        extent: Half the side of the square shown.
        ground: Colour of the page, "#RRGGBB".
    """
    cells = len(scores) or CELLS
    shades = [muted(colour, ground) for colour in (FAKE, NEUTRAL, REAL)]
    category = {"type": "category", "data": list(range(cells)), "show": False}
    plane = {
        "type": "value",
        "min": -extent,
        "max": extent,
        "splitLine": {"show": False},
        "splitNumber": 4,
        "axisLabel": {"showMinLabel": False, "showMaxLabel": False},
    }
    data = [
        [column, row, round(score, 2)] for row, line in enumerate(scores) for column, score in enumerate(line)
    ]
    return {
        "animation": True,
        "animationDuration": 0,
        "animationDurationUpdate": 400,
        "animationEasingUpdate": "linear",
        "grid": {"left": 34, "top": 8, "width": SIDE, "height": SIDE, "outerBoundsMode": "none"},
        "tooltip": {"show": False},
        "xAxis": [plane, category],
        "yAxis": [plane, category],
        "visualMap": {
            "show": False, "min": 0, "max": 1, "seriesIndex": 0, "inRange": {"color": shades},
        },
        "series": [
            {
                "id": "field", "type": "heatmap", "xAxisIndex": 1, "yAxisIndex": 1, "data": data,
                "silent": True, "animation": False, "itemStyle": {"opacity": 1}, "progressive": 0,
            },
            _dots("real", real, REAL),
            _dots("fake", fake, FAKE),
        ],
    }  # fmt: skip


def _dots(name: str, points: Sequence[Sequence[float]], colour: str) -> Spec:
    return {
        "id": name,
        "name": name,
        "type": "scatter",
        "data": [[rounded(x), rounded(y)] for x, y in points],
        "symbolSize": 6,
        "silent": True,
        "itemStyle": {"color": colour, "borderColor": "#FFFFFF", "borderWidth": 0.8},
    }
