"""One worker's work on one run: trains, obeys commands between steps, records, ends in a defined state."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from threading import Event as Signal

from gan_core.runs.database import StoreDamagedError, StoreLockedError
from gan_core.runs.files import RunFolder
from gan_core.runs.keeper import CheckpointKeeper
from gan_core.runs.lease import Lease
from gan_core.runs.pacing import Allowance
from gan_core.runs.probes import FindProbes, Prober
from gan_core.runs.recorder import MetricRecorder, Speedometer
from gan_core.runs.records import Command, EventKind, State
from gan_core.runs.snapshots import Snapshotter
from gan_core.runs.store import RunStore
from gan_core.runs.threads import ThreadGovernor
from gan_core.runs.timeline import Timeline, write_snapshot
from gan_core.settings import Settings, TrainingSettings, UserError
from gan_core.trainer import StepRecord, Trainer, TrainingDivergedError

POLL_S = 0.1  # between looks at the commands
FLUSH_S, PAUSED_FLUSH_S = 0.25, 1.0  # between writes of metrics and progress
TEMPORARY = (StoreLockedError, StoreDamagedError)  # a damaged store is replaced; the run is then claimed back
FINAL_TRIES = 5  # to write the final state while another program holds the store
SNAPSHOT_SHARE, SNAPSHOT_CREDIT_S = 0.008, 0.1  # of the training time may go into snapshots
SNAPSHOT_PATIENCE_S = 3.0  # but a viewer never waits longer for the next one


class Session:
    """Trains a run until its budget is spent, someone stops it, or the worker has to end.

    Args:
        store: Where everything is recorded.
        run_id: The run, `starting` and owned by this process.
        trainer: Built, and loaded from a checkpoint if the run resumes.
        lease: The hold on the run.
        interrupt: Set when the worker has to end.
        commands: Commands that came in while the trainer was being built.
        find_probes: Says what to measure while the run trains; None: nothing.
    """

    def __init__(
        self,
        store: RunStore,
        run_id: str,
        trainer: Trainer,
        lease: Lease,
        interrupt: Signal,
        commands: Sequence[Command] = (),
        find_probes: FindProbes | None = None,
    ) -> None:
        self._store, self._run_id, self._trainer, self._lease = store, run_id, trainer, lease
        self._interrupt, self._early_commands = interrupt, list(commands)
        self._folder = RunFolder(store.folder(run_id))
        events, _ = store.events_since(run_id)
        requested = [event.step for event in events if event.kind == "checkpoint"]
        self._keeper = CheckpointKeeper(trainer, run_id, self._folder, requested)
        self._snapshotter, self._timeline = (
            Snapshotter(trainer),
            Timeline(self._folder, trainer.seconds),
        )
        self._recorder, self._speed = MetricRecorder(), Speedometer(trainer.training.batch_size)
        self._snapshot_allowance = Allowance(SNAPSHOT_SHARE, SNAPSHOT_CREDIT_S, SNAPSHOT_PATIENCE_S)
        self._events: list[tuple[int, EventKind, dict[str, object]]] = []
        self._governor = ThreadGovernor(trainer.precision.threads)
        self._prober = Prober(trainer, find_probes, self._note, self._governor)
        self._paused = False
        self._single_steps: deque[str | None] = deque()  # steps to do in a pause, by role; None: all phases
        self._records: Iterator[StepRecord] | None = None
        self._next_poll = self._next_flush = self._next_snapshot = 0.0
        self._snapshot_step: int | None = None
        self._end: State | None = None

    def run(self) -> State:
        """Trains to the end and returns the state the run is in then.

        Raises:
            TrainingDivergedError: A loss or weight is not finite; metrics up to then are stored.
            RunLostError: The run belongs to someone else now.
            OSError: A file cannot be written, e.g. because the disk is full.
        """
        try:
            self._begin()
            while self._end is None:
                self._do_one_thing()
            return self._finish(self._end)
        except TrainingDivergedError:
            self._flush()  # the curves should show how it came to that
            raise
        finally:
            self._keeper.close()

    # --- the loop -------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._timeline.forget_after(self._trainer.step)
        real = self._snapshotter.real_images
        if real is not None:
            given = {"conditions": self._snapshotter.conditions, "captions": self._snapshotter.captions}
            known = {name: array for name, array in given.items() if array is not None}
            write_snapshot(self._folder.real_examples, {"real": real, **known})
        self._take_snapshot()
        self._flush()
        for command in self._early_commands:
            self._obey(command)

    def _do_one_thing(self) -> None:
        """One training step or, in a pause, a moment of waiting; then whatever else is due."""
        if self._paused and not self._single_steps:
            self._interrupt.wait(POLL_S / 2)
        elif self._trainer.finished:
            self._end = "finished"
        else:
            self._train_one_step()
        now = time.perf_counter()
        if now >= self._next_poll:
            self._next_poll = now + POLL_S
            self._look_around(now)

    def _train_one_step(self) -> None:
        before = self._trainer.seconds
        if self._paused:
            record = next(self._trainer.run(1, only=self._single_steps.popleft()))
        else:
            if self._records is None:
                self._records = self._trainer.run(record=self._recorder.wants)
            record = next(self._records)
        step_s = self._trainer.seconds - before
        self._recorder.add(record, step_s, self._trainer.seconds)
        self._governor.after_step(step_s)
        if self._paused and not self._single_steps:
            self._show_progress()

    def _look_around(self, now: float) -> None:
        """Obeys commands and records what is due."""
        if self._interrupt.is_set():
            self._end = "interrupted"
            return
        for command in self._take_commands():
            self._obey(command)
        if now >= self._next_flush:
            self._next_flush = now + (PAUSED_FLUSH_S if self._paused else FLUSH_S)
            self._flush()
        if now >= self._next_snapshot and self._snapshot_allowance.has_room(self._trainer.seconds):
            self._next_snapshot = now + FLUSH_S
            self._take_snapshot()
        if not self._paused:
            self._prober.measure_if_due()
        self._keeper.save_if_due()

    def _finish(self, end: State) -> State:
        """Writes everything down, then enters the state `end`."""
        self._take_snapshot()
        if end == "finished":
            self._prober.measure_all()
        # Whoever pressed Stop waits for the state, not for the disk: a killed process loses nothing written.
        self._keeper.save_now(keep=end in ("finished", "stopped"), durable=False)
        self._flush()
        for _ in range(FINAL_TRIES):
            try:
                self._lease.enter(end)
                break
            except TEMPORARY:
                continue
        self._keeper.make_durable()
        return end

    # --- recording ------------------------------------------------------------------------------------------

    def _show_progress(self) -> None:
        """Makes the effect of a command visible at once."""
        self._flush()
        self._take_snapshot()

    def _note_progress(self) -> None:
        trainer, lease = self._trainer, self._lease
        if self._paused:
            self._speed.reset()
        lease.images_per_s = 0.0 if self._paused else self._speed.read(trainer.step)
        lease.step, lease.seconds = trainer.step, trainer.seconds

    def _flush(self) -> None:
        """Stores state, progress, metrics and events in one transaction."""
        self._note_progress()
        state: State = "paused" if self._paused else "running"
        try:
            with self._store.batch():
                if self._lease.state == state:
                    self._lease.renew()
                else:
                    self._lease.enter(state)
                self._store.add_metrics(self._run_id, [*self._recorder.rows, *self._prober.rows])
                for step, kind, detail in self._events:
                    self._store.add_event(self._run_id, step, kind, detail)
        except TEMPORARY:
            return  # training goes on; everything is stored with a later flush
        self._recorder.rows.clear()
        self._prober.rows.clear()
        self._events.clear()

    def _note(self, kind: EventKind, detail: dict[str, object]) -> None:
        self._events.append((self._trainer.step, kind, detail))

    def _take_snapshot(self) -> None:
        """Adds a snapshot to the timeline, unless there is one of this step."""
        if self._snapshot_step == self._trainer.step:
            return
        start = time.perf_counter()
        snapshot = self._snapshotter.take()
        if snapshot is not None:
            self._timeline.add(self._trainer.step, self._trainer.seconds, snapshot)
        self._snapshot_allowance.spend(time.perf_counter() - start)
        self._snapshot_step = self._trainer.step

    # --- commands -------------------------------------------------------------------------------------------

    def _take_commands(self) -> list[Command]:
        try:
            return self._store.take_commands(self._run_id)
        except TEMPORARY:
            return []  # they are still there the next time

    def _obey(self, command: Command) -> None:
        match command.name:
            case "pause":
                self._single_steps.clear()
                self._pause()
            case "resume":
                self._resume()
            case "stop":
                self._end = "stopped"
            case "step":
                self._step(**command.arguments)
            case "set":
                self._set(command.arguments["settings"])
            case "snapshot":
                self._show_progress()
            case "checkpoint":
                self._keeper.save_now(requested=True)
                self._note("checkpoint", {"seconds": self._trainer.seconds})

    def _pause(self) -> None:
        if not self._paused:
            self._paused, self._records = True, None
            self._flush()
            self._take_snapshot()
            self._keeper.save_now()

    def _resume(self) -> None:
        self._single_steps.clear()
        if self._paused:
            self._paused = False
            self._flush()

    def _step(self, count: int = 1, only: str | None = None) -> None:
        """Does `count` steps, of one role's phases if `only` names it, and stays paused afterwards."""
        self._pause()
        self._single_steps.extend([only] * count)

    def _set(self, changes: dict[str, object]) -> None:
        """Changes live settings and notes old and new values; notes a warning if that cannot be."""
        old = self._trainer.family.settings
        try:
            new = _changed(old, changes)
            self._trainer.update_settings(new)
        except UserError as error:
            self._note("warning", {"text": str(error)})
            return
        before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
        differences = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
        if differences:
            self._note("setting", {"changes": differences})
            self._keeper.hurry()


def _changed(settings: Settings, changes: dict[str, object]) -> Settings:
    for name in changes:
        if name not in type(settings).model_fields and name in TrainingSettings.model_fields:
            raise UserError(f"'{name}' cannot change while a run trains; branch from a checkpoint instead")
    return settings.changed(**changes)
