"""What a training step is made of: data of a known shape, and phases that each update some networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from gan_core.text_spec import TextSpec


@dataclass(frozen=True)
class DataSpec:
    """Shape of one data set's examples.

    Attributes:
        kind: "points" for `(N, 2)` float32 points, "images" for float32 NCHW images in [-1, 1], "sequences"
            for `(N, T, C)` float32: C values in [-1, 1] at each of T steps.
        shape: Shape of one example: `(2,)`, `(C, H, W)` or `(T, C)`.
        num_classes: Number of labels; 0 if the examples carry none.
        other_shape: Shape of one example of the second domain; None: the data set has only one.
        text: Vocabulary of the captions; None if the examples carry none.
        attributes: Name and values of each thing that is known of every example; empty if nothing is.
    """

    kind: Literal["points", "images", "sequences"]
    shape: tuple[int, ...]
    num_classes: int = 0
    other_shape: tuple[int, ...] | None = None
    text: TextSpec | None = None
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Batch(NamedTuple):
    """One minibatch of real data; what the examples do not carry is None."""

    real: Tensor  # (N, *shape) float32
    y: Tensor | None = None  # (N,) int64
    other: Tensor | None = None  # (N, *other_shape) float32: of the second domain, paired with none
    captions: Tensor | None = None  # token ids (N, L) int64
    attributes: Tensor | None = None  # value of each attribute (N, K) int64
    said: Tensor | None = None  # what the captions say of the attributes (N, K) int64; -1: nothing

    def head(self, n: int) -> Batch:
        """The first n examples."""
        return Batch(*(None if part is None else part[:n] for part in self))  # type: ignore[arg-type]

    def to(self, device: torch.device) -> Batch:
        """The batch on `device`."""
        return Batch(*(None if part is None else part.to(device) for part in self))  # type: ignore[arg-type]


class StepOutput(NamedTuple):
    """What one phase computed."""

    losses: dict[str, Tensor]  # scalars, already weighted; their sum is minimised
    stats: dict[str, Tensor]  # scalars, shown and never minimised: d_real, d_fake


@dataclass
class StepContext:
    """What one training step hands to each of its phases.

    Attributes:
        batch: The step's real examples.
        rng: Source of all randomness of the step, on the device of the batch.
        step: Steps done before this one.
        upcoming: Names of the phases that still run in this step: what they reuse must keep its graph.
        shared: Values one phase leaves for a later one of the same step: G's output is computed once.
    """

    batch: Batch
    rng: torch.Generator
    step: int
    upcoming: frozenset[str] = frozenset()
    shared: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OptimizerSpec:
    """An optimiser and its rates; `betas[0]` is the momentum of sgd and rmsprop."""

    kind: Literal["adam", "sgd", "rmsprop"] = "adam"
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)


@dataclass(frozen=True)
class Phase:
    """One optimiser update inside a training step.

    Attributes:
        name: "discriminator", "generator", "level2/generator"; the part after the last slash is its role.
        trains: Modules it updates; everything else is frozen meanwhile.
        compute: Computes losses and stats from the step's context.
        optimizer: Optimiser of the trained modules.
        every: Runs in one of `every` steps.
        start: First step in which it runs.
        stop: First step in which it no longer runs; None: never stops.
    """

    name: str
    trains: tuple[nn.Module, ...]
    compute: Callable[[StepContext], StepOutput]
    optimizer: OptimizerSpec = OptimizerSpec()
    every: int = 1
    start: int = 0
    stop: int | None = None

    @property
    def role(self) -> str:
        """The last part of the name: "generator" for "level2/generator"."""
        return self.name.rsplit("/", 1)[-1]

    def is_open(self, step: int) -> bool:
        """Whether step number `step` (0-based) lies between the phase's start and its stop."""
        return step >= self.start and (self.stop is None or step < self.stop)

    def runs_in(self, step: int, place: int | None = None) -> bool:
        """Whether the phase takes part in step number `step` (0-based).

        Args:
            step: Counts for its interval.
            place: Counts for its start and stop, see `Trainer.place`; None: the step.
        """
        is_due = (step - self.start) % self.every == self.every - 1
        return is_due and self.is_open(step if place is None else place)
