"""Two runs over each other: the same axes, one solid, one dashed, and the settings in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import charts, curve_lines, fields, run_list, run_state, services, text
from pages.components.charts import Frame, Line

if TYPE_CHECKING:
    from gan_core.runs.reader import RunReader
    from gan_core.runs.records import Run

CHART_HEIGHT = 280
_WITH = "with"  # the other run's id in the address


def show(run_id: str) -> None:
    """Draws the choice of another run, both runs' curves, and what differs."""
    runs = services.store().runs()
    shown = next((run for run in runs if run.id == run_id), None)
    others = [run for run in runs if run.id != run_id]
    if shown is None or not others:
        st.html('<p class="quiet">A second run to compare with is missing: start one.</p>')
        return
    # The most similar first: that is the lesson "what did this one setting do?"
    others.sort(
        key=lambda run: len(differences(shown, run)) + 100 * (run.config.family != shown.config.family)
    )
    chosen = _choice(others)
    st.query_params[_WITH] = chosen
    first, second = services.follow(run_id), services.follow(chosen)
    names = f"<b>{text.escape(first.run.name)}</b> solid, <b>{text.escape(second.run.name)}</b> dashed"
    st.html(f'<div class="quiet">{names}; the same axes for both.</div>')
    overlays(first, second)
    st.html(table(differences(first.run, second.run)))


def _unlikeness(first: Run, second: Run) -> tuple[bool, int]:
    """Sorts the most similar runs first: they show what one setting did."""
    return first.config.family != second.config.family, len(differences(first, second))


def _choice(others: list[Run]) -> str:
    titles = run_list.switch_titles(others)
    ids = list(titles)
    asked = st.query_params.get(_WITH)
    chosen = st.selectbox(
        "Compare with",
        ids,
        index=ids.index(asked) if asked in ids else 0,
        format_func=lambda other: titles.get(other, other),
        key="compare_with",
        width=420,
    )
    return chosen if chosen in titles else ids[0]  # a title that was changed meanwhile is no id


def overlays(first: RunReader, second: RunReader) -> None:
    """Losses, D's answers and gradients of two runs on the same axes, those of the second dashed."""
    left, right = st.columns(2, gap="medium")
    shown = (
        (left, "Losses", curve_lines.loss_lines, Frame()),
        (right, "D's mean answer: 1 real, 0 fake", curve_lines.score_lines, Frame(low=0.0, high=1.0)),
        (left, "Gradient norms (log scale)", curve_lines.gradient_lines, Frame(log=True)),
    )
    for place, title, lines_of, frame in shown:
        lines: list[Line] = [*lines_of(first.series), *lines_of(second.series, dashed=True, prefix="Other: ")]
        with place:
            st.html(f'<div class="heading">{title}</div>')
            spec = charts.curves(lines, frame)
            st.echarts_chart(spec, key=f"compare {title}", height=CHART_HEIGHT, alt=charts.describe(lines))


def table(rows: list[tuple[str, str, str]], runs: tuple[str, str] = ("this run", "the other")) -> str:
    """The differing settings as HTML, under what the two runs are called."""
    if not rows:
        return '<p class="quiet">Both runs have the same settings and the same seed.</p>'
    cells = "".join(
        f"<tr><td>{text.escape(name)}</td><td>{text.escape(a)}</td><td>{text.escape(b)}</td></tr>"
        for name, a, b in rows
    )
    head = f"<th>Differs</th><th>{runs[0]}</th><th>{runs[1]}</th>"
    return f'<table class="differ"><tr class="quiet">{head}</tr>{cells}</table>'


def differences(first: Run, second: Run) -> list[tuple[str, str, str]]:
    """Label and both values of every setting that both runs have and in which they differ."""
    a, b = _facts(first), _facts(second)
    shared = [name for name in a if name in b and a[name] != b[name]]
    return [(_label(first, name), _shown(a[name]), _shown(b[name])) for name in shared]


def _facts(run: Run) -> Mapping[str, object]:
    config = run.config
    data = run_state.dataset_title(config.dataset)
    top = {"family": config.family, "data set": data, "preset": config.preset}
    return {**top, **config.settings, **config.training.model_dump()}


def _label(run: Run, name: str) -> str:
    from gan_core.families import FAMILIES
    from gan_core.settings import TrainingSettings

    for cls in (FAMILIES[run.config.family].Settings, TrainingSettings):
        if name in cls.model_fields:
            return fields.label(cls, name)
    return text.title(name)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    return text.short_number(value) if isinstance(value, (int, float)) else text.title(str(value))
