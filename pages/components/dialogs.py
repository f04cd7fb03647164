"""Questions that lie over the page: managing a run, and whether it shall really be deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import streamlit as st

from pages.components import actions, run_state, text

if TYPE_CHECKING:
    from gan_core.runs.records import Run

_OPEN = "open_dialog"  # which dialog is open, and for which run: it stays open when the page is drawn again


def ask(kind: Literal["manage", "delete"], run: Run) -> None:
    """Opens a dialog the next time `show` is reached."""
    st.session_state[_OPEN] = (kind, run.id)


def close() -> None:
    """Closes whatever dialog is open."""
    st.session_state.pop(_OPEN, None)


def show(runs: Sequence[Run]) -> None:
    """Draws the open dialog, if there is one; once per page, outside of everything that refreshes itself."""
    kind, run_id = st.session_state.get(_OPEN, (None, None))
    run = next((run for run in runs if run.id == run_id), None)
    if run is None:
        close()
    elif kind == "manage":
        _manage(run)
    else:
        _delete(run)


@st.dialog("Manage this run", on_dismiss=close)
def _manage(run: Run) -> None:
    with st.form(f"rename:{run.id}", border=False):
        name = st.text_input("Name", run.name, max_chars=80, key=f"name:{run.id}")
        if st.form_submit_button("Rename", icon=":material/edit:"):
            actions.rename(run.id, name)
            _done()
    with st.container(horizontal=True):
        alive = run_state.is_alive(run)
        tip = (
            "Ends the training and keeps everything; it can be resumed." if alive else "It has ended already."
        )
        if st.button("Stop", icon=":material/stop:", disabled=not alive, help=tip, key="managed_stop"):
            actions.send_and_see(run.id, "stop")
            _done()
        tip = "Stop it first." if alive else "Asks once more."
        if st.button("Delete…", icon=":material/delete:", disabled=alive, help=tip, key="managed_delete"):
            ask("delete", run)
            st.rerun()


@st.dialog("Delete this run?", on_dismiss=close)
def _delete(run: Run) -> None:
    name = text.escape_markdown(run.name)
    st.markdown(f"**{name}** with its curves, pictures and checkpoints will be gone for good.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep it", key="keep"):
            _done()
        if st.button("Delete", type="primary", key="confirm_delete", icon=":material/delete:"):
            actions.delete(run)
            _done()


def _done() -> None:
    close()
    st.rerun()
