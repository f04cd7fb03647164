"""The step counter: steps, state, speed and time; the stage keeps it up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import actions, frames, run_state, text
from pages.components.view import View

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from gan_core.runs.records import Run

_DRAWN = "train_drawn_state"


def show(view: View) -> DeltaGenerator:
    """Draws the counter and returns its place, which `update` draws into."""
    place = st.empty()
    if view.kind == "run" and view.run is not None:
        st.session_state[_DRAWN] = _what_buttons_depend_on(view.run)
        update(view.run, place)
    else:
        step = text.step_counter(view.step or 0)
        place.html(f'<div class="counter"><b>{step}</b><div class="facts">Ready</div></div>')
    return place


def update(run: Run, place: DeltaGenerator) -> None:
    """Draws the run's present numbers; draws the whole page again if its buttons are out of date."""
    actions.send_waiting(run)
    if _what_buttons_depend_on(run) != st.session_state.get(_DRAWN):
        st.rerun()
    share = run_state.progress(run)
    bar = "" if share is None else f'<div class="bar"><i style="width:{100 * share:.1f}%"></i></div>'
    place.html(
        f'<div class="counter"><div><b>{text.step_counter(run.step)}</b>{bar}</div>'
        f'<div class="facts">{"<br>".join(facts(run))}</div></div>'
    )


def _what_buttons_depend_on(run: Run) -> tuple[object, ...]:
    """When this changes the whole page is drawn again, not only the parts that refresh themselves."""
    return run.id, run.state, run.step > 0, frames.folder(run.id).latest.exists()


def facts(run: Run) -> list[str]:
    """State and budget, speed, time: lines of HTML."""
    budget = "no end set"
    if run.config.training.minutes is not None:
        budget = f"of {text.short_number(run.config.training.minutes)} min"
    elif run.total_steps:
        budget = f"of {run.total_steps:,} steps"
    speed = run.state == "running" and run.images_per_s > 0
    left = run_state.remaining_seconds(run) if run_state.is_alive(run) else None
    time = text.duration(run.seconds) + (f", {text.duration(left)} left" if left else "")
    lines = [f"{run_state.pill(run)} {budget}", f"{run.images_per_s:,.0f} examples/s" if speed else "", time]
    return [line for line in lines if line]
