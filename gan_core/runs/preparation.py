"""What a worker does before the first step: data, networks, and the checkpoint a run goes on from."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from gan_core.data import ImageDataset
from gan_core.precision import free_cores
from gan_core.runs import checkpoints
from gan_core.runs.checkpoints import DamagedFileError
from gan_core.runs.files import RESERVE, RunFolder, write_atomically
from gan_core.runs.records import Command, Run, State
from gan_core.runs.snapshots import training_data
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig, UserError
from gan_core.trainer import Precision, Trainer, resolve_device

PROGRESS_S = 0.25  # between notes of what is being prepared
SHOWN_SKIPPED = 5  # names of skipped files in one sentence


class Build(Protocol):
    """Makes a run's trainer; see `gan_core.building.build_trainer`."""

    def __call__(
        self,
        config: RunConfig,
        *,
        precision: Precision | None,
        threads: int | None,
        progress: Callable[[str, float], None] | None,
    ) -> Trainer:
        """Builds the trainer of a run, at step 0."""
        ...


class EndedEarlyError(Exception):
    """The run was stopped, or the worker has to end, before the first step."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state: State = state


class Preparation:
    """Brings one run to its first step.

    Attributes:
        commands: Commands that came in meanwhile and are still to be obeyed.
    """

    def __init__(self, store: RunStore, run: Run, interrupt: threading.Event, build: Build) -> None:
        self.commands: list[Command] = []
        self._store, self._run, self._interrupt, self._build = store, run, interrupt, build
        self._folder = RunFolder(store.folder(run.id))
        self._next_note = 0.0

    def trainer(self) -> Trainer:
        """The trainer, where the run's last checkpoint left off.

        Raises:
            UserError: Something in the config is wrong or missing here, or no checkpoint can be read.
            EndedEarlyError: Nobody wants the run any more.
        """
        write_atomically(self._folder.reserve, bytes(RESERVE), durable=False)
        state = self._last_checkpoint()
        is_own = state is not None and state.get("run") == self._run.id
        config, precision = self._run.config, None
        if (
            state is not None and is_own
        ):  # a branch's config holds all of its settings, a run's events change them
            config = config.model_copy(update={"settings": state["settings"]})
            precision = _earlier_precision(config, state)
        trainer = self._build(
            config, precision=precision, threads=free_threads(self._store), progress=self._note_progress
        )
        if state is not None:
            _load(trainer, state)
        self._store.rewind(self._run.id, trainer.step)
        self._describe(trainer, is_new=state is None)
        return trainer

    def _last_checkpoint(self) -> dict[str, Any] | None:
        """The newest checkpoint that can be read; None if the run has none."""
        kept = (self._folder.checkpoint(step) for step in reversed(self._folder.kept_steps()))
        damaged: list[Path] = []
        for path in (self._folder.latest, *kept):
            try:
                state = checkpoints.load(path)
            except FileNotFoundError:
                continue
            except DamagedFileError as error:
                damaged.append(path)
                self._store.add_event(self._run.id, self._run.step, "warning", {"text": str(error)})
                continue
            return state
        if damaged:
            raise UserError(
                f"no checkpoint of this run can be read ({damaged[0].name} is damaged); start a new run"
            )
        return None

    def _note_progress(self, text: str, share: float) -> None:
        """Tells viewers what is being prepared, and ends it if nobody wants it any more.

        Args:
            text: What, e.g. "downloading MNIST".
            share: How much of it is done, 0 to 1.
        """
        now = time.monotonic()
        if now < self._next_note and share < 1.0:
            return
        self._next_note = now + PROGRESS_S
        self._store.describe(self._run.id, activity=f"{text}, {share:.0%}" if share < 1.0 else text)
        self.commands += self._store.take_commands(self._run.id)
        if self._interrupt.is_set():
            raise EndedEarlyError("interrupted")
        if any(command.name == "stop" for command in self.commands):
            raise EndedEarlyError("stopped")

    def _describe(self, trainer: Trainer, is_new: bool) -> None:
        device = str(trainer.device)
        if trainer.device.type == "cuda":
            device += f" ({torch.cuda.get_device_name(trainer.device)})"
        training = trainer.training
        self._store.describe(
            self._run.id,
            device=device,
            precision=str(trainer.precision),
            total_steps=training.steps if training.minutes is None else None,
            versions={
                "python": platform.python_version(),
                "torch": torch.__version__,
                "numpy": np.__version__,
            },
        )
        data = training_data(trainer)
        if is_new and isinstance(data, ImageDataset) and data.skipped:
            self._store.add_event(
                self._run.id, trainer.step, "warning", {"text": _tell_skipped(data.skipped)}
            )


def free_threads(store: RunStore) -> int:
    """The share of the CPU threads of one of the runs that are being trained."""
    allowed = int(os.environ.get("OMP_NUM_THREADS") or free_cores())
    busy = sum(run.state in ("starting", "running") for run in store.runs())
    return max(1, min(allowed, free_cores()) // max(1, busy))


def _earlier_precision(config: RunConfig, state: Mapping[str, Any]) -> Precision | None:
    """The arithmetic the run had so far, if it goes on on the same device: it then goes on bit for bit."""
    device = resolve_device(config.training.device)
    return Precision(*state["precision"]) if str(device) == state["device"] else None


def _load(trainer: Trainer, state: Mapping[str, Any]) -> None:
    try:
        trainer.load_state_dict(state)
    except (RuntimeError, KeyError, IndexError) as error:
        raise UserError(
            f"the checkpoint at step {state['step']} does not fit the networks of this run; "
            "change only settings that leave their sizes and the data as they are"
        ) from error


def _tell_skipped(skipped: tuple[str, ...]) -> str:
    shown = "; ".join(skipped[:SHOWN_SKIPPED])
    more = f"; and {len(skipped) - SHOWN_SKIPPED} more" if len(skipped) > SHOWN_SKIPPED else ""
    return f"{len(skipped)} files were skipped: {shown}{more}"
