"""The choice of the run on the page."""

from __future__ import annotations

import pytest

from pages.components import run_list, view


@pytest.mark.parametrize(("here", "leaves"), [("", False), ("abc123", True)])
def test_a_choice_of_what_is_on_the_page_already_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, here: str, leaves: bool
) -> None:
    left: list[bool] = []
    monkeypatch.setattr(run_list.st, "session_state", {"choice": ""})
    monkeypatch.setattr(view, "show_new", lambda: left.append(True))
    run_list._go("choice", here)
    assert bool(left) is leaves
