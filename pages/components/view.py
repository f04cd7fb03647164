"""What the Train page shows, read from its link: a run, a new run to set up, or a branch of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st

from pages.components import run_state

if TYPE_CHECKING:
    from gan_core.runs.records import Run

Kind = Literal["run", "new", "branch"]


@dataclass(frozen=True)
class View:
    """What is on the page.

    Attributes:
        kind: "run": the run is shown; "new": setting up a new one; "branch": setting up a continuation.
        run: The run shown, the one whose settings a new run starts from, or the one that is branched.
        seed: Seed of a new run; None: that of the settings it starts from.
        step: Checkpoint a branch starts from; None: the run has none.
        notice: What the viewer should know about the link, in one sentence.
    """

    kind: Kind
    run: Run | None = None
    seed: int | None = None
    step: int | None = None
    notice: str | None = None

    @property
    def scope(self) -> str:
        """Names this view in the keys of its widgets, so that another view starts with fresh ones."""
        return ":".join(str(part) for part in (self.kind, self.run and self.run.id, self.seed, self.step))


def resolve(
    link: Mapping[str, str], runs: Sequence[Run], checkpoints: Callable[[str], Sequence[int]]
) -> View:
    """The view a link asks for; without a wish the newest living run, else the newest run, else a new one.

    Args:
        link: Parameters of the page's address.
        runs: All runs, newest first.
        checkpoints: Steps from which the run with an id can be branched, ascending.
    """
    by_id = {run.id: run for run in runs}
    if "new" in link:
        return View("new", by_id.get(link["new"]), seed=_number(link.get("seed")))
    wanted = link.get("branch") or link.get("run")
    if wanted is None:
        newest = next((run for run in runs if run_state.is_alive(run)), runs[0] if runs else None)
        return View("run", newest) if newest else View("new")
    if wanted not in by_id:
        return View(
            "new",
            notice="The run of this link is not here: it may have been deleted, or lie on another machine.",
        )
    if "branch" in link:
        return _branch(by_id[wanted], _number(link.get("step")), checkpoints(wanted))
    return View("run", by_id[wanted])


def _branch(run: Run, wanted: int | None, kept: Sequence[int]) -> View:
    """Setting up a continuation from the checkpoint a link names, else from the newest."""
    if not kept or wanted in kept:
        return View("branch", run, step=wanted if kept else None)
    notice = None
    if wanted is not None:
        notice = (
            f"The checkpoint of step {wanted:,} is not kept any more; this is the newest, step {kept[-1]:,}."
        )
    return View("branch", run, step=kept[-1], notice=notice)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


def remember(view: View) -> None:
    """Puts the view into the address, so that a reload or a shared link shows the same."""
    if view.kind == "run" and view.run and st.query_params.get("run") != view.run.id:
        show_run(view.run.id)


def show_run(run_id: str) -> None:
    """Makes the page show a run."""
    st.query_params.from_dict({"run": run_id})


def show_new(like: str = "", seed: int | None = None) -> None:
    """Makes the page set up a new run, with the settings of run `like` if there is one."""
    st.query_params.from_dict({"new": like} | ({} if seed is None else {"seed": str(seed)}))


def show_branch(run_id: str, step: int | None) -> None:
    """Makes the page set up a continuation of a run from its checkpoint at `step`."""
    st.query_params.from_dict({"branch": run_id} | ({} if step is None else {"step": str(step)}))
