"""Why a run ended, in one sentence a user can act on."""

from __future__ import annotations

import errno

import torch

from gan_core.runs.database import StoreFullError
from gan_core.runs.files import RunFolder
from gan_core.runs.records import DIVERGED
from gan_core.settings import UserError
from gan_core.trainer import Trainer, TrainingDivergedError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def explain(error: BaseException, folder: RunFolder, trainer: Trainer | None = None) -> str | None:
    """What happened and what to do about it; None if it is a defect of this program.

    Args:
        error: What ended the run.
        folder: The run's folder.
        trainer: The run's trainer, once it was built.
    """
    if isinstance(error, TrainingDivergedError) and trainer is not None:
        return _explain_divergence(error, folder, trainer)
    if isinstance(error, StoreFullError) or (isinstance(error, OSError) and error.errno in NO_ROOM):
        return f"the disk is full; free some space, then resume the run {_where_from(folder)}"
    if is_out_of_memory(error):
        return "there is not enough memory for this run; lower batch_size, image_size or the networks' widths"
    return str(error) if isinstance(error, UserError) else None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory of the computer or of the GPU ran out."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)  # torch's CPU allocator


def _explain_divergence(error: TrainingDivergedError, folder: RunFolder, trainer: Trainer) -> str:
    rates = trainer.learning_rates  # the phase where it was seen need not be the one that caused it
    now = ", ".join(f"{phase} {rate:.3g}" for phase, rate in sorted(rates.items(), key=lambda pair: -pair[1]))
    start = f"branch {_where_from(folder)}" if folder.checkpoint_steps() else "start a new run"
    return f"{DIVERGED}: {error}; {start} with lower learning rates (now {now})"


def _where_from(folder: RunFolder) -> str:
    steps = folder.checkpoint_steps()
    return f"from the checkpoint at step {steps[-1]}" if steps else "from the beginning"
