"""The timeline: a slider over a run's snapshots that follows the hand, and plays them as a film."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.assets import asset

NEWEST = -1  # the step that stands for "whatever is newest"

_HTML = """<div class="timeline" role="group" aria-label="Timeline of the run">
<button class="play" type="button" aria-label="Play the timeline" title="Play the timeline"></button>
<input class="slider" type="range" min="0" max="0" value="0" step="1" aria-label="Snapshot" />
<output class="step"></output>
<button class="newest" type="button"></button>
</div>"""


def show(steps: Sequence[int], *, live: bool, shown: int, key: str) -> int:
    """Draws the timeline and returns the chosen step, or NEWEST.

    Args:
        steps: Steps of the snapshots, ascending.
        live: Whether new snapshots keep coming.
        shown: The step whose picture is on the page, so that the film waits for slow viewers.
        key: Identity of the slider: one per run.
    """
    mount = st.components.v2.component(
        "gan_timeline", html=_HTML, css=asset("timeline.css"), js=asset("timeline.js")
    )
    result = mount(
        key=key,
        data={"steps": list(steps), "live": live, "shown": shown},
        default={"step": NEWEST},
        on_step_change=lambda: None,
        height=44,
    )
    return int(result.step)


def chosen(key: str) -> int:
    """The step chosen in this session before the timeline is drawn; NEWEST if none."""
    state = st.session_state.get(key)
    return int(state["step"]) if state and state.get("step") is not None else NEWEST
