"""Keeps a run's checkpoints while it trains: the latest every few seconds, some older ones to branch from."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from gan_core.runs import checkpoints
from gan_core.runs.files import RunFolder, link_or_copy, make_durable, write_atomically
from gan_core.runs.pacing import Thinning
from gan_core.trainer import Trainer

FIRST_S, INTERVAL_S, MAX_INTERVAL_S = (
    3.0,
    7.0,
    9.0,
)  # seconds between checkpoints; a kill loses the work since
SHARE = 0.01  # of the time may go into encoding, as long as MAX_INTERVAL_S allows
KEPT, KEPT_SPACING_S = 8, 8.0  # checkpoints to branch from, and the training time between them at first


class CheckpointKeeper:
    """Saves the checkpoints of one run.

    The state is copied between two steps; a thread writes it, since a slow disk must not stop training.

    Args:
        trainer: What to save.
        run_id: Stored with the state, to tell the run's own checkpoints from its parent's.
        folder: The run's folder.
        requested: Steps of checkpoints a user asked for, which are never thinned out.
    """

    def __init__(
        self, trainer: Trainer, run_id: str, folder: RunFolder, requested: Iterable[int] = ()
    ) -> None:
        self._trainer, self._run_id, self._folder = trainer, run_id, folder
        self._requested = set(requested)
        self._thinning = Thinning(KEPT, KEPT_SPACING_S, trainer.seconds)
        self._thinning.keep(trainer.seconds)
        self._saved_step: int | None = trainer.step if trainer.step else None
        self._due = time.monotonic() + FIRST_S
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[None] | None = None
        self._settling: Future[None] | None = None  # until it would survive a loss of power

    def save_if_due(self) -> None:
        """Saves the latest checkpoint if the last one is too old.

        Raises:
            TrainingDivergedError: A weight is not finite; nothing is written.
            OSError: An earlier checkpoint could not be written.
        """
        self._raise_failure()
        if time.monotonic() >= self._due:
            self._save(keep=self._thinning.is_due(self._trainer.seconds))

    def hurry(self, seconds: float = 2.0) -> None:
        """Makes the next checkpoint due within `seconds`, e.g. because a setting was changed."""
        self._due = min(self._due, time.monotonic() + seconds)

    def save_now(self, *, keep: bool = False, requested: bool = False, durable: bool = True) -> None:
        """Saves the latest checkpoint and waits until it is written.

        Args:
            keep: Also keep it to branch from, until it is thinned out.
            requested: A user asked for it: it is never thinned out.
            durable: Also wait until it would survive a loss of power; otherwise call `make_durable` later.

        Raises:
            TrainingDivergedError: A weight is not finite; nothing is written.
            OSError: It could not be written; the one before is untouched.
        """
        if requested:
            self._requested.add(self._trainer.step)
        self._save(keep=keep or requested, durable=durable)
        self.wait()
        if durable and self._settling is not None:
            self._settling.result()

    def make_durable(self) -> None:
        """Waits until the latest checkpoint would survive a loss of power."""
        if self._folder.latest.exists():
            make_durable(self._folder.latest)

    def wait(self) -> None:
        """Waits for the checkpoint being written; the disk may still be at it.

        Raises:
            OSError: It could not be written; the one before is untouched.
        """
        if self._writing is not None:
            self._writing.result()

    def close(self) -> None:
        """Ends the writing thread when it has finished."""
        self._writer.shutdown()

    def _raise_failure(self) -> None:
        for task in (self._writing, self._settling):
            if task is not None and task.done():
                task.result()

    def _save(self, keep: bool, durable: bool = True) -> None:
        step = self._trainer.step
        if step == 0 or (step == self._saved_step and not keep):
            return
        self._trainer.check_weights()
        start = time.monotonic()
        trainer = self._trainer
        more = {
            "run": self._run_id,
            "device": str(trainer.device),
            "settings": trainer.family.settings.model_dump(mode="json"),
        }
        content = checkpoints.encode(trainer.state_dict() | more)
        cost = time.monotonic() - start
        self.wait()
        if keep:
            self._thinning.keep(self._trainer.seconds)
        if durable:
            self._writing = self._writer.submit(self._write, step, content, keep)
            self._settling = self._writer.submit(make_durable, self._folder.latest)
        else:  # at once: a slow disk may still be busy with the checkpoint before
            self._write(step, content, keep)
        self._saved_step = step
        self._due = time.monotonic() + min(MAX_INTERVAL_S, max(INTERVAL_S, cost / SHARE))

    def _write(self, step: int, content: bytes, keep: bool) -> None:
        """Replaces the latest checkpoint; a killed process leaves the old one or the new one, whole."""
        write_atomically(self._folder.latest, content, durable=False)
        if keep:
            link_or_copy(self._folder.latest, self._folder.checkpoint(step))
            automatic = [step for step in self._folder.kept_steps() if step not in self._requested]
            for surplus in self._thinning.surplus(automatic):
                self._folder.checkpoint(surplus).unlink(missing_ok=True)
