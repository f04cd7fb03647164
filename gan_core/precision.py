"""Chooses the fastest arithmetic for a run by timing it: the winner differs from machine to machine."""

from __future__ import annotations

import copy
import os
import time
from contextlib import suppress
from typing import NamedTuple

import torch

from gan_core.family import Batch, Family
from gan_core.settings import TrainingSettings
from gan_core.trainer import Precision, Trainer, TrainingDivergedError

PROBE_EXAMPLES = 32  # part of a batch keeps the probe under a second and the order of the candidates
TIMED_STEPS = 3
GIVE_UP_RATIO = 1.4  # a candidate this much slower than the best is not timed again


class Choice(NamedTuple):
    """The precision taken and the milliseconds per probe step of every candidate that was timed."""

    precision: Precision
    milliseconds: dict[str, float]


class _SameBatch:
    """A stream that repeats one batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def next(self) -> Batch:
        return self.batch

    def state_dict(self) -> dict[str, object]:
        return {}

    def load_state_dict(self, state: object) -> None:
        return None


def free_cores() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_precision(
    family: Family, batch: Batch, training: TrainingSettings, device: torch.device, threads: int
) -> Choice:
    """Times one training step of a copy of `family` in each candidate arithmetic and takes the fastest.

    Args:
        family: Left untouched.
        batch: A batch of the run's data on `device`.
        training: `precision` and `channels_last` restrict the candidates.
        device: Where the run will train.
        threads: CPU threads the run may use; one is a candidate too, since small networks lose by sharing.
    """
    small = Batch(batch.real[:PROBE_EXAMPLES], None if batch.y is None else batch.y[:PROBE_EXAMPLES])
    candidates = _candidates(batch, training, device, threads)
    before = torch.get_num_threads()
    try:
        times: dict[Precision, float] = {}
        for candidate in candidates:
            best = min(times.values(), default=float("inf"))
            times[candidate] = _step_seconds(family, small, training, device, candidate, best)
        fastest = min(times, key=times.__getitem__)
        if device.type == "cpu" and threads > 1:  # the full batch decides: only large work pays for sharing
            single = fastest._replace(threads=1)
            alone = _step_seconds(family, batch, training, device, single, float("inf"))
            shared = _step_seconds(family, batch, training, device, fastest, float("inf"))
            fastest = single if alone < shared else fastest
    finally:
        torch.set_num_threads(before)
    return Choice(fastest, {str(candidate): 1e3 * seconds for candidate, seconds in times.items()})


def _candidates(
    batch: Batch, training: TrainingSettings, device: torch.device, threads: int
) -> list[Precision]:
    dtypes = ["bfloat16", "float32"] if training.precision == "auto" else [training.precision]
    if device.type == "mps" and training.precision == "auto":
        dtypes = ["float32"]
    layouts = [False] if batch.real.dim() != 4 else [True, False]
    if training.channels_last is not None and batch.real.dim() == 4:
        layouts = [training.channels_last]
    return [Precision(dtype, layout, threads) for dtype in dtypes for layout in layouts]


def _step_seconds(
    family: Family,
    batch: Batch,
    training: TrainingSettings,
    device: torch.device,
    precision: Precision,
    best: float,
) -> float:
    """Least time of one step over a few, after one to warm up."""
    torch.set_num_threads(precision.threads)
    scratch = training.changed(ema_decay=0.0, cosine_tail=0.0, steps=None, minutes=None)
    trainer = Trainer(copy.deepcopy(family), _SameBatch(batch), scratch, device, precision)
    least = float("inf")
    for index in range(1 + TIMED_STEPS):
        start = time.perf_counter()
        with suppress(TrainingDivergedError):  # the run itself will tell; the time is measured all the same
            next(trainer.run(1, record=lambda step: False))
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds = time.perf_counter() - start
        if index:  # the first step also builds kernels
            least = min(least, seconds)
            if least > GIVE_UP_RATIO * best:
                break
    return least
