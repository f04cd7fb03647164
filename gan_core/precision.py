"""Chooses the fastest arithmetic for a run by timing it: the winner differs from machine to machine."""

from __future__ import annotations

import copy
import os
import time
from contextlib import suppress
from typing import NamedTuple

import torch

from gan_core.family import Family
from gan_core.load import Load
from gan_core.phases import Batch
from gan_core.settings import TrainingSettings
from gan_core.trainer import Precision, Trainer, TrainingDivergedError

PROBE_EXAMPLES = 32  # part of a batch keeps the probe under a second and the order of the candidates
TIMED_STEPS = 4
PROBE_S, DUEL_S = 0.15, 0.8  # most time for a candidate and for a duel, in seconds: busy machines are slow
GIVE_UP_RATIO = 1.4  # a candidate this much slower than the best is not timed again
DUELS = 8  # of one thread against several: a passing disturbance slows the several only
CLEAR_WIN = 0.85  # ratio of step times at which several threads have won
QUIET_SHARE = 0.75  # of the cores that others may use during the timing for it to be worth remembering,
QUIET_CORES = 0.3  # and cores, if one thread has won: on a busy machine it always does


class Choice(NamedTuple):
    """The precision taken, and what it was chosen from.

    Attributes:
        precision: The fastest.
        milliseconds: Of a probe step in each candidate that was timed.
        quiet: Whether other programs left some of the machine free meanwhile.
    """

    precision: Precision
    milliseconds: dict[str, float]
    quiet: bool = True


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
    unit = family.settings.batch_multiple
    examples = max(1, PROBE_EXAMPLES // unit) * unit
    small = batch.head(examples)
    before, start = torch.get_num_threads(), Load.now()
    try:
        times: dict[Precision, float] = {}
        dtypes, layouts = element_types(family, training, device), _layouts(batch, training)
        # On one thread: whoever disturbs several, who wait for each other, would decide what wins.
        candidates = [Precision(dtype, layouts[0], 1) for dtype in dtypes]
        while candidates:
            candidate = candidates.pop(0)
            probe = _Probe(family, small, training, device, candidate)
            times[candidate] = probe.least_seconds(min(times.values(), default=float("inf")))
            fastest = min(times, key=times.__getitem__)
            if not candidates:  # the other layouts are tried in the fastest type only
                candidates = [
                    p for p in (fastest._replace(channels_last=x) for x in layouts) if p not in times
                ]
        if device.type == "cpu" and threads > 1:  # the full batch decides: only large work pays for sharing
            shared = fastest._replace(threads=threads)
            duel = [_Probe(family, batch, training, device, each) for each in (fastest, shared)]
            fastest = shared if _sharing_pays(*duel) else fastest
    finally:
        torch.set_num_threads(before)
    milliseconds = {str(candidate): 1e3 * seconds for candidate, seconds in times.items()}
    most = QUIET_SHARE * free_cores() if fastest.threads == threads else QUIET_CORES
    return Choice(fastest, milliseconds, quiet=Load.now().others_since(start) <= most)


def _sharing_pays(alone: _Probe, shared: _Probe) -> bool:
    """Whether several threads are faster than one; both take turns, and only their best times count."""
    deadline = time.perf_counter() + DUEL_S
    for _ in range(DUELS):
        one, several = alone.least_seconds(), shared.least_seconds()
        if several < CLEAR_WIN * one or time.perf_counter() > deadline:
            break
    return several < one


def element_types(family: Family, training: TrainingSettings, device: torch.device) -> list[str]:
    """Element types to try; eight bits, as bfloat16 has, are too coarse for points of a tight mode."""
    if training.precision != "auto":
        return [training.precision]
    exact = device.type == "mps" or family.data.kind == "points"
    return ["float32"] if exact else ["bfloat16", "float32"]


def _layouts(batch: Batch, training: TrainingSettings) -> list[bool]:
    """Memory layouts to try, channels last or not; the likelier winner first."""
    if batch.real.dim() != 4:
        return [False]
    return [True, False] if training.channels_last is None else [training.channels_last]


class _Probe:
    """Times steps of a copy of a family in one arithmetic."""

    def __init__(
        self,
        family: Family,
        batch: Batch,
        training: TrainingSettings,
        device: torch.device,
        precision: Precision,
    ) -> None:
        scratch = training.changed(ema_decay=0.0, cosine_tail=0.0, steps=None, minutes=None)
        self._trainer = Trainer(copy.deepcopy(family), _SameBatch(batch), scratch, device, precision)
        # The last phases to start, commonly the longest; their first step has every penalty that is due in
        # some steps only.
        self._trainer.step = max(phase.start for phase in family.phases()) + 1
        self._is_warm = False
        self._least = float("inf")

    def least_seconds(self, best: float = float("inf")) -> float:
        """Least time of a step over all so far and a few more, fewer if it has no chance against `best`."""
        torch.set_num_threads(self._trainer.precision.threads)
        if not self._is_warm:  # the first step also builds kernels
            self._step()
            self._is_warm = True
        deadline = time.perf_counter() + PROBE_S
        for _ in range(TIMED_STEPS):
            self._least = min(self._least, self._step())
            if self._least > GIVE_UP_RATIO * best or time.perf_counter() > deadline:
                break
        return self._least

    def _step(self) -> float:
        start = time.perf_counter()
        with suppress(TrainingDivergedError):  # the run itself will tell; the time is measured all the same
            next(self._trainer.run(1, record=lambda step: False))
        if self._trainer.device.type == "cuda":
            torch.cuda.synchronize(self._trainer.device)
        return time.perf_counter() - start
