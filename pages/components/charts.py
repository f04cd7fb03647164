"""Chart specifications for st.echarts_chart, as plain dictionaries: pure functions of numbers.

The spec carries no text or background colour: the chart takes those from the light or dark theme by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from pages.components.chart_marks import NO_MARKS, Marks, Scale, annotations
from pages.components.text import short_number

Spec = dict[str, Any]
Steps = tuple[int, ...]
Item = TypeVar("Item")

FEWEST_TO_AVERAGE = 8  # recorded values below which a running average says nothing
POINTS_PER_LINE = 160  # as many as a curve 400 pixels wide can show apart
HEAD, LETTER = 26, 6.7  # height of a panel's title and legend; width of a letter of the title, about


@dataclass(frozen=True)
class Line:
    """One curve: a value per recorded step.

    Attributes:
        name: Label in the legend and in the tooltip.
        colour: "#RRGGBB".
        steps: Steps in rising order.
        values: One value per step; values that are not finite are left out.
        dashed: Drawn dashed: the second run of a comparison.
    """

    name: str
    colour: str
    steps: Sequence[int]
    values: Sequence[float]
    dashed: bool = False


@dataclass(frozen=True)
class Frame:
    """Axes of a chart.

    Attributes:
        low: Lower end of the value axis; None: fitted to the data.
        high: Upper end of the value axis; None: fitted to the data.
        log: Logarithmic value axis.
        smooth: Weight, 0 to 1, of the past in the bold curve; 0: only the raw curve is drawn.
        last_step: Right end of the step axis at least; None: fitted to the data.
        legend: Names the curves above the chart; False: its heading does.
    """

    low: float | None = None
    high: float | None = None
    log: bool = False
    smooth: float = 0.9
    last_step: int | None = None
    legend: bool = True


def curves(lines: Sequence[Line], frame: Frame = Frame(), marks: Marks = NO_MARKS) -> Spec:
    """Curves over training steps: each raw value faint, its running average bold."""
    series: list[Spec] = []
    for line in lines:
        steps, values = _points(line, positive_only=frame.log)
        if bool(frame.smooth) and len(values) > FEWEST_TO_AVERAGE:
            bold, faint = (steps, smooth(values, frame.smooth)), (steps, values)
        else:
            bold, faint = (steps, values), ([], [])
        series.append(_series(line, *bold, bold=True))  # first: the legend takes its look
        series.append(_series(line, *faint, bold=False))
    last = _last_step(lines, frame, marks.start)
    shown = [value for one in series for _, value in one["data"]]
    series.append(annotations(marks, Scale(frame.low, frame.high, frame.log), shown, last))
    return {
        "animation": False,
        "grid": {
            "left": 8, "right": 14, "top": 30 if frame.legend else 18, "bottom": 4, "containLabel": True,
        },
        "legend": {
            "show": frame.legend, "data": [line.name for line in lines], "type": "scroll",
            "top": 0, "left": 0, "icon": "rect", "itemWidth": 16, "itemHeight": 3, "itemGap": 14,
        },
        "tooltip": {"trigger": "axis", "confine": True, "valueFormatter": "%.4g"},
        "xAxis": {
            "type": "value", "minInterval": 1,
            "min": marks.start, "max": last,
            "splitLine": {"show": False}, "axisLabel": {"showMaxLabel": False},
            "axisPointer": {"label": {"precision": 0}},
        },
        "yAxis": _value_axis(frame),
        "series": series,
    }  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """One of several charts over the same steps.

    Attributes:
        title: Its name, before the legend.
        lines: Its curves.
        frame: Its axes.
        marks: What it shows beside its curves.
    """

    title: str
    lines: Sequence[Line]
    frame: Frame = Frame()
    marks: Marks = NO_MARKS


def column(panels: Sequence[Panel], height: int) -> Spec:
    """Charts of equal height one below the other, as one element instead of two for each.

    Args:
        panels: At least one; no two have a curve of the same name.
        height: Of all together, in pixels.
    """
    spec: Spec = {"animation": False, "tooltip": {}}
    for name in ("dataset", "title", "legend", "grid", "xAxis", "yAxis", "series"):
        spec[name] = []
    tables = dict[Steps, int]()
    each = height // len(panels)
    for index, panel in enumerate(panels):
        own, top = curves(panel.lines, panel.frame, panel.marks), index * each
        spec["tooltip"] = own["tooltip"]
        title = {"text": panel.title, "left": 0, "top": top + 7, "padding": 0}
        spec["title"].append({**title, "textStyle": {"fontSize": 15, "fontWeight": 600}})
        beside = {"left": 24 + LETTER * len(panel.title), "right": 0, "padding": 0, "top": top + 4}
        spec["legend"].append({**own["legend"], **beside})
        spec["grid"].append({**own["grid"], "top": top + HEAD + 4, "height": each - HEAD - 12})
        del spec["grid"][-1]["bottom"]
        spec["xAxis"].append({**own["xAxis"], "gridIndex": index})
        spec["yAxis"].append({**own["yAxis"], "gridIndex": index})
        for series in own["series"]:
            axes = {"id": f"{index} {series['id']}", "xAxisIndex": index, "yAxisIndex": index}
            drawn = {**series, **axes}
            if series["data"]:  # an empty list stays: a series without one would draw the first table
                del drawn["data"]
                drawn |= _in_table(spec["dataset"], tables, *zip(*series["data"], strict=True))
            spec["series"].append(drawn)
    return spec


def _in_table(
    datasets: list[Spec], tables: dict[Steps, int], steps: Steps, values: tuple[float, ...]
) -> Spec:
    """Adds a curve to the table of its steps, which are sent once for all curves; says where it is."""
    number = tables.setdefault(steps, len(datasets))
    if number == len(datasets):
        datasets.append({"source": {"step": steps}})
    table = datasets[number]["source"]
    name = str(len(table))
    table[name] = values
    return {"datasetIndex": number, "encode": {"x": "step", "y": name, "tooltip": name}}


def _points(line: Line, *, positive_only: bool) -> tuple[list[int], list[float]]:
    """Steps and values of what is drawn: those that are numbers, and as many as can be seen apart."""
    values = np.asarray(line.values, np.float64)
    fit = np.isfinite(values) & (values > 0) if positive_only else np.isfinite(values)
    kept = thinned(np.flatnonzero(fit).tolist(), POINTS_PER_LINE)
    return np.asarray(line.steps, np.int64)[kept].tolist(), values[kept].tolist()


def thinned(items: Sequence[Item], limit: int) -> list[Item]:
    """At most `limit` items, evenly spread, with the first and the last one."""
    if len(items) <= limit:
        return list(items)
    return [items[round(i * (len(items) - 1) / (limit - 1))] for i in range(limit)]


def smooth(values: Sequence[float], weight: float) -> list[float]:
    """Exponential running average with the start's bias removed: the first value is the first average."""
    averages: list[float] = []
    total = norm = 0.0
    for value in values:
        total = weight * total + (1 - weight) * value
        norm = weight * norm + (1 - weight)
        averages.append(total / norm)
    return averages


def _series(line: Line, steps: list[int], values: list[float], *, bold: bool) -> Spec:
    style = {
        "color": line.colour,
        "width": 2 if bold else 1,
        "opacity": 1.0 if bold else 0.25,
        "type": "dashed" if line.dashed else "solid",
    }
    quiet = {} if bold else {"silent": True, "tooltip": {"show": False}}
    return {
        "name": line.name,
        "id": line.name if bold else f"{line.name} (raw)",
        "z": 3 if bold else 2,
        "type": "line",
        "data": list(zip(steps, all_rounded(values), strict=True)),
        "showSymbol": len(steps) == 1,
        "lineStyle": style,
        "itemStyle": {"color": line.colour},
        "emphasis": {"disabled": True},
        **quiet,
    }


def rounded(value: float) -> float:
    """Four significant figures: all a chart can show, and a third of the bytes."""
    return float(f"{value:.4g}")


def all_rounded(values: Sequence[float]) -> list[float]:
    """The same for many at once, all finite."""
    numbers = np.asarray(values, np.float64)
    # Only whole powers of ten divide or multiply, so that the result is the nearest number to its digits.
    exponents = 3 - np.floor(np.log10(np.abs(numbers), where=numbers != 0, out=np.zeros_like(numbers)))
    large, small = 10.0 ** np.maximum(-exponents, 0), 10.0 ** np.clip(exponents, 0, 300)
    found: list[float] = (np.rint(numbers / large * small) * large / small).tolist()
    return found


def _last_step(lines: Sequence[Line], frame: Frame, start: int) -> int:
    recorded = max((line.steps[-1] for line in lines if len(line.steps)), default=0)
    return max(recorded, frame.last_step or 0, start + 1)


def _value_axis(frame: Frame) -> Spec:
    axis: Spec = {"type": "log" if frame.log else "value", "splitNumber": 4}
    if frame.low is not None:
        axis["min"] = frame.low
    if frame.high is not None:
        axis["max"] = frame.high
    if frame.low == 0 and frame.high:
        parts = next((parts for parts in (4, 5) if frame.high == 1 or frame.high % parts == 0), None)
        axis |= {"interval": frame.high / parts} if parts else {}
    if not frame.log and frame.low is None:
        axis["scale"] = True
    return axis


def describe(lines: Sequence[Line]) -> str:
    """The newest value of each curve in words, for those who cannot see the chart."""
    parts = [
        f"{line.name} {short_number(line.values[-1])} at step {line.steps[-1]:,}"
        for line in lines
        if len(line.steps)
    ]
    return "; ".join(parts) or "no values yet"
