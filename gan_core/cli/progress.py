"""How a run's progress looks: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from gan_core.cli.terminal import duration, number, steps_text

if TYPE_CHECKING:
    from gan_core.runs.records import Run

LINE_INTERVAL_S = 10.0  # between two plain lines of a run whose state does not change


class ProgressView(Protocol):
    """Something that shows a run as it goes."""

    def show(self, run: Run, queue_place: int | None, values: Mapping[str, float]) -> None:
        """Shows the run's present state.

        Args:
            run: As the store has it now.
            queue_place: Place in the queue from 1; None if it does not wait.
            values: Latest recorded losses and stats by name.
        """

    def say(self, sentence: str) -> None:
        """Tells the user something."""


@contextmanager
def progress_view(screen: Console) -> Iterator[ProgressView]:
    """The view that fits the console, cleaned up at the end of the block."""
    if not screen.is_terminal:
        yield Lines(screen)
        return
    bar = Bar(screen)
    with bar.live:
        yield bar


class Lines:
    """One plain line when the run's state changes, and one every few seconds."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._told: tuple[str, int | None] | None = None
        self._time = 0.0

    def show(self, run: Run, queue_place: int | None, values: Mapping[str, float]) -> None:
        """Prints a line if it is time for one."""
        now = time.monotonic()
        news = (headline(run, queue_place), queue_place)
        if news == self._told and now - self._time < LINE_INTERVAL_S:
            return
        self._told, self._time = news, now
        self._screen.print(", ".join([news[0], *figures(run, values)]), soft_wrap=True)

    def say(self, sentence: str) -> None:
        """Prints the sentence."""
        self._screen.print(sentence, soft_wrap=True)


class Bar:
    """A progress bar with speed and remaining time, and below it the latest losses."""

    def __init__(self, screen: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            console=screen,
            auto_refresh=False,
        )
        self._task = self._progress.add_task("", total=None, figures="")
        self._values = Text(style="dim", overflow="ellipsis", no_wrap=True)
        self.live = Live(Group(self._progress, self._values), console=screen, refresh_per_second=4)

    def show(self, run: Run, queue_place: int | None, values: Mapping[str, float]) -> None:
        """Moves the bar."""
        completed, total = budget(run)
        speed, *losses = [*figures(run, values), ""]
        self._progress.update(
            self._task,
            description=headline(run, queue_place),
            completed=completed,
            total=total,
            figures=", ".join(part for part in (speed, remaining(run)) if part),
        )
        self._values.plain = "  ".join(losses)

    def say(self, sentence: str) -> None:
        """Prints the sentence above the bar."""
        self.live.console.print(sentence)


def headline(run: Run, queue_place: int | None) -> str:
    """The run's id, state and what it is doing, in a few words."""
    if queue_place is not None:
        return f"{run.id} waits, place {queue_place} in the queue"
    return f"{run.id} {run.state}" + (f", {run.activity}" if run.activity else "")


def figures(run: Run, values: Mapping[str, float]) -> list[str]:
    """Steps and speed, then the latest losses and stats, each as one text; empty before the first step."""
    if run.step == 0:
        return []
    speed = f", {number(run.images_per_s)} examples/s" if run.images_per_s else ""
    shown = {name: value for name, value in values.items() if not name.startswith("grad_norm/")}
    return [
        f"step {steps_text(run.step, run.total_steps)}{speed}",
        *(f"{name} {number(value)}" for name, value in shown.items()),
    ]


def budget(run: Run) -> tuple[float, float | None]:
    """How much of the run's budget is spent, and the budget: in seconds, in steps, or None without end."""
    minutes = run.config.training.minutes
    return (run.seconds, 60 * minutes) if minutes is not None else (run.step, run.total_steps)


def remaining(run: Run) -> str:
    """Time until the run finishes at its mean speed so far, in words; empty if that cannot be told."""
    completed, total = budget(run)
    if total is None or completed == 0 or run.state != "running":
        return ""
    return f"{duration(max(0.0, run.seconds * (total / completed - 1)))} left"
