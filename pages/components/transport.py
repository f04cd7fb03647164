"""Reset, Play, Step, G only, D only, New seed, and the step counter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.settings import RunConfig
from pages.components import actions, counter, run_state
from pages.components.view import View

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


@dataclass(frozen=True)
class Button:
    """One transport button: what it says, what it does, and why it is greyed, if it is."""

    label: str
    icon: str
    help: str
    act: Callable[[], None] | None = None
    greyed: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def draw(self, key: str) -> None:
        """Draws the button; a greyed one tells why."""
        st.button(
            self.label,
            key=f"transport_{key}",
            icon=f":material/{self.icon}:",
            help=self.greyed or self.help,
            disabled=bool(self.greyed) or self.act is None,
            on_click=self.act,
            **self.options,
        )


_PLAY_LOOK: dict[str, Any] = {"type": "primary"}
_TOGETHER = "This family has no generator and discriminator that take turns: its networks learn together."


def show(view: View, config: RunConfig | None, branch_changes: dict[str, Any] | None) -> DeltaGenerator:
    """Draws the bar for what is shown, and returns the place of its step counter.

    Args:
        view: What is on the page.
        config: Settings of a new run; None if they do not fit together.
        branch_changes: Changed settings of a branch; None if they do not fit together.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="transport_bar"):
        for key, button in buttons(view, config, branch_changes).items():
            button.draw(key)
        with st.container(key="transport_counter", width="stretch"):
            return counter.show(view)


def buttons(view: View, config: RunConfig | None, changes: dict[str, Any] | None) -> dict[str, Button]:
    """The six buttons by name, in order, each with its deed or the reason why it is greyed."""
    if view.kind == "run" and view.run is not None:
        return _of_run(view)
    if view.kind == "branch" and view.run is not None:
        return _of_branch(view, changes)
    return _of_new(view, config)


def _reset(act: Callable[[], None] | None, greyed: str = "") -> Button:
    tip = "Back to step 0 with the same initial weights. The run so far stays in the list."
    return Button("Reset", "replay", tip, act, greyed)


def _steps(
    family: str | None, act: Callable[[str | None], Callable[[], None]] | None, greyed: str = ""
) -> dict[str, Button]:
    """Step, G only and D only; the last two only where there are a generator and a discriminator.

    Args:
        family: Name of the family; None: not known, as its settings do not fit together.
        act: What a button does, told whom alone to train.
        greyed: Why nothing can be done.
    """
    alone = greyed or _TOGETHER if family and not _plays_a_game(family) else greyed
    return {
        "step": Button("Step", "skip_next", "One training step, then pause.", act and act(None), greyed),
        "g_only": Button(
            "G only", "draw", "One step of the generator alone, then pause.", act and act("generator"), alone
        ),
        "d_only": Button(
            "D only",
            "policy",
            "One step of the discriminator alone, then pause.",
            act and act("discriminator"),
            alone,
        ),
    }


def _plays_a_game(family: str) -> bool:
    from gan_core.families import FAMILIES

    return FAMILIES[family].can_score


def _seed(view: View) -> Button:
    tip = "Back to step 0 with other initial weights and other noise."
    return Button(
        "New seed", "casino", tip, partial(actions.new_seed, view.run if view.kind == "run" else None)
    )


def _of_new(view: View, config: RunConfig | None) -> dict[str, Button]:
    broken = "" if config else "These settings do not fit together: see the note below."
    play = Button("Play", "play_arrow", "Starts the training.", None, broken, _PLAY_LOOK)
    steps = _steps(config and config.family, None, broken)
    if config is not None:
        play = Button(
            "Play", "play_arrow", "Starts the training.", partial(actions.start, config), "", _PLAY_LOOK
        )
        steps = _steps(config.family, lambda only: partial(actions.start, config, only, step_once=True))
    seed = Button(
        "New seed", "casino", "Other initial weights and other noise.", partial(actions.other_seed, view)
    )
    return {
        "reset": _reset(None, "Nothing to reset: this is step 0."),
        "play": play,
        **steps,
        "new_seed": seed,
    }


def _of_branch(view: View, changes: dict[str, Any] | None) -> dict[str, Button]:
    run, step = view.run, view.step
    assert run is not None
    tip = "Starts a new run from this checkpoint with the changed settings."
    if changes is None or step is None:
        reason = (
            "This run has no checkpoint to branch from."
            if step is None
            else "These settings do not fit together."
        )
        play = Button("Play branch", "play_arrow", tip, None, reason, _PLAY_LOOK)
    else:
        play = Button(
            "Play branch", "play_arrow", tip, partial(actions.branch, run, step, changes), "", _PLAY_LOOK
        )
    waiting = "Start the branch first."
    return {
        "reset": _reset(None, "Nothing to reset: the branch has not started."),
        "play": play,
        **_steps(run.config.family, None, waiting),
        "new_seed": Button("New seed", "casino", "", None, "A branch goes on with the seed of its run."),
    }


def _of_run(view: View) -> dict[str, Button]:
    run = view.run
    assert run is not None
    reset, seed = _reset(partial(actions.reset, run)), _seed(view)
    family = run.config.family
    step: dict[str, Button]
    if run.is_active and run.state != "starting":
        step = _steps(family, lambda only: partial(actions.step_once, run.id, only))
    elif run.state == "finished":
        step = _steps(family, None, "The run is finished: press Continue to train on.")
    else:
        step = _steps(family, None, f"The run is {run_state.word(run).lower()}.")
    return {"reset": reset, "play": _play(view), **step, "new_seed": seed}


def _play(view: View) -> Button:
    run = view.run
    assert run is not None
    if run.state == "running":
        return Button(
            "Pause",
            "pause",
            "Pauses between two steps.",
            partial(actions.send_and_see, run.id, "pause"),
            "",
            _PLAY_LOOK,
        )
    if run.state == "paused":
        return Button(
            "Play", "play_arrow", "Goes on.", partial(actions.send_and_see, run.id, "resume"), "", _PLAY_LOOK
        )
    if run.state in ("queued", "starting"):
        return Button(
            "Play", "play_arrow", "", None, f"The run is {run_state.word(run).lower()}.", _PLAY_LOOK
        )
    if run.state == "finished":
        tip = "Trains on for as long again."
        return Button(
            "Continue", "play_arrow", tip, partial(actions.resume, run.id, more=True), "", _PLAY_LOOK
        )
    if run.state == "failed":
        reason = "With these settings it would fail again: press Reset, or Branch, and change them."
        return Button("Play", "play_arrow", "", None, reason, _PLAY_LOOK)
    return Button(
        "Resume",
        "play_arrow",
        "Goes on from the last checkpoint.",
        partial(actions.resume, run.id),
        "",
        _PLAY_LOOK,
    )
