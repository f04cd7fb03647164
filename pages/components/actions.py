"""What the page's buttons do; a mistake or a refusal becomes one sentence on the page."""

from __future__ import annotations

import functools
import itertools
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec

import streamlit as st

from gan_core.settings import RunConfig, UserError
from pages.components import audience, fields, run_state, services, text, view

if TYPE_CHECKING:
    from gan_core.runs.records import Run

P = ParamSpec("P")

_PROBLEM = "train_problem"
_WAITING = "train_waiting_commands"
LARGEST_SEED = 999_999
PATIENCE_S = 0.5  # a worker obeys within 0.2 s; a busy one, or a place in the queue, is not waited for


def _told(action: Callable[P, None]) -> Callable[P, None]:
    """Shows a UserError of the action on the page instead of a traceback."""

    @functools.wraps(action)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            action(*args, **kwargs)
        except UserError as error:
            st.session_state[_PROBLEM] = str(error)

    return guarded


def show_problem() -> None:
    """Shows what the last action could not do, once."""
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        st.error(sentence(fields.in_words(problem)), icon=":material/error:")


def sentence(problem: str) -> str:
    """An error's text as a sentence: capital first, full stop last."""
    problem = problem.strip()
    return problem[:1].upper() + problem[1:] + ("" if problem.endswith((".", "!", "?")) else ".")


@_told
def start(config: RunConfig, only: str | None = None, *, step_once: bool = False) -> None:
    """Submits a new run and shows it; with `step_once` it does one step and pauses."""
    run_id = services.launcher().submit(config, new_name(config))
    if step_once:
        _send_when_ready(run_id, only)
    _wait_while(run_id, "queued")
    view.show_run(run_id)


def new_name(config: RunConfig) -> str:
    """A name no other run has: family and data set, numbered from the second on."""
    plain = f"{text.title(config.family)} on {run_state.dataset_title(config.dataset)}"[:70]
    taken = {run.name for run in services.store().runs()}
    numbered = (f"{plain} {number}" for number in itertools.count(2))
    return plain if plain not in taken else next(name for name in numbered if name not in taken)


@_told
def branch(run: Run, step: int, changes: dict[str, Any]) -> None:
    """Submits a continuation of a run from one of its checkpoints and shows it."""
    view.show_run(services.launcher().branch(run.id, step, changes))


@_told
def start_anew(run: Run, changes: dict[str, Any]) -> None:
    """Submits a run like another one, from its step 0 and with its seed, but for some settings; shows it."""
    config = run.config
    general = {key: value for key, value in changes.items() if key in type(config.training).model_fields}
    own = {key: value for key, value in changes.items() if key not in general}
    training = config.training.changed(**general)
    changed = config.model_copy(update={"training": training, "settings": {**config.settings, **own}})
    view.show_run(services.launcher().submit(changed, new_name(changed)))


@_told
def resume(run_id: str, *, more: bool = False) -> None:
    """Queues an ended run again; with `more` it gets its budget once more."""
    audience.take_over(run_id)
    run = services.store().get(run_id)
    training = run.config.training
    budget: dict[str, Any] = {}
    if more and training.minutes is not None:
        budget = {"minutes": run.seconds / 60 + training.minutes}
    elif more:
        budget = {"steps": run.step + (training.steps or 0)}
    services.launcher().resume(run_id, **budget)
    _wait_while(run_id, "queued")


@_told
def send(run_id: str, command: str, **arguments: Any) -> None:
    """Asks the run's worker for something."""
    audience.take_over(run_id)
    services.store().send(run_id, command, **arguments)


@_told
def send_and_see(run_id: str, command: str) -> None:
    """Asks for another state and waits a moment for it, so that the page shows it at once."""
    audience.take_over(run_id)
    before = services.store().get(run_id).state
    services.store().send(run_id, command)
    _wait_while(run_id, before)


@_told
def change_and_see(run_id: str, changes: dict[str, Any]) -> None:
    """Changes live settings of a living run and waits a moment until its worker has noted them."""
    audience.take_over(run_id)
    reader = services.follow(run_id, now=True)
    known = len(reader.events)
    services.store().send(run_id, "set", settings=changes)
    deadline = time.monotonic() + PATIENCE_S
    while len(reader.events) == known and time.monotonic() < deadline:
        time.sleep(0.02)
        services.follow(run_id, now=True)


def _wait_while(run_id: str, state: str) -> None:
    """Waits until the run has left a state, but only for a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while services.store().get(run_id).state == state and time.monotonic() < deadline:
        time.sleep(0.02)


@_told
def step_once(run_id: str, only: str | None = None) -> None:
    """One step, of both networks or of one; a run that is running pauses first."""
    audience.take_over(run_id)
    services.store().send(run_id, "pause")
    services.store().send(run_id, "step", count=1, only=only)


@_told
def reset(run: Run) -> None:
    """Back to step 0 with the same settings and the same initial weights; the run itself is kept."""
    _stop_if_alive(run)
    view.show_new(like=run.id)


@_told
def new_seed(run: Run | None) -> None:
    """Back to step 0 with other initial weights; a shown run is kept."""
    if run is not None:
        _stop_if_alive(run)
    view.show_new(like=run.id if run else "", seed=secrets.randbelow(LARGEST_SEED + 1))


def other_seed(shown: view.View) -> None:
    """Other initial weights for a run that is still being set up."""
    st.query_params["new"] = shown.run.id if shown.run else ""
    st.query_params["seed"] = str(secrets.randbelow(LARGEST_SEED + 1))


def _stop_if_alive(run: Run) -> None:
    if run_state.is_alive(services.store().get(run.id)):
        services.store().send(run.id, "stop")


@_told
def rename(run_id: str, name: str) -> None:
    """Gives the run another name."""
    services.store().rename(run_id, name)


@_told
def delete(run: Run) -> None:
    """Deletes a run that has ended, after the viewer said so twice."""
    services.store().delete(run.id)
    if st.query_params.get("run") == run.id:
        st.query_params.clear()


def _send_when_ready(run_id: str, only: str | None) -> None:
    st.session_state.setdefault(_WAITING, {})[run_id] = only


def send_waiting(run: Run) -> None:
    """Sends the single step a viewer asked for before the run had a worker to obey."""
    waiting: dict[str, str | None] = st.session_state.get(_WAITING, {})
    if run.id in waiting and run.is_active:
        step_once(run.id, waiting.pop(run.id))
