"""The choice of the run on the page."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from gan_core.runs.records import Run
from pages.components import run_list, services, view


@pytest.mark.parametrize(("here", "leaves"), [("", False), ("abc123", True)])
def test_a_choice_of_what_is_on_the_page_already_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, here: str, leaves: bool
) -> None:
    left: list[bool] = []
    monkeypatch.setattr(run_list.st, "session_state", {"choice": ""})
    monkeypatch.setattr(view, "show_new", lambda: left.append(True))
    run_list._go("choice", here)
    assert bool(left) is leaves


@pytest.mark.parametrize(
    ("drawn", "now", "anew"),
    [
        ("finished", "finished", False),
        ("finished", "running", True),  # somebody resumed it in a terminal
        ("running", None, True),  # somebody deleted it
    ],
)
def test_a_page_is_drawn_anew_once_a_run_changes_its_state(
    monkeypatch: pytest.MonkeyPatch, make_run: Callable[..., Run], drawn: str, now: str | None, anew: bool
) -> None:
    looks: list[Callable[[], None]] = []
    drawn_anew: list[bool] = []
    runs = [] if now is None else [make_run(state=now)]
    monkeypatch.setattr(services, "store", lambda: SimpleNamespace(runs=lambda: runs))
    monkeypatch.setattr(
        run_list.st, "fragment", lambda look, run_every: lambda states: looks.append(lambda: look(states))
    )
    monkeypatch.setattr(run_list.st, "rerun", lambda: drawn_anew.append(True))
    run_list.watch(view.View("new"), [make_run(state=drawn)])
    looks[0]()
    assert bool(drawn_anew) is anew


def test_a_page_that_shows_a_living_run_looks_at_it_anyway(
    monkeypatch: pytest.MonkeyPatch, make_run: Callable[..., Run]
) -> None:
    monkeypatch.setattr(run_list.st, "fragment", lambda *_, **__: pytest.fail("looked twice"))
    run_list.watch(view.View("run", make_run(state="paused")), [])
