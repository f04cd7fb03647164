"""What the sections of benchmarks/app.py are told."""

from dataclasses import dataclass

from benchmarks.loops import config_for
from gan_core.settings import RunConfig


@dataclass(frozen=True)
class Options:
    """How long and on what to measure.

    Attributes:
        dataset: Data set the default DCGAN trains on.
        batch_size: Real examples per step.
        rounds: Rounds of the comparison of watchers.
        seconds: Length of one measurement of a speed.
        repeats: Measurements of each waiting time; half as many where each needs a new web process.
    """

    dataset: str
    batch_size: int
    rounds: int
    seconds: float
    repeats: int

    @property
    def config(self) -> RunConfig:
        """A DCGAN with default settings and no end."""
        return config_for(self.dataset, self.batch_size)

    @property
    def drags(self) -> int:
        """Drags of `seconds` each."""
        return max(1, self.rounds // 2)

    @property
    def starts(self) -> int:
        """Measurements that need a new web process each."""
        return max(1, self.repeats // 2)
