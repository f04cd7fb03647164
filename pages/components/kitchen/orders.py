"""Starting, stopping and finding the runs of the kitchen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import RunConfig, UserError
from pages.components import actions, fields, run_state, services, text

if TYPE_CHECKING:
    from gan_core.runs.records import Run

LARGEST_SEED = 999_999
_PROBLEM = "kitchen_problem"
_RUNS = "runs"  # ids in the address


def show_problem() -> None:
    """Shows what the last click could not do, once."""
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        say(problem)


def say(problem: str) -> None:
    """Shows what a setting's value is refused for, in the page's words."""
    said = fields.in_words(problem).replace("_", " ")
    st.error(actions.sentence(text.escape_markdown(said)), icon=":material/error:")


def start(runs: Sequence[tuple[str, RunConfig]]) -> None:
    """Queues runs and puts them into the address; a refusal becomes a sentence on the page.

    Args:
        runs: Names and configs.
    """
    started: list[str] = []
    try:
        started += [services.launcher().submit(config, name) for name, config in runs]
    except UserError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.query_params[_RUNS] = ",".join(started)


def forget() -> None:
    """Takes the runs out of the address; they stay in the list of the Train page."""
    st.query_params.pop(_RUNS, None)


def stop(run_ids: Sequence[str]) -> None:
    """Ends those that live."""
    for run_id in run_ids:
        try:
            if run_state.is_alive(services.store().get(run_id)):
                services.store().send(run_id, "stop")
                services.follow(run_id, now=True)
        except UserError as error:
            st.session_state[_PROBLEM] = str(error)


def of_link(runs: str | None, *, most: int) -> tuple[list[Run], str | None]:
    """The runs of a link that are still here, and a sentence if some are not.

    Args:
        runs: Ids, separated by commas.
        most: Runs that are shown.
    """
    wanted = [part for part in (runs or "").split(",") if part][:most]
    by_id = {run.id: run for run in services.store().runs()}
    found = [by_id[run_id] for run_id in wanted if run_id in by_id]
    gone = len(wanted) - len(found)
    if not gone:
        return found, None
    which = "A run of this link is" if gone == 1 else f"{gone} runs of this link are"
    return found, f"{which} not here: deleted, or on another machine; what is left is shown."


def waiting() -> int:
    """Runs in the queue."""
    return sum(run.state == "queued" for run in services.store().runs())


def has_room(count: int) -> str | None:
    """Why so many runs cannot be queued now; None if they can."""
    from gan_core.kitchen.sweeps import MAX_WAITING

    if waiting() + count <= MAX_WAITING:
        return None
    return f"{waiting()} runs wait already: let some finish, or stop them, before you start {count} more."
