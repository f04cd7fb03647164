"""Charts of the Codes page: what a code does to a trait, kinds against classes, probabilities of kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.percent import percent
from pages.components.charts import rounded
from pages.components.codes import words
from pages.components.colours import FAKE, NEUTRAL, REAL, muted

if TYPE_CHECKING:
    from gan_core.evaluation.kinds import Kinds
    from gan_core.evaluation.traversals import CodeEffect

_UNITS = {"slant": "slant, degrees", "thickness": "thickness, pixels", "width": "width, pixels"}
_EFFECT_HEIGHT = 118


def show_effect(effect: CodeEffect, *, key: str) -> None:
    """Draws the mean curve of the trait a code changes most; what training never drew is dotted."""
    from gan_core.evaluation.traversals import BEYOND, STOPS

    main = effect.main
    inside = list(zip(STOPS, map(rounded, main.curve), strict=True))
    ends = zip((-BEYOND, BEYOND), map(rounded, main.beyond), strict=True)
    low, high = ([list(end), list(inner)] for end, inner in zip(ends, (inside[0], inside[-1]), strict=True))
    unit = _UNITS.get(main.trait, main.trait)
    spec = {
        "animation": False,
        "title": {
            "text": f"Mean {unit}", "top": 4, "left": 0, "padding": 0,
            "textStyle": {"fontSize": 12, "fontWeight": "normal"},
        },
        "grid": {"left": 4, "right": 12, "top": 28, "bottom": 2, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True, "valueFormatter": "%.4g"},
        "xAxis": {"type": "value", "min": -BEYOND, "max": BEYOND, "interval": 1},
        "yAxis": {"type": "value", "scale": True, "splitNumber": 2},
        "series": [
            _line(inside, "solid", "curve"), _line(low, "dotted", "below"), _line(high, "dotted", "above"),
        ],
    }  # fmt: skip
    ends_in_words = f"{main.curve[0]:.3g} at −1 to {main.curve[-1]:.3g} at 1"
    st.echarts_chart(spec, key=key, height=_EFFECT_HEIGHT, alt=f"Mean {unit}, from {ends_in_words}")


def _line(points: Sequence[Sequence[float]], kind: str, name: str) -> dict[str, Any]:
    return {
        "id": name, "type": "line", "data": [list(point) for point in points], "showSymbol": False,
        "lineStyle": {"color": FAKE, "width": 2, "type": kind}, "itemStyle": {"color": FAKE},
    }  # fmt: skip


def heatmap(kinds: Kinds, classes: Sequence[str], ground: str) -> Any:
    """A plotly figure: kinds in the order of their classes, shares of each kind's images, counts as text.

    Args:
        kinds: The kinds and what they collect.
        classes: Names of the classes.
        ground: Colour of the page, on which the cells are opaque: plotly picks a text colour that stands out.
    """
    import numpy as np
    import plotly.graph_objects as go

    counts = kinds.counts[kinds.order]
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    names = [words.letter(kind) for kind in kinds.order]
    figure = go.Figure(
        go.Heatmap(
            z=shares, x=list(classes), y=names, text=np.where(counts > 0, counts.astype(str), ""),
            texttemplate="%{text}", showscale=False, zmin=0, zmax=1, xgap=2, ygap=2,
            colorscale=[(share, muted(REAL, ground, 0.04 + 0.81 * share)) for share in (0.0, 1.0)],
            hovertemplate="%{text} images of class %{x} are read as kind %{y}: "
            "%{z:.0%} of that kind<extra></extra>",
        )
    )  # fmt: skip
    for row, kind in enumerate(kinds.order):
        column = int(kinds.class_of_kind[kind])
        if column >= 0:
            figure.add_shape(
                type="rect", x0=column - 0.5, x1=column + 0.5, y0=row - 0.5, y1=row + 0.5,
                line={"color": FAKE, "width": 2},
            )  # fmt: skip
    axis = {"type": "category", "showgrid": False, "zeroline": False, "fixedrange": True}
    figure.update_layout(
        height=max(320, 34 * len(names) + 70), margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={**axis, "side": "top", "title": "class of the test image"},
        yaxis={**axis, "autorange": "reversed", "title": "kind Q reads"},
    )  # fmt: skip
    return figure


def bars(labels: Sequence[str], shares: Sequence[float]) -> dict[str, Any]:
    """Probabilities of the kinds as bars, the first at the top."""
    return {
        "animation": False,
        "grid": {"left": 4, "right": 44, "top": 4, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": 1, "show": False},
        "yAxis": {
            "type": "category", "data": list(labels), "inverse": True, "axisTick": {"show": False},
            "axisLine": {"show": False}, "axisLabel": {"interval": 0},
        },
        "series": [
            {
                "id": "kinds", "type": "bar", "barCategoryGap": "25%", "itemStyle": {"color": FAKE},
                "data": [{"value": rounded(p), "label": {"formatter": percent(p)}} for p in shares],
                "label": {"show": True, "position": "right", "color": NEUTRAL},
                "showBackground": True, "backgroundStyle": {"color": "rgba(128,132,144,0.12)"},
            }
        ],
    }  # fmt: skip


def one_number(value: float, bound: float, label: str) -> dict[str, Any]:
    """A measured number as one bar below its bound."""
    return {
        "animation": False,
        "grid": {"left": 4, "right": 30, "top": 30, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": rounded(1.15 * max(bound, value, 0.1))},
        "yAxis": {"type": "category", "data": [""], "axisTick": {"show": False}},
        "series": [
            {
                "id": "value", "type": "bar", "barWidth": 34, "itemStyle": {"color": FAKE},
                "data": [rounded(value)],
                "label": {"show": True, "color": "#FFFFFF", "formatter": f"{value:.2f}"},
                "markLine": {
                    "silent": True, "symbol": "none", "animation": False,
                    "data": [{"xAxis": rounded(bound)}],
                    "label": {"formatter": label, "color": NEUTRAL, "position": "end"},
                    "lineStyle": {"color": NEUTRAL, "type": "dashed"},
                },
            }
        ],
    }  # fmt: skip
