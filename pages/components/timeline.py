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


_AT = "at"  # the chosen step in the page's address


def show(steps: Sequence[int], *, live: bool, shown: int, key: str) -> None:
    """Draws the timeline; its choice is in `chosen` and in the address.

    Args:
        steps: Steps of the snapshots, ascending.
        live: Whether new snapshots keep coming.
        shown: The step whose picture is on the page, so that the film waits for slow viewers.
        key: Identity of the slider: one per run.
    """
    mount = st.components.v2.component(
        "gan_timeline", html=_HTML, css=asset("timeline.css"), js=asset("timeline.js")
    )
    first = chosen(key)
    result = mount(
        key=key,
        data={"steps": list(steps), "live": live, "shown": shown, "first": first},
        default={"step": first},
        on_step_change=lambda: None,
        height=44,
    )
    if int(result.step) == NEWEST:
        st.query_params.pop(_AT, None)
    elif st.query_params.get(_AT) != str(result.step):
        st.query_params[_AT] = str(result.step)


def chosen(key: str) -> int:
    """The chosen step, also before the timeline is drawn: this session's, or the link's; NEWEST if none."""
    state = st.session_state.get(key)
    if state and state.get("step") is not None:
        return int(state["step"])
    asked = st.query_params.get(_AT, "")
    return int(asked) if asked.isascii() and asked.isdigit() else NEWEST
