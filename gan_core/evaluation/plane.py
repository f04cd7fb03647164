"""A generator of points on a grid: how far its law is from the true one, and D from the best D."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_core.data import PointDataset
from gan_core.family import Family
from gan_core.metrics import jensen_shannon, optimal_scores, optimality_gap, without_constant

CELLS = 60  # along either axis of the fields that are shown
_FINEST = 8  # parts of a shown cell along either axis, at most, for the figures
_FLOOR_DRAWS = 5
FLOOR_SEED = 9_002
_NEGLIGIBLE = 1e-7  # mass of a cell: all below it together are less than a tenth of a percent

Field = npt.NDArray[np.float64]


class DiscriminatorField(NamedTuple):
    """D over the square the data set is shown in, beside the best D; the first axis is x, the second y.

    Attributes:
        extent: Half the side of the square, which is centred on the origin.
        scores: D, mean over each cell `(60, 60)`; without the constant its loss leaves free, if it does.
        optimal: p / (p + q) of each cell's masses `(60, 60)`; NaN where neither law has mass.
        gap: Mean |D - D*|, weighted by (p + q) / 2 on cells about as wide as the data's deviation.
        floor: The gap between 1/2, the best answer to a perfect generator, and the D* read off as many of its
            points: the share of the gap that is noise of the sample.
        shifted: Whether a constant was taken out.
    """

    extent: float
    scores: Field
    optimal: Field
    gap: float
    floor: float
    shifted: bool


@dataclass(frozen=True)
class Plane:
    """Cells about as wide as the data's own deviation, and one more for everything outside them.

    Attributes:
        dataset: Knows the true law.
        parts: Fine cells along either axis of each of the 60 shown ones.
    """

    dataset: PointDataset
    parts: int

    @classmethod
    def of(cls, dataset: PointDataset) -> Plane:
        """The grid over the square that the data set is shown in."""
        wanted = 2 * dataset.extent / dataset.kernel_std / CELLS
        return cls(dataset, min(_FINEST, max(1, math.ceil(wanted))))

    @property
    def edges(self) -> Tensor:
        """Borders of the fine cells along either axis `(60 * parts + 1,)` float64."""
        extent = self.dataset.extent
        return torch.linspace(-extent, extent, CELLS * self.parts + 1, dtype=torch.float64)

    @cached_property
    def true_masses(self) -> Field:
        """The data's probability of each fine cell, `(60 * parts,) * 2`, exactly."""
        masses: Field = self.dataset.masses(self.edges).numpy()
        return masses

    def masses(self, points: Tensor) -> Field:
        """Share of points `(N, 2)` in each fine cell; what lies outside is missing from their sum."""
        x, y = points.double().cpu().numpy().T
        edges = self.edges.numpy()
        counts, _, _ = np.histogram2d(x, y, bins=[edges, edges])
        shares: Field = counts / len(points)
        return shares

    def divergence(self, points: Tensor) -> float:
        """Jensen-Shannon divergence of points `(N, 2)` and the true law, 0 to ln 2 nats, none left out."""
        return jensen_shannon(_whole(self.true_masses), _whole(self.masses(points)))

    def divergence_floor(self, n: int) -> float:
        """What n points of the true law score, mean of five draws: above 0, as n points are no law."""
        rng = torch.Generator().manual_seed(FLOOR_SEED)
        return fmean(self.divergence(self.dataset.sample(n, rng)) for _ in range(_FLOOR_DRAWS))

    def discriminator(self, family: Family, points: Tensor) -> DiscriminatorField:
        """Compares D with the best one against the generator of the points `(N, 2)`.

        Args:
            family: Scores points, and its scores mean probabilities or odds; in evaluation mode.
            points: Generated; a few tens of thousands, as each cell's share is read off them.
        """
        p, q = self.true_masses, self.masses(points)
        scores, shifted = self._scores(family), family.score_meaning == "odds"
        if shifted:
            scores = without_constant(scores, (p + q) / 2)
        return DiscriminatorField(
            self.dataset.extent,
            self._shown(scores) / self.parts**2,
            optimal_scores(self._shown(p), self._shown(q)),
            optimality_gap(scores, p, q),
            self.gap_floor(len(points)),
            shifted,
        )

    def gap_floor(self, n: int) -> float:
        """The gap that n points of a perfect generator leave between 1/2 and the best D read off them."""
        real = self.masses(self.dataset.sample(n, torch.Generator().manual_seed(FLOOR_SEED)))
        return optimality_gap(np.full_like(real, 0.5), self.true_masses, real)

    def gap(self, family: Family, points: Tensor) -> float:
        """The gap of `discriminator` alone, with D asked only where there is mass: far less work."""
        p, q = self.true_masses, self.masses(points)
        weights = (p + q) / 2
        there = weights > _NEGLIGIBLE
        scores = self._asked(family, self._middles[torch.from_numpy(there.ravel())])
        if family.score_meaning == "odds":
            scores = without_constant(scores, weights[there])
        return optimality_gap(scores, p[there], q[there])

    @property
    def _middles(self) -> Tensor:
        """The middle of each fine cell `((60 * parts)^2, 2)` float32."""
        middles = ((self.edges[1:] + self.edges[:-1]) / 2).float()
        return torch.cartesian_prod(middles, middles)

    def _scores(self, family: Family) -> Field:
        """D in the middle of each fine cell."""
        field: Field = self._asked(family, self._middles).reshape(CELLS * self.parts, -1)
        return field

    def _asked(self, family: Family, where: Tensor) -> Field:
        """D at points `(N, 2)`, `(N,)`."""
        device = next(w.device for network in family.modules().values() for w in network.parameters())
        scores = torch.cat(
            [family.discriminator_scores(part.to(device)).cpu() for part in torch.split(where, 10_000)]
        )
        asked: Field = scores.double().numpy()
        return asked

    def _shown(self, field: Field) -> Field:
        """Sums over the parts of each shown cell `(60, 60)`."""
        blocks: Field = field.reshape(CELLS, self.parts, CELLS, self.parts).sum(axis=(1, 3))
        return blocks


def _whole(masses: Field) -> Field:
    """All cells in a row, and what lies outside them as one more."""
    whole: Field = np.append(masses.ravel(), max(0.0, 1.0 - masses.sum()))
    return whole
