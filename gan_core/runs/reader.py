"""Reads a run as it grows, once for all of its viewers, and thins its curves to what a screen can show."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from operator import truediv

from gan_core.runs.records import Event, Run
from gan_core.runs.store import RunStore

MAX_POINTS = 400
MIN_INTERVAL_S = 0.2  # between looks at the store, however many viewers ask


@dataclass(frozen=True)
class Series:
    """One thinned curve.

    Attributes:
        steps: Last recorded step of each stretch, ascending, at most `MAX_POINTS`.
        values: Mean of the values recorded in each stretch.
    """

    steps: tuple[int, ...] = ()
    values: tuple[float, ...] = ()


class Curve:
    """Thins one metric by averaging stretches of equal length in steps.

    Stretches lie at multiples of their length, which doubles when there are too many of them. What has been
    drawn therefore stays put, and every reader, whenever it began, draws the same.
    """

    def __init__(self, max_points: int = MAX_POINTS) -> None:
        self._max_points, self._length = max_points, 1
        self._clear()

    def _clear(self) -> None:
        # Of each stretch: its number, the last step in it, the sum of its values, and how many there are.
        self._numbers, self._steps = list[int](), list[int]()
        self._totals, self._counts = list[float](), list[int]()

    def add(self, step: int, value: float) -> None:
        """Takes in the value recorded at `step`; steps ascend."""
        self._append(step // self._length, step, value, 1)
        while len(self._steps) > self._max_points:
            stretches = list(zip(self._numbers, self._steps, self._totals, self._counts, strict=True))
            self._length *= 2
            self._clear()
            for number, last_step, total, count in stretches:
                self._append(number // 2, last_step, total, count)

    def _append(self, number: int, last_step: int, total: float, count: int) -> None:
        """Adds to the last stretch if that has the same number, else begins another."""
        if self._numbers and self._numbers[-1] == number:
            self._steps[-1] = last_step
            self._totals[-1] += total
            self._counts[-1] += count
            return
        self._numbers.append(number)
        self._steps.append(last_step)
        self._totals.append(total)
        self._counts.append(count)

    def series(self) -> Series:
        """The curve so far."""
        return Series(tuple(self._steps), tuple(map(truediv, self._totals, self._counts)))


class RunReader:
    """One run, kept up to date for any number of viewers; safe to share between threads.

    Args:
        store: The run store.
        run_id: The run.

    Attributes:
        run: State, progress and config as of the last `poll`.
        events: Everything that happened, oldest first.
        series: The thinned curve of each metric, by name.
        version: Grows whenever `poll` found anything new, so that a viewer can skip drawing the same again.

    Raises:
        UnknownRunError: There is no such run.
    """

    def __init__(self, store: RunStore, run_id: str) -> None:
        self.run: Run = store.get(run_id)
        self.events: tuple[Event, ...] = ()
        self.series: dict[str, Series] = {}
        self.version = 0
        self._store, self._lock = store, threading.Lock()
        self._curves: dict[str, Curve] = {}
        self._metric_row = self._event_row = 0
        self._next_look = 0.0
        self.poll()

    def poll(self, *, now: bool = False) -> int:
        """Takes in what is new and returns `version`.

        Args:
            now: Look even if somebody looked a moment ago.

        Raises:
            UnknownRunError: The run was deleted.
        """
        with self._lock:
            if now or time.monotonic() >= self._next_look:
                self._look()
                self._next_look = time.monotonic() + MIN_INTERVAL_S
            return self.version

    def _look(self) -> None:
        run = self._store.get(self.run.id)
        if run.rewinds != self.run.rewinds:  # metrics were taken back: the run resumed from a checkpoint
            self._curves, self.events = {}, ()
            self.series = {}
            self._metric_row = self._event_row = 0
        rows, self._metric_row = self._store.metrics_since(run.id, self._metric_row)
        events, self._event_row = self._store.events_since(run.id, self._event_row)
        if not rows and not events and run == self.run:
            return
        for step, name, value in rows:
            self._curves.setdefault(name, Curve()).add(step, value)
        # Replaced, never changed in place: viewers read them without the lock.
        changed = {name: self._curves[name].series() for name in {name for _, name, _ in rows}}
        self.series = {name: changed.get(name) or self.series[name] for name in self._curves}
        self.events = (*self.events, *events)
        self.run = run
        self.version += 1
