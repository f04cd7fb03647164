"""Starts a run, or takes one up again, and shows its progress until it ends."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from gan_core.cli.progress import ProgressView, progress_view
from gan_core.cli.terminal import console, duration, steps_text
from gan_core.runs.database import StoreLockedError
from gan_core.runs.reader import RunReader
from gan_core.runs.records import DIVERGED

if TYPE_CHECKING:
    from gan_core.runs.launcher import Launcher
    from gan_core.runs.records import Run

REFRESH_S = 0.25  # how often the terminal follows the run
FAILED = 1  # exit code of a run that failed or lost its worker
INTERRUPTED = 130  # exit code after Ctrl-C, as shells have it


def run_to_its_end(launcher: Launcher, run_id: str) -> None:
    """Runs a queued run until it ends, stopping it cleanly at Ctrl-C.

    Raises:
        typer.Exit: The run failed, was interrupted or stopped by Ctrl-C.
    """
    launcher.start(only=run_id)
    try:
        with first_interrupt() as interrupt, progress_view(console()) as view:
            run = follow(launcher, run_id, view, interrupt)
    finally:
        launcher.close()
    console().print(ending(run), soft_wrap=True)
    if run.state in ("failed", "interrupted"):
        raise typer.Exit(FAILED)
    if interrupt.asked:
        raise typer.Exit(INTERRUPTED)


class Interrupt:
    """Whether Ctrl-C was pressed."""

    asked = False


@contextmanager
def first_interrupt() -> Iterator[Interrupt]:
    """Turns the first Ctrl-C of the block into a note; a second one interrupts as usual."""
    interrupt = Interrupt()
    usual = signal.getsignal(signal.SIGINT)

    def note(*_: object) -> None:
        interrupt.asked = True
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, usual)


def follow(launcher: Launcher, run_id: str, view: ProgressView, interrupt: Interrupt) -> Run:
    """Shows the run until it has ended; asks it to stop once `interrupt` was asked for."""
    store = launcher.store
    reader = RunReader(store, run_id)
    troubles, stopping = Troubles(view), False
    while True:
        try:
            reader.poll(now=True)
            show(view, reader, store.queue_place(run_id))
            if reader.run.can_resume:
                return reader.run
            if interrupt.asked and not stopping:
                store.send(run_id, "stop")
                stopping = True
                view.say("Stopping after this step; press Ctrl-C again to leave at once.")
            troubles.tell(launcher.problem)
        except StoreLockedError as error:  # passes; the worker trains on and keeps its records until then
            troubles.tell(str(error))
        time.sleep(REFRESH_S)


def show(view: ProgressView, reader: RunReader, queue_place: int | None) -> None:
    """Shows the run with the latest point of each of its curves."""
    latest = {name: series.values[-1] for name, series in reader.series.items() if series.values}
    view.show(reader.run, queue_place, latest)


class Troubles:
    """Tells of a trouble that lasts once, not at every look."""

    def __init__(self, view: ProgressView) -> None:
        self._view = view
        self._told: str | None = None

    def tell(self, trouble: str | None) -> None:
        """Tells the trouble there is now, if it is a new one; None: there is none."""
        if trouble is not None and trouble != self._told:
            self._view.say(f"Waiting: {trouble}")
        self._told = trouble


def ending(run: Run) -> str:
    """What became of the run and what to do with it next, in one or two sentences."""
    called = f"Run {run.id} '{run.name}'"
    done = f"{steps_text(run.step, run.total_steps)} steps"
    if run.state == "finished":
        return (
            f"{called} finished: {done} in {duration(run.seconds)}. "
            f"Look at it: python -m gan_core sample {run.id} --n 64 --out {run.id}.png"
        )
    resume = f"Go on with: python -m gan_core runs resume {run.id}"
    if run.state == "stopped":
        return f"{called} stopped after {done}; its last checkpoint is kept. {resume}"
    what = f"{called} {run.state} after {done}: {run.error}."
    return what if run.error and run.error.startswith(DIVERGED) else f"{what} {resume}"
