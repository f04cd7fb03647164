"""What is measured of a run while it trains: for each probe a curve, its reference lines, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.components import colours, text
from pages.components.chart_marks import Marks
from pages.components.charts import Frame, Line, Panel
from pages.components.reading import probe_references, read_probe

if TYPE_CHECKING:
    from gan_core.runs.reader import RunReader
    from gan_core.runs.records import Event

_COLOURS = {  # of probes that share a chart
    "precision": colours.FAKE, "recall": colours.REAL, "density": colours.DISCRIMINATOR,
    "d_right_on_train": colours.REAL, "d_right_on_held_out": colours.DISCRIMINATOR,
    "d_right_on_fake": colours.FAKE,
}  # fmt: skip


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


def by_chart(shown: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The probes that share a chart together, in the order of the first of each."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for probe in shown:
        groups.setdefault(probe.get("chart") or probe["name"], []).append(probe)
    return list(groups.values())


def panel(reader: RunReader, shown: Sequence[Mapping[str, Any]], marks: Marks) -> Panel:
    """A chart with the reference lines of its probe if it shows a single one.

    Args:
        reader: The run.
        shown: Which of its probes, at least one; several have the title of a chart in common.
        marks: Changes of settings, and the step that is shown.
    """
    alone = len(shown) == 1
    colour = [colours.FAKE] if alone else [_COLOURS.get(probe["name"], colours.FAKE) for probe in shown]
    lines = [
        Line(probe["title"], shade, reader.series[probe["name"]].steps, reader.series[probe["name"]].values)
        for probe, shade in zip(shown, colour, strict=True)
    ]
    own = replace(marks, references=probe_references(shown[0]) if alone else ())
    ends = span(shown[0]) if alone or all(probe["is_share"] for probe in shown) else (None, None)
    low = 0.0 if ends[0] is None and all(min(line.values) >= 0 for line in lines) else ends[0]
    frame = Frame(low, ends[1], smooth=0, legend=not alone, last_step=reader.run.step)  # too few to average
    return Panel(shown[0]["title"] if alone else shown[0]["chart"], lines, frame, own)


def span(probe: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Both ends of a probe's axis: all there is of a share or a count; else fitted to the values."""
    if probe["is_share"]:
        return 0.0, 1.0
    whole = probe["best"] if probe["counts"] else None
    return (None, None) if whole is None else (0.0, float(whole[0]))


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
