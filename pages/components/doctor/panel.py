"""The doctor's panel below the pictures: verdicts, evidence, limits, and remedies at one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.doctor import RULES, Rule, Verdict
from pages.components import charts, colours, probes, text
from pages.components.chart_marks import Marks
from pages.components.charts import Frame, Line
from pages.components.doctor import remedies, rules
from pages.components.doctor.case import Case

if TYPE_CHECKING:
    from gan_core.runs.reader import RunReader

CHART_HEIGHT = 190
_TONES = {"ill": "--alarm", "watch": "--care", "well": "--real"}
_RULES = {rule.name: rule for rule in RULES}
_COUNTED = ("modes", "classes", "js_divergence", "coverage")


def show(reader: RunReader, case: Case, cursor: int | None) -> None:
    """Draws the panel for the run at the step that is shown.

    Args:
        reader: The run.
        case: What the doctor says of it.
        cursor: The step the timeline shows; None: the newest.
    """
    with st.container(border=True, key="doctor"):
        step = case.run.step if cursor is None else cursor
        when = "now" if cursor is None else "then"
        head = (
            f'<div class="doctor-head"><b>Doctor</b><span class="quiet">{when}, at step {step:,}</span></div>'
        )
        for verdict in case.verdicts:
            _verdict(reader, case, verdict, cursor, head)
            head = ""
        effect = effect_of_change(case)
        if effect:
            st.html(f'<div class="small">{text.escape(effect)}</div>')
        blind = _blind(reader)
        if blind:
            st.html(f'<div class="quiet small">{text.escape(blind)}</div>')


def tone(verdict: Verdict) -> str:
    """The style sheet's name of the colour of a verdict."""
    return "--quiet" if verdict.name == "too_early" else _TONES[verdict.severity]


def _verdict(reader: RunReader, case: Case, verdict: Verdict, cursor: int | None, head: str) -> None:
    evidence = f" Seen: {verdict.evidence}." if verdict.evidence else ""
    st.html(
        f'{head}<div class="verdict" style="--tone:var({tone(verdict)})">'
        f"<b>{text.escape(verdict.title)}</b><span>{text.escape(verdict.sentence)}</span>"
        f'<span class="quiet">{text.escape(evidence)}</span></div>'
    )
    if verdict.severity == "well" or verdict.name not in _RULES:
        return
    left, right = st.columns([5, 7], gap="medium")
    with left:
        _evidence(reader, case, _RULES[verdict.name], cursor)
    with right:
        remedies.show(reader, case, verdict.name, cursor)


def _evidence(reader: RunReader, case: Case, rule: Rule, cursor: int | None) -> None:
    """The curve that decides with its limit, or all that the rule reads; and its limits in words."""
    limit = rule.line(case.record)
    names = [name for name in rule.curves(case.record) if name in reader.series]
    lines = [_line(reader, name) for name in names]
    if lines:
        log = limit is not None and limit[0].startswith("grad_norm")
        shares = not log and all(max(line.values) <= 1 and min(line.values) >= 0 for line in lines)
        frame = Frame(0.0 if not log else None, 1.0 if shares else _all(reader, names), log=log, smooth=0)
        references = () if limit is None else ((limit[1], f"limit: {text.short_number(limit[1])}"),)
        spec = charts.curves(lines, frame, Marks(references, (), cursor, reader.run.parent_step or 0))
        alt = f"{rule.title}: {charts.describe(lines)}"
        st.echarts_chart(spec, key=f"evidence {rule.name}", height=CHART_HEIGHT, alt=alt)
    limits = "".join(f"<li>{text.escape(words)}</li>" for words in rules.limits(rule))
    st.html(f'<div class="quiet small">Limits<ul class="limits">{limits}</ul></div>')


def _all(reader: RunReader, names: Sequence[str]) -> float | None:
    """How many there are of what a single curve counts, e.g. 8 modes; None: it counts nothing."""
    probe = _probe(reader, names[0]) if len(names) == 1 else None
    return None if probe is None else probes.span(probe)[1]


def _probe(reader: RunReader, name: str) -> Mapping[str, Any] | None:
    return next((probe for probe in probes.of(reader.events)["probes"] if probe["name"] == name), None)


def _line(reader: RunReader, name: str) -> Line:
    series = reader.series[name]
    colour = {"d_real": colours.REAL}.get(name, colours.FAKE)
    return Line(_title(reader, name), colour, series.steps, series.values)


def _title(reader: RunReader, name: str) -> str:
    probe = _probe(reader, name)
    return rules.curve(name) if probe is None else str(probe["title"])


def effect_of_change(case: Case) -> str:
    """What the newest change of a setting has done so far, in a sentence; empty: nothing to say."""
    record = case.record
    if not record.since:
        return ""
    for name in ("modes_near", "classes"):
        steps, values = record.curves.get(name, ((), ()))
        before = [value for step, value in zip(steps, values, strict=True) if step <= record.since]
        after = record.values(name)
        if before and after:
            return (
                f"Since the change at step {record.since:,}: {rules.curve(name)} "
                f"{before[-1]:.0f} \u2192 {after[-1]:.0f}."
            )
    return ""


def _blind(reader: RunReader) -> str:
    """What the doctor cannot see in this run, and why; empty if it sees all it needs."""
    if not reader.series or any(name in reader.series for name in _COUNTED):
        return ""
    found = probes.of(reader.events)
    if any(probe["name"] in _COUNTED for probe in found["probes"]):
        return ""  # not measured yet
    why = f" {found['missing'][0]}" if found["missing"] else ""
    return (
        "How many modes or classes are made is not known of this run: the doctor judges by D's answers and "
        f"G's gradients alone.{why}"
    )
