"""How often a run is recorded: densely at first, more rarely as it gets long, and never at a high price."""

from __future__ import annotations

import math
from collections.abc import Sequence

METRIC_INTERVAL_S = 0.1  # between recorded steps of the first block
METRIC_BLOCK_S = 500.0  # of training, after which the interval doubles; each later block is twice as long


def metric_interval(seconds: float) -> float:
    """Seconds between recorded steps after `seconds` of training.

    Each interval serves for 5,000 recorded steps: curves move twice a second for the first hour, and 40,000
    steps are recorded in a day and a half.
    """
    blocks = int(seconds / METRIC_BLOCK_S) + 1
    return float(METRIC_INTERVAL_S * 2 ** (blocks.bit_length() - 1))


class Allowance:
    """Time that one kind of recording may take from training.

    Args:
        share: Part of the training time, 0 to 1.
        credit: Seconds granted at once, so that a young run shows something soon.
        patience: Seconds of training after which there is room again, whatever the last recording took: on a
            busy machine one slow recording would otherwise silence a young run for a minute.
    """

    def __init__(self, share: float, credit: float, patience: float = math.inf) -> None:
        self.share, self.credit, self.patience = share, credit, patience
        self._start: float | None = None
        self._last_room = 0.0
        self._spent = 0.0

    def has_room(self, seconds: float) -> bool:
        """Whether there is time left to spend after `seconds` of training."""
        if self._start is None:
            # A resumed run does not live on what it saved in an earlier process.
            self._start = self._last_room = seconds
        saved = self.credit + self.share * (seconds - self._start)
        room = self._spent <= saved or seconds - self._last_room >= self.patience
        if room:
            self._last_room = seconds
        return room

    def spend(self, seconds: float) -> None:
        """Notes what one recording took."""
        self._spent += seconds


class Thinning:
    """Which entries of a growing series to keep: at most `limit`, evenly spaced in training time.

    Args:
        limit: Most entries kept, at least 2.
        spacing: Seconds of training between entries at first; doubles whenever the series is full.
        seconds: Training time already behind a resumed run.
    """

    def __init__(self, limit: int, spacing: float, seconds: float = 0.0) -> None:
        self.limit, self.spacing = limit, spacing
        while seconds > limit * self.spacing:
            self.spacing *= 2
        self._last: float | None = None

    def is_due(self, seconds: float) -> bool:
        """Whether an entry made after `seconds` of training is one to keep."""
        return self._last is None or seconds - self._last >= self.spacing

    def keep(self, seconds: float) -> None:
        """Notes that an entry was kept."""
        self._last = seconds

    def surplus(self, steps: Sequence[int]) -> list[int]:
        """What to delete from the ascending `steps` so that `limit` remain; the first and the last stay."""
        kept = list(steps)
        while len(kept) > self.limit:
            self.spacing *= 2
            kept = [*kept[:-1:2], kept[-1]]
        return sorted(set(steps) - set(kept))
