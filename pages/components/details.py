"""Below the stage: further curves, a comparison of two runs, the list of runs, and a run's facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import (
    actions,
    audience,
    charts,
    compare,
    curve_lines,
    probes,
    run_list,
    run_state,
    services,
    stage,
    text,
)
from pages.components.chart_marks import Marks
from pages.components.charts import Frame, Panel
from pages.components.doctor import scores

if TYPE_CHECKING:
    from gan_core.runs.records import Event, Run

REFRESH_S, FOLLOWER_REFRESH_S = 3.0, 6.0
CHART_HEIGHT = 240
TABS = (
    ":material/list: Runs",
    ":material/show_chart: More curves",
    ":material/compare: Compare",
    ":material/info: About this run",
)


def show(run: Run | None) -> None:
    """Draws the tabs; only the open one is filled."""
    if run is None:
        st.fragment(_draw)(None)
        return
    seconds = REFRESH_S if audience.presents(run.id) else FOLLOWER_REFRESH_S
    st.fragment(_draw, run_every=run_state.refresh(run, seconds))(run.id)


def _draw(run_id: str | None) -> None:
    runs, curves, comparison, facts = st.tabs(TABS, key="details", on_change="rerun")
    if runs.open:
        with runs:
            run_list.show_all(services.store().runs(), run_id)
    for tab, draw in ((curves, _more_curves), (comparison, compare.show), (facts, _about)):
        if tab.open:
            with tab:
                if run_id is None:
                    st.html('<p class="quiet">There is no run on the page yet.</p>')
                else:
                    draw(run_id)


def _more_curves(run_id: str) -> None:
    reader = services.follow(run_id)
    scores.show(reader.events, stage.cursor_of(run_id))
    marks = Marks(changes=curve_lines.change_marks(reader.events), start=reader.run.parent_step or 0)
    left, right = st.columns(2, gap="medium")
    with left:
        lines, title = curve_lines.gradient_lines(reader.series), "Gradient norm of each network (log scale)"
        _chart(Panel(title, lines, Frame(log=True), marks), key="gradients")
    measured = probes.with_values(reader)
    above = [probe["name"] for probe in measured]
    for index, group in enumerate(probes.by_chart(measured[len(probes.first(reader)) :])):
        with (right, left)[index % 2]:
            _chart(probes.panel(reader, group, marks), key=f"probe {group[0]['name']}")
    stats = curve_lines.stat_lines(reader.series, above)
    if stage.lead_stat(reader) is not None:  # it is on the stage
        stats = stats[1:]
    for index, line in enumerate([*stats, *curve_lines.loss_lines(reader.series)]):
        with (right, left)[index % 2]:
            _chart(Panel(line.name, [line], marks=marks), key=f"curve {index}")


def _chart(panel: Panel, key: str) -> None:
    st.html(f'<div class="heading">{text.escape(panel.title)}</div>')
    alt = f"{panel.title}: {charts.describe(panel.lines)}"
    spec = charts.curves(panel.lines, panel.frame, panel.marks)
    st.echarts_chart(spec, key=key, height=CHART_HEIGHT, alt=alt)


def _about(run_id: str) -> None:
    reader = services.follow(run_id)
    rows = "".join(
        f"<tr><td class='quiet'>{text.escape(name)}</td><td>{text.escape(fact)}</td></tr>"
        for name, fact in [*about(reader.run), *notes(reader.events)]
    )
    st.html(f'<table class="facts-table">{rows}</table>')


def about(run: Run) -> Sequence[tuple[str, str]]:
    """What a run is, in words."""
    config = run.config
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    rows = [
        ("Run", run.id),
        ("Family", text.title(config.family)),
        ("Data set", run_state.dataset_title(config.dataset)),
        ("Preset", text.title(config.preset)),
        ("Seed", f"{run.seed:,}"),
        ("Steps done", f"{run.step:,}"),
        ("Examples seen", f"{run.step * config.training.batch_size:,}"),
        ("Training time", text.duration(run.seconds)),
        ("Device", text.title(run.device) if run.device else "not chosen yet"),
        ("Arithmetic", run.precision or "not chosen yet"),
        ("Versions", versions or "not noted yet"),
    ]
    if run.parent_id is not None:
        rows.insert(1, ("Branched from", f"{run.parent_id} at step {run.parent_step or 0:,}"))
    return rows


def notes(events: Sequence[Event]) -> list[tuple[str, str]]:
    """What a viewer should know of what happened: what is not measured and why, and every warning."""
    missing = [("Not measured", sentence) for sentence in probes.of(events)["missing"]]
    warnings = [
        (f"Warning, step {event.step:,}", actions.sentence(event.detail["text"]))
        for event in events
        if event.kind == "warning"
    ]
    return [*missing, *warnings]
