"""The middle of the Train page: the reading, the pictures, the curves and the timeline of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.data import DATASETS
from gan_core.settings import UserError
from pages.components import (
    actions,
    audience,
    charts,
    counter,
    curve_lines,
    field,
    frames,
    probes,
    run_state,
    services,
    setup,
    status,
    text,
    timeline,
)
from pages.components.chart_marks import Marks
from pages.components.charts import Frame, Line, Panel
from pages.components.doctor import panel, rules
from pages.components.doctor.case import case_of
from pages.components.reading import read, read_loss, references
from pages.components.shell import dot, ground

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from gan_core.runs.reader import RunReader
    from gan_core.runs.records import Run

REFRESH_S = 0.4  # counter and curves
SURROUNDINGS_REFRESH_S = 1.6  # what changes with a snapshot or a measurement: pictures, words, timeline
FOLLOWER_REFRESH_S = 2.0
CURVES_HEIGHT = 456  # of all charts of the stage together
_MADE_AND_REAL = '<span class="fake">Made</span><span class="real">Real</span>'


def show(run: Run, place: DeltaGenerator) -> None:
    """Draws the stage; it refreshes itself while the run lives, step counter and curves most often."""
    presents = audience.presents(run.id)
    seconds = FOLLOWER_REFRESH_S
    if presents:
        seconds = SURROUNDINGS_REFRESH_S if run.state == "running" else REFRESH_S
    st.fragment(_draw, run_every=run_state.refresh(run, seconds))(run.id, place, presents)
    rules.show()  # the same words for every run at every step: not drawn anew with it


def _draw(run_id: str, place: DeltaGenerator, presents: bool) -> None:
    reader = services.follow(run_id)
    run = reader.run
    if audience.presents(run_id) != presents:
        st.rerun()  # at the other pace
    steps = frames.folder(run_id).snapshot_steps()
    key, cursor = f"timeline:{run_id}", cursor_of(run_id)
    case = case_of(reader, cursor)
    status.show(run, reading_at(reader, cursor), case.worst)
    with st.container(key="stage"):
        left, right = st.columns([12, 11], gap="medium")
    with left:
        shown = _pictures(run, steps, cursor)
        probes.say(reader, cursor)
    seconds = run_state.refresh(run, REFRESH_S) if presents and run.state == "running" else None
    with right:
        st.fragment(_moving, run_every=seconds)(run_id, place)
    timeline.show(
        steps, live=run_state.is_alive(run), shown=shown if cursor is not None else timeline.NEWEST, key=key
    )
    panel.show(reader, case, cursor)


def cursor_of(run_id: str) -> int | None:
    """The step the run's timeline shows; None: the newest."""
    wanted = timeline.chosen(f"timeline:{run_id}")
    return None if wanted == timeline.NEWEST else wanted


def reading_at(reader: RunReader, cursor: int | None) -> Any:
    """What D's answers, or without D the losses, mean now, or meant at the step the timeline shows."""
    if not _has_discriminator(reader.run):
        return _loss_reading(reader, cursor)
    real, fake = _values(reader, "d_real", cursor), _values(reader, "d_fake", cursor)
    if real is None or fake is None:
        return read((), (), ())
    return read(real[0], real[1], fake[1])


def _has_discriminator(run: Run) -> bool:
    from gan_core.families import FAMILIES

    return FAMILIES[run.config.family].can_score


def _loss_reading(reader: RunReader, cursor: int | None) -> Any:
    losses = [_values(reader, name, cursor) for name in curve_lines.loss_names(reader.series)]
    known = [pair for pair in losses if pair is not None]
    if not known:
        return read_loss((), ())
    return read_loss(known[0][0], [sum(values) for values in zip(*(v for _, v in known), strict=False)])


def _values(reader: RunReader, name: str, cursor: int | None) -> tuple[Sequence[int], Sequence[float]] | None:
    series = reader.series.get(name)
    if series is None:
        return None
    if cursor is None:
        return series.steps, series.values
    end = sum(1 for step in series.steps if step <= cursor)
    return series.steps[:end], series.values[:end]


# --- pictures ---


def _pictures(run: Run, steps: Sequence[int], cursor: int | None) -> int:
    """Draws the snapshot nearest to the cursor and returns its step."""
    if not steps:
        st.html(f'<p class="quiet">{_why_empty(run)}</p>')
        return timeline.NEWEST
    step = steps[-1] if cursor is None else min(steps, key=lambda other: abs(other - cursor))
    try:
        _snapshot(run, step)
    except UserError as error:
        st.html(f'<p class="quiet">{text.escape(actions.sentence(str(error)))}</p>')
    return step


def _why_empty(run: Run) -> str:
    if run.state in ("queued", "starting"):
        return "The first pictures appear here as soon as the run has started."
    return "This run has no pictures yet."


def _snapshot(run: Run, step: int) -> None:
    from gan_core.families import FAMILIES

    arrays = frames.kept_snapshot(run.id, step, run.rewinds)
    if "extent" in arrays:
        _points(arrays)
        return
    if arrays["fake"].ndim == 3:
        _sequences(run, step)
        return
    if FAMILIES[run.config.family].can_translate:
        _translations(run, step, arrays)
        return
    if FAMILIES[run.config.family].can_illustrate:
        _sentences(run, step)
        return
    in_rows = "columns" in arrays
    noise = "same noise down each column" if in_rows else "same noise"
    rebuilt, layout = ("", "") if "rebuilt" not in arrays else (" and rebuilt, in pairs", " rebuilt")
    made = f'<span>{dot("fake")}<span class="fake">Generated</span>, {noise}</span>'
    given = f'<span>{dot("real")}<span class="real">Real</span>{rebuilt}</span>'
    st.html(f'<div class="heading samples{layout}">{made}{given}</div>')
    what = "D's score under each" if "fake_score" in arrays else "each followed by what is rebuilt of it"
    what = "one class or code per row" if in_rows else what
    alt = f"Generated samples at step {step:,} and real examples, {what}"
    st.image(frames.tiles(run.id, step, run.rewinds), width="stretch", alt=alt)


def _sentences(run: Run, step: int) -> None:
    _heads((f"<span>Sketch</span>{_MADE_AND_REAL}",) * 2)
    alt = f"At step {step:,}: sketch, picture and a real scene of the sentence below; D's score under each"
    st.image(frames.tiles(run.id, step, run.rewinds), width="stretch", alt=alt)


def _heads(columns: tuple[str, ...]) -> None:
    left, right = columns
    st.html(f'<div class="heading threes"><div>{left}</div><div>{right}</div></div>')


def _translations(run: Run, step: int, arrays: Mapping[str, Any]) -> None:
    heads = (f"<span>Given</span>{_MADE_AND_REAL}",) * 2
    alt = f"At step {step:,}: what was given, what was made of it, and the real image; D's score under each"
    if "back" in arrays:
        ways = (("A", "A → B", "A → B → A"), ("B", "B → A", "B → A → B"))
        heads = tuple(
            f'<span class="real">{a}</span><span class="fake">{b}</span><span class="fake">{c}</span>'
            for a, b, c in ways
        )
        alt = f"At step {step:,}: images of both domains, what they become in the other one, and back"
    _heads(heads)
    st.image(frames.tiles(run.id, step, run.rewinds), width="stretch", alt=alt)
    if "back" in arrays and (info := DATASETS.get(run.config.dataset)) and info.domains:
        a, b = info.domains
        st.html(f'<p class="quiet">A: {a}, B: {b}; none belong together. D\'s answers are those on B.</p>')


def _sequences(run: Run, step: int) -> None:
    st.html(
        f'<div class="heading samples"><span>{dot("fake")}<span class="fake">Generated</span>, same noise'
        f'</span><span>{dot("real")}<span class="real">Real</span></span></div>'
    )
    alt = f"Generated sequences at step {step:,} and real ones, as curves"
    st.image(frames.curves(run.id, step, run.rewinds), width="stretch", alt=alt)


def _points(arrays: Mapping[str, Any]) -> None:
    st.html(
        f'<div class="heading">{dot("fake")}<span class="fake">Generated</span> &ensp;{dot("real")}'
        '<span class="real">Real</span> &ensp;<span class="quiet">Ground: D\'s answer there</span></div>'
    )
    answers = arrays["field"].tolist() if "field" in arrays else []
    real, fake = arrays["real"][::2].tolist(), arrays["fake"][::2].tolist()  # every other one: enough to see
    spec = field.field_chart(answers, real, fake, float(arrays["extent"]), ground())
    width, height = field.SIZE
    alt = "Generated and real points over D's field"
    st.echarts_chart(spec, key="points", width=width, height=height, alt=alt)


# --- curves ---


def _moving(run_id: str, place: DeltaGenerator) -> None:
    """Draws what moves with every step."""
    reader = services.follow(run_id)
    counter.update(reader.run, place)
    _curves(reader.run, reader, cursor_of(run_id))


def _curves(run: Run, reader: RunReader, cursor: int | None) -> None:
    """Losses, D's answers or what stands in their place, and the first probe: one chart, in panels."""
    settings = setup.present_settings(run.config, reader.events)
    changes = curve_lines.change_marks(reader.events)
    marks = Marks((), changes, cursor, run.parent_step or 0)
    bare = replace(marks, changes=[(step, "") for step, _ in changes])
    levels = references(settings.get("loss"), relativistic=bool(settings.get("relativistic")))
    losses = curve_lines.loss_lines(reader.series)
    panels = [Panel("Losses", losses, Frame(), replace(marks, references=levels))]
    if _has_discriminator(run):
        guessing = replace(bare, references=((0.5, "0.5: guessing"),))
        answers = curve_lines.score_lines(reader.series)
        panels.append(Panel("D's mean answer: 1 real, 0 fake", answers, Frame(low=0.0, high=1.0), guessing))
    elif lead := lead_stat(reader):
        panels.append(Panel(lead.name, [lead], Frame(legend=False), bare))
    panels += [probes.panel(reader, [probe], bare) for probe in probes.first(reader)]
    alt = "; ".join(f"{panel.title}: {charts.describe(panel.lines)}" for panel in panels)
    spec = charts.column(panels, CURVES_HEIGHT)
    st.echarts_chart(spec, key="curves", height=CURVES_HEIGHT, alt=alt)


def lead_stat(reader: RunReader) -> Line | None:
    """What stands in the place of D's answers for a family without D: its first figure beside the losses."""
    if _has_discriminator(reader.run):
        return None
    measured = [probe["name"] for probe in probes.with_values(reader)]
    return next(iter(curve_lines.stat_lines(reader.series, measured)), None)
