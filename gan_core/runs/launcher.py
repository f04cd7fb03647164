"""The launcher starts queued runs as worker processes of this machine and keeps one worker warm."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from gan_core.runs.database import StoreError
from gan_core.runs.files import RunFolder
from gan_core.runs.processes import available_cores
from gan_core.runs.store import RunStore
from gan_core.runs.worker_process import WorkerProcess, worker_command
from gan_core.settings import RunConfig, TrainingSettings, UserError

TICK_S = 0.25  # between looks at the queue; a submission of this launcher is seen at once
REAP_S = 2.0  # between looks for runs whose worker is gone
SPARE_DELAY_S = 4.0  # a new spare worker loads its libraries when the last one's run has got going
PATIENCE_S = 3.0  # a place free for this long is taken out of turn: nobody works off the runs in front
SPARE_RETRY_S = 60.0  # a spare that ended by itself will do so again
GRACE_S = 15.0  # for workers to write their last checkpoint when the launcher closes


class Launcher:
    """Runs the queue of a store; several launchers, in several processes, may share one store.

    Submitting only writes to the store. A thread, between `start` and `close`, claims runs and starts
    workers; they end with this process, since they see their stdin end.

    Args:
        store: The run store.
        limit: Most runs starting or running at once, those of other launchers included; paused ones do not
            count. None: half the cores, at least 1.
        keep_spare: Whether a worker is kept warm, so that a run starts in well under a second.
        command: How to start a worker; by default `python -m gan_core.runs.worker`.

    Attributes:
        problem: Why runs cannot be started just now, in one sentence; None if they can.
    """

    def __init__(
        self,
        store: RunStore,
        limit: int | None = None,
        *,
        keep_spare: bool = True,
        command: Sequence[str] | None = None,
    ) -> None:
        self.store, self.limit = store, limit or max(1, available_cores() // 2)
        self.problem: str | None = None
        self._keep_spare, self._command = keep_spare, command or worker_command(store.root)
        self._workers: list[WorkerProcess] = []
        self._spare: WorkerProcess | None = None
        self._spare_due = self._reap_due = self._free_since = 0.0
        self._only: str | None = None
        self._wake, self._closing = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    # --- what users ask for ---------------------------------------------------------------------------------

    def submit(
        self, config: RunConfig, name: str | None = None, parent: tuple[str, int] | None = None
    ) -> str:
        """Validates the config, queues a run and returns its id.

        Raises:
            UserError: Something in the config, the name or the parent is wrong.
        """
        from gan_core.building import (
            resolve_config,
        )  # needs torch, which a process that only watches does not

        resolved = resolve_config(config)
        # Spelled out in full, so that a later version with other defaults still resumes the same run.
        training = TrainingSettings.parse(resolved.training.model_dump())
        run_id = self.store.create(
            resolved.model_copy(update={"training": training}), name=name, parent=parent
        )
        self._wake.set()
        return run_id

    def resume(self, run_id: str, *, steps: int | None = None, minutes: float | None = None) -> None:
        """Queues an ended run again, to go on from its last checkpoint; see `RunStore.requeue`."""
        self.store.requeue(run_id, steps=steps, minutes=minutes)
        self._wake.set()

    def branch(self, run_id: str, step: int, changes: Mapping[str, Any], *, name: str | None = None) -> str:
        """Queues a new run that goes on from a checkpoint with other settings, and returns its id.

        Args:
            run_id: The parent; it may be running.
            step: Step of one of its checkpoints; see `RunStore.checkpoint_steps`.
            changes: Changed settings of the family or of the training, by name. The others are the parent's
                at that step, live changes included.
            name: By default made from the parent's name and the step.

        Raises:
            UserError: No such run or checkpoint, a wrong setting, or a budget already spent at that step.
        """
        parent = self.store.get(run_id)
        values = RunFolder(self.store.folder(run_id)).checkpoint_values(step)
        general = {key: value for key, value in changes.items() if key in TrainingSettings.model_fields}
        own = {key: value for key, value in changes.items() if key not in general}
        training = TrainingSettings.parse(parent.config.training.model_dump() | general)
        settings = {**parent.config.settings, **values.get("settings", {}), **own}
        _check_budget(training, step, float(values.get("seconds", 0.0)))
        config = parent.config.model_copy(update={"training": training, "settings": settings})
        return self.submit(config, name or f"{parent.name[:60]} from {step}", (run_id, step))

    # --- the thread -----------------------------------------------------------------------------------------

    def start(self, *, only: str | None = None) -> None:
        """Begins to work off the queue, in a thread.

        Args:
            only: Start no other run, because this process ends with it and would take their workers along.
        """
        if self._thread is None:
            self._only, self._free_since = only, time.monotonic()
            self._closing.clear()
            self._thread = threading.Thread(target=self._work, name="launcher", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Ends the workers, which first save checkpoints and mark their runs interrupted."""
        if self._thread is not None:
            self._closing.set()
            self._wake.set()
            self._thread.join()
            self._thread = None
        if self._spare is not None:
            self._spare.kill()  # it has nothing to save
            self._spare = None
        for worker in self._workers:
            worker.hang_up()
        deadline = time.monotonic() + GRACE_S
        for worker in self._workers:
            worker.wait(max(0.0, deadline - time.monotonic()))
            worker.kill()
        self._collect()

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                self._tick()
                self.problem = None
            except (
                StoreError,
                sqlite3.Error,
                OSError,
            ) as error:  # locked, full, no more processes: may pass, so try again
                self.problem = str(error)
            self._wake.wait(TICK_S)
            self._wake.clear()

    def _tick(self) -> None:
        self._collect()
        now = time.monotonic()
        if now >= self._reap_due:
            self._reap_due = now + REAP_S
            self.store.reap()
        if self._only is None or self._may_start(self._only, now):
            while (run := self.store.claim(self._only, self.limit)) is not None:
                self._start_worker(run.id)
        if self._keep_spare and self._spare is None and now >= self._spare_due:
            self._spare = WorkerProcess(self._command)

    def _may_start(self, run_id: str, now: float) -> bool:
        """Whether it is the waiting run's turn, or whoever queued those in front of it seems to be gone."""
        place = self.store.queue_place(run_id)
        if place in (None, 1):
            return place == 1
        if sum(run.state in ("starting", "running") for run in self.store.runs()) >= self.limit:
            self._free_since = now
        return now - self._free_since > PATIENCE_S

    def _start_worker(self, run_id: str) -> None:
        spare, self._spare = self._spare, None
        self._spare_due = time.monotonic() + SPARE_DELAY_S
        try:
            worker = spare if spare is not None and spare.is_alive else WorkerProcess(self._command)
            worker.give(run_id)
        except OSError as error:
            self.store.abandon(run_id, os.getpid(), f"its worker process could not be started: {error}")
            raise
        self._workers.append(worker)

    def _collect(self) -> None:
        """Notes how the workers that have ended did so."""
        if self._spare is not None and not self._spare.is_alive:
            self._spare, self._spare_due = None, time.monotonic() + SPARE_RETRY_S
        for worker in [worker for worker in self._workers if not worker.is_alive]:
            self._note_end(worker)
            self._workers.remove(worker)

    def _note_end(self, worker: WorkerProcess) -> None:
        assert worker.run_id is not None, "only workers that were given a run are collected"
        self.store.abandon(worker.run_id, worker.pid, worker.failure)
        # It may have ended before it took the run over from here; but a run that was stopped and resumed may
        # be on its way from here to another worker already.
        if not any(other.run_id == worker.run_id for other in self._workers if other is not worker):
            self.store.abandon(worker.run_id, os.getpid(), worker.failure)


def _check_budget(training: TrainingSettings, step: int, seconds: float) -> None:
    """Raises UserError if nothing is left to do at `step`, after `seconds` of training."""
    if training.minutes is not None:
        if seconds >= 60 * training.minutes:
            raise UserError(f"minutes must be more than {seconds / 60:.1f}, which step {step} took")
    elif training.steps is not None and training.steps <= step:
        raise UserError(f"steps must be more than {step}, where the branch starts, got {training.steps}")
