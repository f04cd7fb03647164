"""What recording costs: values are fetched more rarely where they are dear."""

from __future__ import annotations

import pytest

from gan_core.runs import recorder
from gan_core.runs.recorder import MetricRecorder, Speedometer
from gan_core.trainer import StepRecord


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(recorder.time, "perf_counter", clock)
    return clock


def _train(clock: Clock, steps: int, plain_s: float, recorded_s: float) -> tuple[int, float]:
    """Runs steps of known duration; returns how many were recorded and the share of time that cost."""
    metrics = MetricRecorder()
    trained = 0.0
    for step in range(1, steps + 1):
        wanted = metrics.wants(step)
        duration = recorded_s if wanted else plain_s
        clock.now += duration
        trained += duration
        metrics.add(StepRecord(step, {"d": 1.0} if wanted else None), duration, trained)
    recorded = len(metrics.rows)
    return recorded, recorded * (recorded_s - plain_s) / trained


@pytest.mark.parametrize(("plain_s", "recorded_s"), [(1e-4, 1e-3), (1e-3, 4e-3), (0.01, 0.02), (0.02, 0.021)])
def test_recording_costs_little_however_dear_a_recorded_step_is(
    clock: Clock, plain_s: float, recorded_s: float
) -> None:
    recorded, share = _train(clock, int(40 / plain_s), plain_s, recorded_s)
    assert share < 0.028
    assert recorded >= 80  # and never less than about two points per second


def test_cheap_steps_are_recorded_ten_times_a_second(clock: Clock) -> None:
    recorded, _ = _train(clock, 40_000, 1e-3, 1.01e-3)
    assert 350 <= recorded <= 401  # of 40 s


def test_slow_steps_are_all_recorded_but_one_for_comparison(clock: Clock) -> None:
    assert _train(clock, 50, 0.3, 0.3)[0] == 49


def test_a_slow_first_step_does_not_thin_out_the_beginning_of_the_curves(clock: Clock) -> None:
    metrics = MetricRecorder()
    for step in range(1, 1001):
        wanted = metrics.wants(step)
        duration = 2.0 if step == 1 else 1e-3
        clock.now += duration
        metrics.add(StepRecord(step, {"d": 1.0} if wanted else None), duration, 1e-3 * step)
    assert len(metrics.rows) >= 8  # in the second after the first step


def test_the_first_step_is_recorded() -> None:
    assert MetricRecorder().wants(1)


def test_speed_is_that_of_the_last_seconds(clock: Clock) -> None:
    speed = Speedometer(examples_per_step=64)
    assert speed.read(0) == 0.0
    for second in range(1, 11):
        clock.now += 1.0
        rate = speed.read(100 * second)
    assert rate == pytest.approx(6400.0)
    for second in range(1, 5):
        clock.now += 1.0
        rate = speed.read(1000 + 50 * second)
    assert rate == pytest.approx(3200.0)
    speed.reset()
    assert speed.read(1200) == 0.0
