"""Precision, recall, density and coverage from nearest neighbours, in chunks that keep memory small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gan_core.metrics.arrays import Array, as_pair
from gan_core.settings import UserError

_CHUNK_DISTANCES = 500_000  # 4 MB of float64 at a time; a chunk needs a few such arrays
_TIE = 1 - 1e-9  # a distance equal to the radius lies outside, whatever the last bits say


class PRDC(NamedTuple):
    """How two sets overlap, seen through balls around each example that reach to its set's k-th neighbour.

    Attributes:
        precision: Share of fakes inside at least one real ball: are the fakes realistic?
        recall: Share of reals inside at least one fake ball: is all of the data within reach?
        density: Real balls a fake lies in, on average, divided by k; 1 for equal laws, can exceed 1.
        coverage: Share of real balls with a fake inside; 1 - 2^-k for equal laws: the gauge of collapse.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(real: Array, fake: Array, k: int = 5) -> PRDC:
    """Precision and recall, density and coverage of generated against real features.

    Args:
        real: Features `(N, d)` of real examples.
        fake: Features `(M, d)` of generated examples.
        k: Neighbour that sets each ball's radius, the example itself not counted.

    Raises:
        UserError: k is below 1, a set has no k neighbours to offer, or is no finite array (N, d).

    Source: Kynkäänniemi et al. 2019 (arXiv:1904.06991) for precision and recall; Naeem et al. 2020
    (arXiv:2002.09797) for density and coverage.
    """
    real_features, fake_features = as_pair(real, fake, "the real features", "the generated features")
    if k < 1 or k >= min(len(real_features), len(fake_features)):
        raise UserError(
            "k must be at least 1 and below both numbers of examples, "
            f"{len(real_features)} and {len(fake_features)}, got {k}"
        )
    centre = real_features.mean(0)  # distances keep more digits around the origin
    real_features, fake_features = real_features - centre, fake_features - centre
    real_radii, fake_radii = _squared_radii(real_features, k), _squared_radii(fake_features, k)

    balls_around_fake = torch.zeros(len(fake_features), dtype=torch.int64)
    recalled = covered = 0
    for rows, distances in _chunked_squared_distances(real_features, fake_features):
        inside_real_ball = distances < real_radii[rows, None]
        balls_around_fake += inside_real_ball.sum(0)
        covered += int(inside_real_ball.any(1).sum())
        recalled += int((distances < fake_radii).any(1).sum())
    return PRDC(
        precision=float((balls_around_fake > 0).double().mean()),
        recall=recalled / len(real_features),
        density=float(balls_around_fake.double().mean()) / k,
        coverage=covered / len(real_features),
    )


def _squared_radii(features: Tensor, k: int) -> Tensor:
    """Squared distance of each example `(N, d)` to its k-th neighbour, `(N,)`, less a touch to break ties."""
    radii = torch.empty(len(features), dtype=features.dtype)
    for rows, distances in _chunked_squared_distances(features, features):
        distances.diagonal(rows.start).fill_(torch.inf)  # no example is its own neighbour
        radii[rows] = distances.kthvalue(k, dim=1).values
    return radii * _TIE


def _chunked_squared_distances(a: Tensor, b: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Yields rows of `a` and their squared distances `(rows, M)` to all of `b`."""
    norms_a, norms_b = a.square().sum(1), b.square().sum(1)
    step = max(1, _CHUNK_DISTANCES // len(b))
    for start in range(0, len(a), step):
        rows = slice(start, start + step)
        scale = norms_a[rows, None] + norms_b
        distances = torch.addmm(scale, a[rows], b.T, alpha=-2)  # |a|^2 + |b|^2 - 2ab
        # What is below the rounding of the sum is zero: examples that are equal are at distance 0 exactly.
        yield rows, distances.masked_fill_(distances < scale.mul_(1e-14), 0.0)
