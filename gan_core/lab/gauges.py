"""The numbers beside the lab's picture: how much of the data G reaches, how true it is, how good D is."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from gan_core.data import PointDataset
from gan_core.evaluation.plane import CELLS, DiscriminatorField, Plane
from gan_core.family import Family
from gan_core.metrics import mode_coverage
from gan_core.metrics.divergence import LN2

POINTS = 2_500  # the sample count of the published tables
FIELD_POINTS = 10_000
_SEED = 9_100
_LEAST_MASS = 1e-5  # of the data in a cell that is shown


class Reading(NamedTuple):
    """What was measured at one step.

    Attributes:
        step: When.
        reached: Modes reached, or, for data in one piece, places along it that are reached.
        places: How many there are.
        has_modes: Whether they are separate modes.
        quality: Share of generated points within three deviations of one.
        divergence: Jensen-Shannon divergence from the true law, in nats.
        gap: Mean distance of D from the best D; None where D's output is no probability.
    """

    step: int
    reached: int
    places: int
    has_modes: bool
    quality: float
    divergence: float
    gap: float | None


class Comparison(NamedTuple):
    """D and the best D over the shown square at one step."""

    step: int
    field: DiscriminatorField


class Gauges:
    """Measures one game, always with the same noise.

    Args:
        dataset: Knows the true law.
        family: The networks.

    Attributes:
        divergence_floor: What real points score, in nats.
        quality_floor: Share of real points within three deviations.
    """

    def __init__(self, dataset: PointDataset, family: Family) -> None:
        self._dataset, self._plane = dataset, Plane.of(dataset)
        rng = torch.Generator().manual_seed(_SEED)
        self._z, self._field_z = family.sample_z(POINTS, rng), family.sample_z(FIELD_POINTS, rng)
        self._places = _places(dataset)
        edges = torch.linspace(-dataset.extent, dataset.extent, CELLS + 1, dtype=torch.float64)
        self._shown_masses = dataset.masses(edges).numpy()
        self.divergence_floor = self._plane.divergence_floor(POINTS)
        self.quality_floor = mode_coverage(
            dataset.sample(POINTS, rng), self._places, dataset.kernel_std
        ).high_quality

    def compare(self, family: Family, step: int) -> Comparison | None:
        """D beside the best D; None where D's output is no probability."""
        if not family.can_score or family.score_meaning == "ranking":
            return None
        field = self._plane.discriminator(family, family.generate(self._field_z))
        # Far out a Gaussian's tail is all there is, and the best D is sure of it: nothing to look at.
        nothing = (self._shown_masses < _LEAST_MASS) & (field.optimal == 1)
        return Comparison(step, field._replace(optimal=np.where(nothing, np.nan, field.optimal)))

    def read(self, family: Family, step: int, comparison: Comparison | None) -> Reading:
        """Measures the networks as they are; evaluation mode, no gradients."""
        points = family.generate(self._z)
        found = mode_coverage(points, self._places, self._dataset.kernel_std)
        return Reading(
            step,
            found.covered,
            len(self._places),
            self._dataset.has_modes,
            found.high_quality,
            self._plane.divergence(points),
            None if comparison is None else comparison.field.gap,
        )

    def floors(self) -> dict[str, float]:
        """What real points score, and what two laws without a common place do."""
        return {"quality": self.quality_floor, "divergence": self.divergence_floor, "apart": LN2}


def _places(dataset: PointDataset) -> Tensor:
    """The modes; of data in one piece, kernels at least two deviations apart, all along it."""
    if dataset.centres is not None:
        return dataset.centres
    kernels = dataset.kernels.double()
    kept: list[int] = []
    free = torch.ones(len(kernels), dtype=torch.bool)
    for index in range(len(kernels)):
        if free[index]:
            kept.append(index)
            free &= (kernels - kernels[index]).norm(dim=1) >= 2 * dataset.kernel_std
    return dataset.kernels[kept]


class Pace:
    """Keeps something costly to a share of the time.

    Args:
        share: Of the time, between 0 and 1.
        least: Seconds between two times at least.
    """

    def __init__(self, share: float, least: float) -> None:
        self._share, self._least, self._due = share, least, 0.0

    @property
    def is_due(self) -> bool:
        """Whether it may happen again."""
        return time.perf_counter() >= self._due

    def spent(self, seconds: float) -> None:
        """Notes that it happened just now and took this long."""
        self._due = time.perf_counter() + max(self._least, seconds / self._share - seconds)


def shares(field: Any) -> np.ndarray:
    """Numbers from 0 to 1 as bytes 0 to 254, and what is no number as 255."""
    values = np.asarray(field, np.float64)
    known = np.nan_to_num(values.clip(0, 1), nan=0.0) * 254
    return np.where(np.isnan(values), 255, np.rint(known)).astype(np.uint8)
