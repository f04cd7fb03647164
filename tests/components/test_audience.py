"""One viewer of a run presents it; the others follow."""

from __future__ import annotations

import pytest

from pages.components.audience import ABSENT_S, Audience


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def audience(clock: Clock) -> Audience:
    return Audience(clock)


def test_who_comes_first_presents(audience: Audience) -> None:
    assert audience.looks("run", "ann")
    assert not audience.looks("run", "bob")
    assert audience.looks("run", "ann")


def test_each_run_has_its_own_audience(audience: Audience) -> None:
    assert audience.looks("one", "ann")
    assert audience.looks("two", "bob")


def test_who_controls_a_run_presents_it(audience: Audience) -> None:
    audience.looks("run", "ann")
    audience.looks("run", "bob")
    audience.takes_over("run", "bob")
    assert audience.looks("run", "bob")
    assert not audience.looks("run", "ann")


def test_the_next_one_presents_when_the_presenter_has_left(audience: Audience, clock: Clock) -> None:
    audience.looks("run", "ann")
    audience.looks("run", "bob")
    clock.time += ABSENT_S - 1
    assert not audience.looks("run", "bob")
    clock.time += 2
    assert audience.looks("run", "bob")
    assert not audience.looks("run", "ann")  # back too late: now she follows


def test_a_viewer_alone_presents_however_rarely_they_look(audience: Audience, clock: Clock) -> None:
    audience.looks("run", "ann")
    clock.time += 100 * ABSENT_S
    assert audience.looks("run", "ann")
