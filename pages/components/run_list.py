"""The runs: switching between them, and what can be done to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, dialogs, downloads, run_state, services, text, view
from pages.components.classes import known
from pages.components.view import View

if TYPE_CHECKING:
    from gan_core.runs.records import Run

PAGE_SIZE = 12
WATCH_S = 2.0
_SWITCH = "run_switch"
_NEW = ""


def watch(shown: View, runs: Sequence[Run]) -> None:
    """Draws the page anew once a run begins, goes on or ends elsewhere: in a terminal or another browser.

    A page that shows a living run looks at it anyway, and more often.
    """
    if shown.kind != "run" or shown.run is None or not run_state.is_alive(shown.run):
        st.fragment(_look, run_every=WATCH_S)(_states(runs))


def _look(drawn: dict[str, str]) -> None:
    if _states(services.store().runs()) != drawn:
        st.rerun()


def _states(runs: Sequence[Run]) -> dict[str, str]:
    return {run.id: run.state for run in runs}


def top_bar(shown: View, runs: Sequence[Run]) -> None:
    """Which run is on the page, and what can be done with it as a whole."""
    current = shown.run.id if shown.kind == "run" and shown.run else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="top_bar"):
        _switch(runs, current)
        run = shown.run if shown.kind == "run" else None
        tip = "Sets up another run; this one goes on." if run else "This is a new run."
        st.button(
            "New run", icon=":material/add:", key="new_run", help=tip, disabled=run is None,
            on_click=partial(view.show_new, like=run.id if run else ""),
        )  # fmt: skip
        _branch_button(run)
        _ask_button(run)
        downloads.show(run)
        _link_to_codes(run)
        clicked = st.button(
            "Manage",
            icon=":material/more_horiz:",
            key="manage",
            disabled=run is None,
            help="Rename, stop, delete.",
        )
        if clicked and run is not None:
            dialogs.ask("manage", run)


def _link_to_codes(run: Run | None) -> None:
    """Where the codes of a run can be tried out, if its family has any."""
    from gan_core.families import FAMILIES

    family = None if run is None else FAMILIES.get(run.config.family)
    if run is not None and family is not None and family.can_read_codes:
        st.page_link(
            "pages/codes.py", label="Codes", icon=":material/tune:", query_params={"source": run.id},
            help="Sweep the codes of this run's newest checkpoint, and see what they mean.",
        )  # fmt: skip


def _switch(runs: Sequence[Run], current: str | None) -> None:
    """Draws the choice of the run on the page; each run has a widget of its own.

    With one widget for all whose value is set from here, a browser that has not yet heard of another run on
    the page would seem to choose the former entry again.
    """
    titles, here = switch_titles(runs), current or _NEW
    key, options = f"{_SWITCH}:{here}", [_NEW, *titles]
    st.selectbox(
        "Run",
        options,
        index=options.index(here),
        format_func=lambda run_id: titles.get(run_id, "A new run"),
        key=key,
        label_visibility="collapsed",
        on_change=_go,
        args=(key, here),
        width=240,
    )


def switch_titles(runs: Sequence[Run]) -> dict[str, str]:
    """A title for each run's id; the same name twice is told apart by the id.

    No state or step: the browser answers with a title, which must still be there when the answer arrives.
    """
    names = Counter(run.name for run in runs)
    return {run.id: run.name if names[run.name] == 1 else f"{run.name} ({run.id})" for run in runs}


def _go(key: str, here: str) -> None:
    chosen = st.session_state[key]
    if chosen == here:  # a widget that goes also reports a "change"
        return
    if chosen == _NEW:
        view.show_new()
    elif chosen in {run.id for run in services.store().runs()}:  # a title that was changed meanwhile is not
        view.show_run(chosen)


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


def _ask_button(run: Run | None) -> None:
    """Leads to the page that asks the run's generator for a class, if it can be asked."""
    try:
        if run is None or not known.kinds_of(run.config):
            return
    except UserError:
        return  # a run of another version of the lab: the settings on the left say what does not fit
    trained = bool(services.store().checkpoint_steps(run.id))
    clicked = st.button(
        "Classes", icon=":material/category:", key="ask_class", disabled=not trained,
        help="Asks this run's generator for a class." if trained else "No checkpoint yet.",
    )  # fmt: skip
    if clicked:
        st.switch_page("pages/classes.py", query_params={"source": run.id})


def stop_button(run: Run) -> None:
    """Ends a living run; its last state is kept, so that it can be resumed."""
    alive = run_state.is_alive(run)
    st.button(
        "Stop",
        icon=":material/stop:",
        key=f"stop:{run.id}",
        disabled=not alive,
        on_click=partial(actions.send_and_see, run.id, "stop"),
        help="Ends the training and keeps everything; it can be resumed."
        if alive
        else "It has ended already.",
    )


def delete_button(run: Run) -> None:
    """Asks before it deletes."""
    alive = run_state.is_alive(run)
    tip = "Stop it first." if alive else "Deletes its curves, pictures and checkpoints; asks first."
    if st.button("Delete…", icon=":material/delete:", key=f"delete:{run.id}", disabled=alive, help=tip):
        dialogs.ask("delete", run)
        st.rerun()  # a dialog belongs to the page: one of a part that refreshes itself would close at once


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
            stop_button(run)
            delete_button(run)


def _origin(run: Run) -> str:
    return f", branched at step {run.parent_step:,}" if run.parent_step is not None else ""
