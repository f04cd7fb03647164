"""One click for each suggestion, with what it is going to do said beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from gan_core.doctor import Suggestion
from pages.components import actions, services, text
from pages.components.doctor.case import Case, last_good

if TYPE_CHECKING:
    from gan_core.runs.reader import RunReader

Way = Literal["live", "branch", "anew"]
_ICONS = {"live": "bolt", "branch": "call_split", "anew": "restart_alt"}


@dataclass(frozen=True)
class Start:
    """The checkpoint a branch starts from.

    Attributes:
        step: Its step.
        is_good: Nothing ill was to be seen then.
    """

    step: int
    is_good: bool


def start_of(reader: RunReader, case: Case, cursor: int | None) -> Start | None:
    """The last good checkpoint, else the earliest, up to the step that is shown; None: there is none.

    Of a run that has ended one must leave something to train: a bad one half of the run.
    """
    kept = services.store().checkpoint_steps(case.run.id)
    until = [step for step in kept if cursor is None or step <= cursor]
    last = case.run.step if case.run.state == "finished" else None
    good = last_good(reader, [step for step in until if step != last], case.record.references)
    if good is not None:
        return Start(good, is_good=True)
    bad = [step for step in until if last is None or 2 * step <= last]
    return Start(bad[0], is_good=False) if bad else None


def ways(suggestion: Suggestion, case: Case, start: Start | None, cursor: int | None) -> list[Way]:
    """How a suggestion can be followed, the one to take first."""
    if not suggestion.live:
        return ["anew"]  # the trained weights do not fit the changed networks
    branch: list[Way] = [] if start is None else ["branch"]
    lives = case.run.state in ("running", "paused") and cursor is None
    return ["live", *branch] if lives else branch or ["anew"]


def show(reader: RunReader, case: Case, name: str, cursor: int | None) -> None:
    """Draws the suggestions of the verdict called `name`."""
    verdict = next(verdict for verdict in case.verdicts if verdict.name == name)
    if not verdict.suggestions:
        return
    start = start_of(reader, case, cursor)
    rows = [(suggestion, ways(suggestion, case, start, cursor)) for suggestion in verdict.suggestions]
    usual = rows[0][1][0]
    st.html(f'<div class="cure-head"><b>What to try.</b> {text.escape(said(usual, start))}</div>')
    for number, (suggestion, possible) in enumerate(rows):
        key = f"{name}:{suggestion.setting}"
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            for way in possible:
                look = "tertiary" if way != possible[0] else "secondary" if number else "primary"
                label = what(suggestion) if way == possible[0] else "Branch instead"
                clicked = st.button(
                    label,
                    key=f"cure:{key}:{way}",
                    icon=f":material/{_ICONS[way]}:",
                    type=look,  # type: ignore[arg-type]
                    help=said(way, start),
                )
                if clicked:
                    apply(suggestion.changes, case, start, way)
                    st.rerun()
        why = f"{suggestion.why[:1].upper()}{suggestion.why[1:]}."
        if suggestion.together:
            why += f" With it: {', '.join(_one(change) for change in suggestion.together)}."
        other = "" if possible[0] == usual else f" <b>{text.escape(said(possible[0], start))}</b>"
        st.html(f'<div class="cure-words">{text.escape(why)}{other}</div>')


def apply(changes: dict[str, Any], case: Case, start: Start | None, way: Way) -> None:
    """Does what the button says."""
    run = case.run
    if way == "live":
        actions.change_and_see(run.id, changes)
    elif way == "branch" and start is not None:
        actions.branch(run, start.step, changes)
    else:
        actions.start_anew(run, changes)


def said(way: Way, start: Start | None) -> str:
    """What is going to happen, in a sentence."""
    if way == "live":
        return "Changes this run at once; the curves get a mark."
    if way == "branch" and start is not None:
        which = (
            "the last checkpoint before anything ill was seen"
            if start.is_good
            else "the earliest that is kept"
        )
        return f"Starts a new run from step {start.step:,}, {which}; this run stays as it is."
    return "Starts a new run from step 0 with the same seed; this run stays as it is."


def what(suggestion: Suggestion) -> str:
    """A change in words: "Generator learning rate 0.001 → 5e-4", and how many go with it."""
    more = len(suggestion.together)
    return _one(suggestion) + (f" and {more} more" if more else "")


def _one(change: Suggestion) -> str:
    title = f"{change.title[:1].upper()}{change.title[1:]}"
    if isinstance(change.new, bool):
        return f"{title} {'on' if change.new else 'off'}"
    return f"{title} {_value(change.old)} → {_value(change.new)}"


def _value(value: Any) -> str:
    return text.short_number(value) if isinstance(value, int | float) else text.title(str(value)).lower()
