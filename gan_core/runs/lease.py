"""A worker's hold on its run, and its sign of life while it loads data or writes a large file."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from gan_core.runs.database import StoreError
from gan_core.runs.records import Run, State
from gan_core.runs.store import RunStore

INTERVAL_S = 1.0  # between signs of life
STUBBORN_S = 5.0  # after which a stop is enforced


class RunLostError(Exception):
    """The run is no longer this worker's: it was deleted, or another worker has taken it up."""


class Lease:
    """Holds a run for this process while the `with` block lasts, and beats for it from a thread of its own.

    Attributes:
        state: State the run is in, as far as this worker is concerned.
        step: Steps done.
        seconds: Training time.
        images_per_s: Real examples per second.

    Args:
        store: The run store.
        run: A run this process has adopted.
        end_process: Called when a stop was not obeyed for `STUBBORN_S`, because a single step or a download
            takes that long; the run is marked as stopped then. None: such a stop has to wait.
    """

    def __init__(self, store: RunStore, run: Run, end_process: Callable[[], None] | None = None) -> None:
        self._end_process, self._ignored_s = end_process, 0.0
        self.state: State = run.state
        self.step, self.seconds, self.images_per_s = run.step, run.seconds, 0.0
        self._store, self._run_id = store, run.id
        self._last_beat = time.monotonic()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_end, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def renew(self) -> None:
        """Writes the sign of life and the progress.

        Raises:
            RunLostError: The run is not this worker's any more; nothing may be written for it.
        """
        if not self._beat() and not (self._store.reclaim(self._run_id, self.state) and self._beat()):
            raise RunLostError(f"run '{self._run_id}' was deleted or taken up by another worker")

    def enter(self, state: State, error: str | None = None) -> None:
        """Renews the lease and moves the run to another state, in one transaction.

        Raises:
            RunLostError: As `renew`.
        """
        with self._store.batch():
            self.renew()
            self._store.set_state(self._run_id, state, error)
        self.state = state

    def _beat(self) -> bool:
        self._last_beat = time.monotonic()
        return self._store.beat(
            self._run_id,
            step=self.step,
            seconds=self.seconds,
            images_per_s=self.images_per_s,
            pid=os.getpid(),
        )

    def _beat_until_end(self) -> None:
        while not self._end.wait(INTERVAL_S):
            if time.monotonic() - self._last_beat < INTERVAL_S:
                continue  # the training loop beats by itself, and obeys
            try:
                self._beat()
                self._stop_if_stuck()
            except StoreError:
                continue  # the training loop meets the same error and deals with it

    def _stop_if_stuck(self) -> None:
        is_ignored = self._store.is_waiting(self._run_id, "stop")
        self._ignored_s = self._ignored_s + INTERVAL_S if is_ignored else 0.0
        if self._ignored_s >= STUBBORN_S and self._end_process is not None:
            self._store.set_state(self._run_id, "stopped")
            self._end_process()
