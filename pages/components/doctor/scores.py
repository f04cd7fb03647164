"""D's scores over the training as strips: a column per moment, darker where more examples have that score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.components import colours, text
from pages.components.charts import Spec, thinned

if TYPE_CHECKING:
    from gan_core.runs.records import Event

COLUMNS = 80
HEIGHT = 190
_STRIPS = (
    ("seen", "Real examples", colours.REAL),
    ("unseen", "Real examples that are not trained on", colours.REAL),
    ("fake", "Generated examples", colours.FAKE),
)


def show(events: Sequence[Event], cursor: int | None) -> None:
    """Draws a strip for each kind of example; nothing before the first histograms.

    Args:
        events: Of the run.
        cursor: The step the timeline shows; None: the newest.
    """
    taken = [event.detail for event in events if event.kind == "scores"]
    if not taken:
        return
    st.html(
        '<div class="heading">D\'s scores over the training: 1 is real to D, 0 is fake; the darker, the '
        "more examples</div>"
    )
    present = [strip for strip in _STRIPS if strip[0] in taken[-1]["counts"]]
    for column, (whose, title, colour) in zip(st.columns(len(present), gap="medium"), present, strict=True):
        with column:
            st.html(f'<div class="small quiet">{text.escape(title)}</div>')
            st.echarts_chart(
                strip(taken, whose, colour, cursor),
                key=f"scores {whose}",
                height=HEIGHT,
                alt=describe(taken, whose),
            )


def strip(taken: Sequence[Mapping[str, Any]], whose: str, colour: str, cursor: int | None) -> Spec:
    """The chart of one kind of example.

    Args:
        taken: Details of the run's events of scores, oldest first.
        whose: "seen", "unseen" or "fake".
        colour: Of a score that all examples have.
        cursor: A step to mark.
    """
    moments = thinned(taken, COLUMNS)
    steps = [moment["step"] for moment in moments]
    shares = [_shares(moment["counts"][whose]) for moment in moments]
    bins = len(shares[0])
    data = [
        [x, y, round(share, 3)] for x, column in enumerate(shares) for y, share in enumerate(column) if share
    ]
    marks = [] if cursor is None else [{"xAxis": _nearest(steps, cursor)}]
    return {
        "animation": False,
        "grid": {"left": 8, "right": 14, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": {"show": False},
        "xAxis": {
            "type": "category", "data": [f"{step:,}" for step in steps], "axisTick": {"show": False},
            "axisLabel": {"hideOverlap": True, "showMaxLabel": True},
        },
        "yAxis": {
            "type": "category", "data": [_edge(number, bins) for number in range(bins)],
            "axisTick": {"show": False}, "axisLabel": {"interval": 4, "showMaxLabel": True},
        },
        "visualMap": {
            "show": False, "min": 0, "max": 1,
            "inRange": {"color": [f"{colour}{alpha}" for alpha in ("14", "66", "A0", "D0", "FF")]},
        },
        "series": [
            {
                "id": whose, "type": "heatmap", "data": data, "silent": True, "progressive": 0,
                "markLine": {
                    "silent": True, "symbol": "none", "data": marks, "label": {"show": False},
                    "lineStyle": {"color": colours.NEUTRAL, "type": "solid", "width": 2},
                },
            }
        ],
    }  # fmt: skip


def describe(taken: Sequence[Mapping[str, Any]], whose: str) -> str:
    """The newest histogram in words."""
    newest = taken[-1]
    shares = _shares(newest["counts"][whose])
    mean = sum((number + 0.5) / len(shares) * share for number, share in enumerate(shares))
    return f"D's scores at step {newest['step']:,}: {mean:.2f} on average"


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total for count in counts]


def _edge(number: int, bins: int) -> str:
    """Label of a row: its lower edge, and 1 for the topmost."""
    return "1" if number == bins - 1 else f"{number / bins:g}"


def _nearest(steps: Sequence[int], step: int) -> int:
    return min(range(len(steps)), key=lambda index: abs(steps[index] - step))
