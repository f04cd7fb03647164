"""The step counter: steps, state, speed and time, the quickest of the page's refresh rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import actions, frames, run_state, services, text
from pages.components.view import View

if TYPE_CHECKING:
    from gan_core.runs.records import Run

REFRESH_S = 0.5
_DRAWN = "train_drawn_state"


def show(view: View) -> None:
    """Draws the counter; it refreshes itself as long as the run lives."""
    if view.kind != "run" or view.run is None:
        step = view.step or 0
        st.html(f'<div class="counter"><b>{text.step_counter(step)}</b><div class="facts">Ready</div></div>')
        return
    st.session_state[_DRAWN] = _what_buttons_depend_on(view.run)
    st.fragment(_tick, run_every=run_state.refresh(view.run, REFRESH_S))(view.run.id)


def _tick(run_id: str) -> None:
    run = services.follow(run_id).run
    actions.send_waiting(run)
    if _what_buttons_depend_on(run) != st.session_state.get(_DRAWN):
        st.rerun()
    share = run_state.progress(run)
    bar = "" if share is None else f'<div class="bar"><i style="width:{100 * share:.1f}%"></i></div>'
    st.html(
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
