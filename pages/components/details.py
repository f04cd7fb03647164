"""Below the stage: further curves, a comparison of two runs, the list of runs, and a run's facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import charts, run_list, run_state, services, stage, text
from pages.components.charts import Frame, Line, Marks

if TYPE_CHECKING:
    from gan_core.runs.reader import RunReader
    from gan_core.runs.records import Run

REFRESH_S = 1.0
CHART_HEIGHT = 240
TABS = (
    ":material/list: Runs",
    ":material/show_chart: More curves",
    ":material/compare: Compare",
    ":material/info: About this run",
)


def show(run: Run | None) -> None:
    """Draws the tabs; only the open one is filled."""
    refresh = REFRESH_S if run is not None and run_state.is_alive(run) else None
    st.fragment(_draw, run_every=refresh)(run.id if run else None)


def _draw(run_id: str | None) -> None:
    runs, curves, compare, about = st.tabs(TABS, key="details", on_change="rerun")
    if runs.open:
        with runs:
            run_list.show_all(services.store().runs(), run_id)
    if curves.open:
        with curves:
            _more_curves(run_id)
    if compare.open:
        with compare:
            _comparison(run_id)
    if about.open:
        with about:
            _about(run_id)


def _no_run() -> None:
    st.html('<p class="quiet">There is no run on the page yet.</p>')


def _more_curves(run_id: str | None) -> None:
    if run_id is None:
        return _no_run()
    reader = services.follow(run_id)
    marks = Marks(changes=stage.change_marks(reader.events))
    left, right = st.columns(2, gap="medium")
    with left:
        st.html('<div class="heading">Gradient norm of each network (log scale)</div>')
        lines = stage.gradient_lines(reader.series)
        spec = charts.curves(lines, Frame(log=True), marks)
        st.echarts_chart(
            spec, key="gradients", height=CHART_HEIGHT, alt=f"Gradient norms: {charts.describe(lines)}"
        )
    for index, line in enumerate(stage.loss_lines(reader.series)):
        with (right, left)[index % 2]:
            st.html(f'<div class="heading">{text.escape(line.name)}</div>')
            spec = charts.curves([line], Frame(), marks)
            st.echarts_chart(spec, key=f"loss {index}", height=CHART_HEIGHT, alt=charts.describe([line]))
    return None


# --- comparison ---


def _comparison(run_id: str | None) -> None:
    if run_id is None:
        return _no_run()
    others = {run.id: run for run in services.store().runs() if run.id != run_id}
    if not others:
        st.html('<p class="quiet">A second run to compare with is missing: start one.</p>')
        return None
    asked = st.query_params.get("with")
    chosen = st.selectbox(
        "Compare with",
        list(others),
        index=list(others).index(asked) if asked in others else 0,
        format_func=lambda other: (
            f"{others[other].name} · {run_state.describe(others[other])}" if other in others else other
        ),
        key="compare_with",
        width=520,
    )
    st.query_params["with"] = chosen
    first, second = services.follow(run_id), services.follow(chosen)
    names = f"<b>{text.escape(first.run.name)}</b> solid, <b>{text.escape(second.run.name)}</b> dashed"
    st.html(f'<div class="quiet">{names}; the same axes for both.</div>')
    st.html(_differences(first.run, second.run))
    _overlays(first, second)
    return None


def _overlays(first: RunReader, second: RunReader) -> None:
    left, right = st.columns(2, gap="medium")
    charts_shown = (
        (left, "Losses", stage.loss_lines, Frame()),
        (right, "D's mean answer: 1 real, 0 fake", stage.score_lines, Frame(low=0.0, high=1.0)),
        (left, "Gradient norms (log scale)", stage.gradient_lines, Frame(log=True)),
    )
    for place, title, lines_of, frame in charts_shown:
        lines: list[Line] = [*lines_of(first.series), *lines_of(second.series, dashed=True, prefix="Other: ")]
        with place:
            st.html(f'<div class="heading">{title}</div>')
            spec = charts.curves(lines, frame)
            st.echarts_chart(
                spec, key=f"compare {title}", height=CHART_HEIGHT + 40, alt=charts.describe(lines)
            )


def _differences(first: Run, second: Run) -> str:
    """The settings in which two runs differ, as a small table."""
    rows = differences(first, second)
    if not rows:
        return '<p class="quiet">Both runs have the same settings and the same seed.</p>'
    cells = "".join(
        f"<tr><td>{text.escape(name)}</td><td>{text.escape(a)}</td><td>{text.escape(b)}</td></tr>"
        for name, a, b in rows
    )
    head = "<th>Differs</th><th>this run</th><th>the other</th>"
    return f'<table class="differ"><tr class="quiet">{head}</tr>{cells}</table>'


def differences(first: Run, second: Run) -> list[tuple[str, str, str]]:
    """Label and both values of every setting in which two runs differ."""
    a, b = _flat(first), _flat(second)
    return [
        (text.title(name), _shown(a.get(name)), _shown(b.get(name)))
        for name in {**a, **b}
        if a.get(name) != b.get(name)
    ]


def _flat(run: Run) -> dict[str, object]:
    config = run.config
    top = {
        "family": config.family,
        "data set": run_state.dataset_title(config.dataset),
        "preset": config.preset,
    }
    return {**top, **config.settings, **config.training.model_dump()}


def _shown(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    return text.short_number(value) if isinstance(value, (int, float)) else text.title(str(value))


# --- facts ---


def _about(run_id: str | None) -> None:
    if run_id is None:
        return _no_run()
    facts = about(services.follow(run_id).run)
    rows = "".join(
        f"<tr><td class='quiet'>{text.escape(name)}</td><td>{text.escape(fact)}</td></tr>"
        for name, fact in facts
    )
    st.html(f'<table class="facts-table">{rows}</table>')
    return None


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
