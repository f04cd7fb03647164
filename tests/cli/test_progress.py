"""How a run's progress is told, on a terminal and in a log file."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from gan_core.cli import progress
from gan_core.cli.progress import Bar, Lines, budget, figures, headline, progress_view, remaining
from gan_core.runs.records import Run
from gan_core.settings import RunConfig, TrainingSettings

RUN = Run(
    id="abc234", name="first", state="running", config=RunConfig(family="mlp", dataset="ring8"), device="cpu",
    precision="float32", step=1000, total_steps=4000, seconds=20.0, images_per_s=12_800.0, created=0.0,
    started=0.0, finished=None, heartbeat=0.0, pid=1, host="here", error=None, activity=None, parent_id=None,
    parent_step=None, versions={}, rewinds=0,
)  # fmt: skip


def _run(**changes: Any) -> Run:
    return replace(RUN, **changes)


def _log() -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, width=200), file


def test_a_waiting_run_shows_its_place() -> None:
    assert headline(_run(state="queued"), 2) == "abc234 waits, place 2 in the queue"


def test_a_starting_run_shows_what_it_prepares() -> None:
    starting = _run(state="starting", activity="Downloading MNIST")
    assert headline(starting, None) == "abc234 starting, Downloading MNIST"


def test_figures_leave_gradient_norms_to_the_browser() -> None:
    values = {"generator/non_saturating": 0.7, "grad_norm/generator": 3.0, "d_real": 0.6}
    told = figures(RUN, values)
    assert told == ["step 1,000 of 4,000, 12,800 examples/s", "generator/non_saturating 0.7", "d_real 0.6"]


def test_nothing_is_told_before_the_first_step() -> None:
    assert figures(_run(step=0), {}) == []


def test_remaining_time_follows_from_the_mean_speed() -> None:
    assert remaining(RUN) == "1 min 00 s left"
    assert remaining(_run(total_steps=None)) == ""
    assert remaining(_run(state="paused")) == ""


def test_a_budget_of_minutes_counts_seconds() -> None:
    training = TrainingSettings(steps=None, minutes=2)
    timed = _run(config=RunConfig(family="mlp", dataset="ring8", training=training), total_steps=None)
    assert budget(timed) == (20.0, 120.0)
    assert remaining(timed) == "1 min 40 s left"


def test_a_log_gets_a_line_per_change_of_state_and_one_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    screen, file = _log()
    lines = Lines(screen)
    lines.show(_run(state="queued", step=0), 1, {})
    lines.show(_run(state="queued", step=0), 1, {})
    lines.show(RUN, None, {"d_real": 0.5})
    now = progress.LINE_INTERVAL_S - 0.1
    lines.show(_run(step=1500), None, {})
    now = progress.LINE_INTERVAL_S + 0.1
    lines.show(_run(step=2000), None, {})
    assert file.getvalue().splitlines() == [
        "abc234 waits, place 1 in the queue",
        "abc234 running, step 1,000 of 4,000, 12,800 examples/s, d_real 0.5",
        "abc234 running, step 2,000 of 4,000, 12,800 examples/s",
    ]


def test_a_log_is_plain_and_a_terminal_has_a_bar() -> None:
    screen, file = _log()
    with progress_view(screen) as view:
        assert isinstance(view, Lines)
    assert file.getvalue() == ""
    terminal_file = io.StringIO()
    with progress_view(Console(file=terminal_file, force_terminal=True, width=120)) as view:
        assert isinstance(view, Bar)
        view.show(RUN, None, {"d_real": 0.51})
    shown = terminal_file.getvalue()
    assert "━" in shown
    assert "step 1,000 of 4,000" in shown
    assert "1 min 00 s left" in shown
    assert "d_real 0.51" in shown
