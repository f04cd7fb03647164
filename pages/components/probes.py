"""What is measured of a run while it trains: for each probe a curve, its reference lines, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.components import charts, colours, text
from pages.components.charts import Frame, Line, Marks
from pages.components.reading import probe_references, read_probe

if TYPE_CHECKING:
    from gan_core.runs.reader import RunReader
    from gan_core.runs.records import Event


def of(events: Sequence[Event]) -> Mapping[str, Any]:
    """Which probes a run has, and for what it has none, why: the newest word of its worker."""
    for event in reversed(events):
        if event.kind == "probes":
            return event.detail
    return {"probes": (), "missing": ()}


def with_values(reader: RunReader) -> list[Mapping[str, Any]]:
    """The probes that have been measured at least once."""
    return [probe for probe in of(reader.events)["probes"] if probe["name"] in reader.series]


def first(reader: RunReader) -> list[Mapping[str, Any]]:
    """The one that tells most, for the stage; none before the first measurement."""
    return with_values(reader)[:1]


def draw(reader: RunReader, shown: Sequence[Mapping[str, Any]], marks: Marks, height: int) -> None:
    """One chart below the other, each with its sentence's figures as reference lines.

    Args:
        reader: The run.
        shown: Which of its probes.
        marks: Changes of settings, and the step that is shown.
        height: Of each chart, in pixels.
    """
    for probe in shown:
        series = reader.series[probe["name"]]
        line = Line(probe["title"], colours.FAKE, series.steps, series.values)
        own = Marks(probe_references(probe), marks.changes, marks.cursor)
        share = (0.0, 1.0) if probe["is_share"] else (None, None)
        frame = Frame(*share, smooth=0, legend=False, last_step=reader.run.step)  # too few values to average
        st.html(f'<div class="heading">{text.escape(probe["title"])}</div>')
        alt = f"{probe['title']}: {charts.describe([line])}"
        st.echarts_chart(
            charts.curves([line], frame, own), key=f"probe {probe['name']}", height=height, alt=alt
        )


def say(reader: RunReader, cursor: int | None) -> None:
    """What the first probe says, in a sentence.

    Args:
        reader: The run.
        cursor: Step the timeline shows; None: the newest.
    """
    for probe in first(reader):
        series = reader.series[probe["name"]]
        words = read_probe(probe, _value_at(series.steps, series.values, cursor))
        st.html(f'<div class="quiet">{text.escape(words)}</div>')


def _value_at(steps: Sequence[int], values: Sequence[float], cursor: int | None) -> float:
    """The value measured last at the step that is shown, or the first one after it."""
    if cursor is None:
        return values[-1]
    before = [value for step, value in zip(steps, values, strict=True) if step <= cursor]
    return before[-1] if before else values[0]
