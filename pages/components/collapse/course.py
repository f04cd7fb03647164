"""Tab "When it was lost": what a run made as it trained, and the moment it collapsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.settings import UserError
from pages.components import charts, colours, frames, probes, services, shell, text
from pages.components.chart_marks import Marks
from pages.components.charts import Frame, Line
from pages.components.collapse import measure, words
from pages.components.collapse.measure import Seen
from pages.components.reading import probe_references

if TYPE_CHECKING:
    from gan_core.metrics import Moment
    from gan_core.runs.reader import RunReader
    from gan_core.runs.records import Run

_COUNTS = {"modes": "modes", "classes": "classes", "coverage": "of the data"}  # by curve, what it counts
_SHOWN = ("modes", "classes", "coverage", "high_quality", "js_divergence")
_HEIGHT = 160


@dataclass(frozen=True)
class Course:
    """What the record of a run says.

    Attributes:
        run: The run.
        reader: Its record.
        found: The moment of collapse; None: nothing was measured.
        said: The same in a sentence.
    """

    run: Run
    reader: RunReader
    found: Moment | None
    said: str


def show(seen: Sequence[Seen]) -> None:
    """The record of each run: the sentence, the curves with the moment marked, pictures around it."""
    columns = st.columns(len(seen), gap="large") if len(seen) > 1 else [st.container()]
    for each, column in zip(seen, columns, strict=True):
        with column:
            _one(each, alone=len(seen) == 1)
    st.html(
        '<p class="quiet small">Collapsed means: at least a quarter of the best is lost, and it did not come '
        "back. A curve that falls and rises again is a generator that hops.</p>"
    )


def _one(seen: Seen, *, alone: bool) -> None:
    run = measure.run_of(seen.where)
    if run is None:
        st.info(
            "Shipped weights keep no record of their training: choose one of your runs above to see when it "
            "lost what is missing, or start a lesson.",
            icon=":material/info:",
        )
        st.page_link("pages/kitchen.py", label="Start a lesson", icon=":material/science:")
        return
    course = read(run)
    st.html(f"<p>{text.escape(course.said)}</p>")
    left, right = st.columns([1.3, 1], gap="large") if alone else (st.container(),) * 2
    with left:
        _curves(seen, course)
    with right:
        _pictures(course)
        st.page_link(
            "pages/train.py", label="Open on the Train page", icon=":material/play_circle:",
            query_params={"run": run.id},
        )  # fmt: skip


def read(run: Run) -> Course:
    """Reads a run's record."""
    from gan_core.metrics import moment_of_collapse

    reader = services.follow(run.id)
    for name, what in _COUNTS.items():
        probe = next((each for each in probes.with_values(reader) if each["name"] == name), None)
        if probe is None or probe["best"] is None or not probe["best"][0] > 0:
            continue
        series, total = reader.series[name], float(probe["best"][0])
        found = moment_of_collapse(series.steps, series.values, total)
        if found is not None:
            said = words.moment(found, total, what, is_share=bool(probe["is_share"]))
            return Course(run, reader, found, said)
    return Course(
        run, reader, None, "Nothing was counted while this run trained, so no moment of collapse is known."
    )


def _curves(seen: Seen, course: Course) -> None:
    changes = [] if course.found is None or course.found.step is None else [(course.found.step, "collapse")]
    shown: list[Mapping[str, Any]] = [
        probe for probe in probes.with_values(course.reader) if probe["name"] in _SHOWN
    ][:3]
    for probe in shown:
        series = course.reader.series[probe["name"]]
        line = Line(probe["title"], colours.FAKE, series.steps, series.values)
        low, high = probes.span(probe)
        frame = Frame(low or 0.0, high, smooth=0, legend=False, last_step=course.run.step)
        marks = Marks(probe_references(probe), changes, seen.where.step, course.run.parent_step or 0)
        st.html(f'<div class="heading">{text.escape(probe["title"])}</div>')
        st.echarts_chart(
            charts.curves([line], frame, marks), key=f"collapse_curve:{probe['name']}:{seen.key}",
            height=_HEIGHT, alt=f"{probe['title']}: {charts.describe([line])}",
        )  # fmt: skip


def _pictures(course: Course) -> None:
    """Snapshots before the collapse, just after it, and now."""
    steps = frames.folder(course.run.id).snapshot_steps()
    if not steps:
        return
    wanted = dict[str, int]()
    if course.found is not None and course.found.best > 0:
        wanted["at its best"] = course.found.best_step
    if course.found is not None and course.found.step is not None:
        wanted["collapsed"] = course.found.step
    wanted["now"] = steps[-1]
    for column, (label, step) in zip(st.columns(3), wanted.items(), strict=False):
        nearest = min(steps, key=lambda other: abs(other - step))
        with column:
            st.html(f'<div class="heading quiet">{label}: step {nearest:,}</div>')
            try:
                st.image(picture(course.run, nearest), width="stretch", alt=f"Samples {label}")
            except UserError:  # thinned away by the worker meanwhile
                st.html('<p class="quiet">This picture is not kept any more.</p>')


def picture(run: Run, step: int) -> bytes:
    """A snapshot as PNG.

    Raises:
        UserError: It is not kept.
    """
    return snapshot_png(run.id, step, run.rewinds, shell.ground())


@st.cache_data(show_spinner=False, max_entries=240)
def snapshot_png(run_id: str, step: int, rewinds: int, ground: str) -> bytes:
    """A snapshot of a run as PNG, made once for all viewers.

    Raises:
        UserError: It is not kept.
    """
    from gan_core.images import png

    arrays = frames.kept_snapshot(run_id, step, rewinds)
    if "extent" not in arrays and "columns" not in arrays:
        arrays = {**arrays, "fake": arrays["fake"][: frames.FAKES]}
    return png(frames.whole_picture(run_id, arrays, ground))
