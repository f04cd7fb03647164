"""Runs side by side: their pictures, what they make, and their curves over each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.settings import RunConfig, UserError
from pages.components import charts, colours, compare, frames, probes, run_state, services, shell, text
from pages.components.chart_marks import Marks
from pages.components.charts import Frame, Line
from pages.components.collapse.course import snapshot_png
from pages.components.collapse.pair import applies_to
from pages.components.doctor import panel
from pages.components.doctor.case import case_of
from pages.components.kitchen import orders
from pages.components.reading import amount, probe_references

if TYPE_CHECKING:
    from gan_core.kitchen.looking import Reached
    from gan_core.runs.reader import RunReader
    from gan_core.runs.records import Run

REFRESH_S = 1.0
_COUNTED = ("modes", "classes", "coverage")
_HEIGHT = 170


def show(run_ids: Sequence[str], titles: Sequence[str], story: Callable[[Sequence[Run]], str]) -> None:
    """Draws the runs; refreshes itself as long as one of them lives.

    Args:
        run_ids: The runs, two of them.
        titles: What each is called here.
        story: What to say about them now, as HTML.
    """
    alive = any(run_state.is_alive(services.follow(run_id).run) for run_id in run_ids)
    st.fragment(_draw, run_every=REFRESH_S if alive else None)(tuple(run_ids), tuple(titles), story, alive)


def _draw(
    run_ids: Sequence[str], titles: Sequence[str], story: Callable[[Sequence[Run]], str], was_alive: bool
) -> None:
    readers = [services.follow(run_id) for run_id in run_ids]
    runs = [reader.run for reader in readers]
    alive = any(run_state.is_alive(run) for run in runs)
    if was_alive and not alive:
        st.rerun()  # the last time: what comes when all have ended
    st.html(story(runs))
    for column, reader, title in zip(st.columns(len(runs), gap="large"), readers, titles, strict=True):
        with column:
            _one(reader, title)
    are_counted = all(applies_to(run) for run in runs)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Stop both", icon=":material/stop:", key="kitchen_stop", disabled=not alive,
            on_click=partial(orders.stop, run_ids),
            help="Ends the training of both; what they made stays." if alive else "Both have ended.",
        )  # fmt: skip
        st.page_link(
            "pages/collapse.py", label="Look closer", icon=":material/blur_off:",
            query_params={"source": run_ids[0], "with": run_ids[-1]},
            help="The census of both, with examples, side by side."
            if are_counted else "Of what these networks make no kinds are counted.",
            disabled=not are_counted or not _kept(run_ids),
        )  # fmt: skip
    _kinds_chart(readers)
    with st.expander("Losses, D's answers and gradients", icon=":material/show_chart:"):
        compare.overlays(readers[0], readers[-1])


def _kept(run_ids: Sequence[str]) -> bool:
    """Whether both have a checkpoint to look at."""
    return all(services.store().checkpoint_steps(run_id) for run_id in run_ids)


def _one(reader: RunReader, title: str) -> None:
    run = reader.run
    st.html(f'<div class="kitchen-run"><b>{text.escape(title)}</b> {run_state.pill(run)}</div>')
    png = newest(run)
    if png is None:
        st.html(f'<div class="sweep-empty wide">{text.escape(why_empty(run))}</div>')
    else:
        st.image(png, width="stretch", alt=f"What {title} makes at step {run.step:,}")
    steps = f"step {run.step:,}" + (f" of {run.total_steps:,}" if run.total_steps else "")
    st.html(f'<div class="kitchen-count"><b>{text.escape(count(reader))}</b><span>{steps}</span></div>')
    verdict = case_of(reader, None).worst
    st.html(
        f'<div class="kitchen-doctor" style="--tone:var({panel.tone(verdict)})">Doctor: '
        f"<b>{text.escape(verdict.title)}</b></div>"
    )
    if run.error:
        st.error(text.escape_markdown(run.error), icon=":material/error:")
    is_ill = verdict.severity == "ill"
    st.page_link(
        "pages/train.py", icon=":material/play_circle:", query_params={"run": run.id},
        label="Cure it on the Train page" if is_ill else "Open on the Train page",
        help="There the doctor says what it has seen, and offers what helps." if is_ill else None,
    )  # fmt: skip


def newest(run: Run) -> bytes | None:
    """The newest snapshot as PNG; None if there is none."""
    steps = frames.folder(run.id).snapshot_steps()
    if not steps:
        return None
    try:
        return snapshot_png(run.id, steps[-1], run.rewinds, shell.ground())
    except UserError:  # thinned away by the worker meanwhile: the next look finds another
        return None


def why_empty(run: Run) -> str:
    """Why a run has no picture yet."""
    place = services.store().queue_place(run.id)
    if place is not None:
        return f"Waiting: place {place} in the queue."
    return "Starting." if run_state.is_alive(run) else "This run ended before its first picture."


def before(config: RunConfig, title: str) -> None:
    """What a run will start from: the picture before its first step."""
    st.html(
        f'<div class="kitchen-run"><b>{text.escape(title)}</b> <span class="quiet">not started</span></div>'
    )
    try:
        st.image(
            _first_png(config.model_dump_json(), shell.ground()),
            width="stretch",
            alt=f"{title} before its first step",
        )
    except UserError as error:
        st.html(f'<p class="quiet">{text.escape(str(error))}</p>')


@st.cache_data(show_spinner=False, max_entries=24)
def _first_png(config: str, ground: str) -> bytes:
    from gan_core.evaluation.judges import reader_for
    from gan_core.images import png
    from gan_core.kitchen.looking import first_snapshot

    arrays = first_snapshot(RunConfig.model_validate_json(config), reader_for)
    if "extent" not in arrays and "columns" not in arrays:
        arrays = {**arrays, "fake": arrays["fake"][: frames.FAKES]}
    return png(frames.picture(arrays, ground))


# --- what is made ---


def counted(reader: RunReader) -> tuple[float, float, str] | None:
    """The newest count of what a run makes, what real examples score, and what is counted; None: none yet."""
    for probe in probes.with_values(reader):
        if probe["name"] in _COUNTED and probe["best"] is not None:
            return reader.series[probe["name"]].values[-1], float(probe["best"][0]), str(probe["name"])
    return None


def count(reader: RunReader) -> str:
    """What a run makes now, in words: "3 of 8 modes"."""
    found = counted(reader)
    if found is not None:
        value, best, what = found
        if what == "coverage":
            return f"{amount(value, is_share=True)} of the data covered"
        return f"{value:.0f} of {best:.0f} {what}"
    reached = reached_now(reader.run)
    return "" if reached is None else f"{reached.modes} of {reached.of} modes"


def reached_now(run: Run) -> Reached | None:
    """Modes that the points of the newest snapshot reach; None for images, or if there is none."""
    steps = frames.folder(run.id).snapshot_steps()
    return _reached(run, steps[-1]) if steps else None


def _reached(run: Run, step: int) -> Reached | None:
    from gan_core.kitchen.looking import modes_reached

    try:
        arrays = frames.kept_snapshot(run.id, step, run.rewinds)
        if "extent" not in arrays:
            return None
        return modes_reached(run.config.dataset, arrays["fake"], run.config.drawing)
    except UserError:
        return None


# --- curves ---


def _kinds_chart(readers: Sequence[RunReader]) -> None:
    """What the runs make, over each other."""
    for name in _COUNTED:
        shown = [_probe(reader, name) for reader in readers]
        if any(probe is None for probe in shown):
            continue
        lines = [
            Line(
                f"{'Dashed: the second run' if index else 'Solid: the first run'}", colours.FAKE,
                reader.series[name].steps, reader.series[name].values, dashed=bool(index),
            )
            for index, reader in enumerate(readers)
        ]  # fmt: skip
        probe = shown[0]
        assert probe is not None
        st.html(f'<div class="heading">{text.escape(probe["title"])}</div>')
        best = None if probe["best"] is None else float(probe["best"][0])
        frame = Frame(0.0, best, smooth=0, last_step=max(reader.run.step for reader in readers))
        spec = charts.curves(lines, frame, Marks(probe_references(probe)))
        st.echarts_chart(spec, key=f"kitchen_{name}", height=_HEIGHT, alt=charts.describe(lines))
        return


def _probe(reader: RunReader, name: str) -> Any:
    return next((probe for probe in probes.with_values(reader) if probe["name"] == name), None)
