"""The runs: switching between them, and what can be done to each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import actions, downloads, run_state, services, text, view
from pages.components.view import View

if TYPE_CHECKING:
    from gan_core.runs.records import Run

PAGE_SIZE = 12
_SWITCH = "run_switch"
_NEW = ""


def top_bar(shown: View, runs: Sequence[Run]) -> None:
    """Which run is on the page, and what can be done with it as a whole."""
    ids = [run.id for run in runs]
    current = shown.run.id if shown.kind == "run" and shown.run else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="top_bar"):
        _switch({run.id: run for run in runs}, ids, current)
        run = shown.run if shown.kind == "run" else None
        tip = "Sets up another run; this one goes on." if run else "This is a new run."
        st.button(
            "New run", icon=":material/add:", key="new_run", help=tip, disabled=run is None,
            on_click=partial(view.show_new, like=run.id if run else ""),
        )  # fmt: skip
        _branch_button(run)
        downloads.show(run)
        _manage(run)


def _switch(runs: dict[str, Run], ids: list[str], current: str | None) -> None:
    st.session_state[_SWITCH] = current or _NEW
    st.selectbox(
        "Run",
        [_NEW, *ids],
        format_func=lambda run_id: _title(runs.get(run_id)),
        key=_SWITCH,
        label_visibility="collapsed",
        on_change=_go,
        width=330,
    )


def _go() -> None:
    chosen = st.session_state[_SWITCH]
    if chosen == _NEW:
        view.show_new()
    else:
        view.show_run(chosen)


def _title(run: Run | None) -> str:
    return "A new run" if run is None else f"{run.name} · {run_state.word(run).lower()}"


def _branch_button(run: Run | None) -> None:
    steps = services.store().checkpoint_steps(run.id) if run else []
    st.button(
        "Branch",
        icon=":material/fork_right:",
        key="branch",
        disabled=not steps,
        help="Continues from a checkpoint of this run with other settings, as a new run."
        if steps
        else "No checkpoint yet.",
        on_click=partial(view.show_branch, run.id, steps[-1]) if run and steps else None,
    )


def _manage(run: Run | None) -> None:
    with st.popover("Manage", icon=":material/more_horiz:", disabled=run is None):
        if run is None:
            return
        key = f"rename:{run.id}:{run.name}"
        rename = partial(actions.rename, run.id, key)
        st.text_input(
            "Name", run.name, max_chars=80, key=key, on_change=rename, help="Press Enter to keep it."
        )
        stop_button(run, "managed")
        delete_button(run, "managed")


def stop_button(run: Run, place: str) -> None:
    """Ends a living run; its last state is kept, so that it can be resumed."""
    alive = run_state.is_alive(run)
    st.button(
        "Stop",
        icon=":material/stop:",
        key=f"stop:{place}:{run.id}",
        disabled=not alive,
        on_click=partial(actions.send_and_see, run.id, "stop"),
        help="Ends the training and keeps everything; it can be resumed."
        if alive
        else "It has ended already.",
    )


def delete_button(run: Run, place: str) -> None:
    """Asks before it deletes."""
    alive = run_state.is_alive(run)
    tip = "Stop it first." if alive else "Deletes its curves, pictures and checkpoints; asks first."
    if st.button(
        "Delete…", icon=":material/delete:", key=f"delete:{place}:{run.id}", disabled=alive, help=tip
    ):
        confirm_delete(run)


@st.dialog("Delete this run?", icon=":material/delete:")
def confirm_delete(run: Run) -> None:
    """The question before a run is deleted."""
    name = text.escape_markdown(run.name)
    st.markdown(f"**{name}** with its curves, pictures and checkpoints will be gone for good.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep it", key="keep"):
            st.rerun()
        if st.button("Delete", type="primary", key="confirm_delete", icon=":material/delete:"):
            actions.delete(run)
            st.rerun()


def show_all(runs: Sequence[Run], current: str | None) -> None:
    """Every run as one line with what can be done to it."""
    if not runs:
        st.html('<p class="quiet">No runs yet.</p>')
        return
    limit = PAGE_SIZE * st.session_state.get("run_pages", 1)
    for run in runs[:limit]:
        _line(run, current)
    if len(runs) > limit and st.button(f"Show older runs ({len(runs) - limit:,} more)", key="older"):
        st.session_state["run_pages"] = st.session_state.get("run_pages", 1) + 1
        st.rerun(scope="fragment")


def _line(run: Run, current: str | None) -> None:
    with st.container(border=True, key=f"line_{run.id}"):
        about, doing = st.columns(2, vertical_alignment="center")
        about.html(
            f'<div class="run-line">{run_state.pill(run)} <b>{text.escape(run.name)}</b><br>'
            f'<span class="quiet small">{text.escape(run_state.describe(run))}, seed {run.seed:,}'
            f"{_origin(run)}</span></div>"
        )
        with doing, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            st.button(
                "Open", icon=":material/visibility:", key=f"open:{run.id}", disabled=run.id == current,
                on_click=partial(view.show_run, run.id),
            )  # fmt: skip
            resumable = run.state in ("stopped", "interrupted")
            st.button(
                "Resume", icon=":material/play_arrow:", key=f"resume:{run.id}", disabled=not resumable,
                on_click=partial(actions.resume, run.id), help="Goes on from the last checkpoint.",
            )  # fmt: skip
            stop_button(run, "listed")
            delete_button(run, "listed")


def _origin(run: Run) -> str:
    return f", branched at step {run.parent_step:,}" if run.parent_step is not None else ""
