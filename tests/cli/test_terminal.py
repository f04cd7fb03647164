"""Numbers and times as people read them."""

from __future__ import annotations

import pytest

from gan_core.cli.terminal import console, duration, number, steps_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.6, "1 min 00 s"), (200, "3 min 20 s"), (3599.7, "1 h 00 min"), (3720, "1 h 02 min")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.693147, "0.6931"), (12_345.6, "12,346"), (-0.5, "-0.5"), (0, "0")]
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("total", "text"), [(3000, "1,200 of 3,000"), (None, "1,200")])
def test_steps(total: int | None, text: str) -> None:
    assert steps_text(1200, total) == text


def test_what_a_user_typed_is_not_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("a run called [red]danger[/red]")
    assert "[red]danger[/red]" in capsys.readouterr().out
