"""Mode coverage of points drawn from a mixture whose centres are known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gan_core.metrics.arrays import Array, as_pair
from gan_core.metrics.census import LEAST_SHARE
from gan_core.metrics.histogram import Counts, class_histogram, kl_to_reference
from gan_core.settings import UserError


class ModeCoverage(NamedTuple):
    """How generated points spread over the modes of a mixture.

    Attributes:
        covered: Modes that are nearest to at least one high-quality point.
        high_quality: Share of points within 3 standard deviations of a centre; 1 - e^-4.5 = 0.989 for a
            perfect sampler of a 2-D mixture.
        reverse_kl: KL of the high-quality points' mode histogram to the uniform one, ln K - entropy, in nats;
            infinite if no point is of high quality.
        counts: High-quality points of each mode `(K,)` int64.
    """

    covered: int
    high_quality: float
    reverse_kl: float
    counts: Counts


def mode_coverage(points: Array, centres: Array, std: float) -> ModeCoverage:
    """Counts the modes that generated points reach.

    Args:
        points: Points `(N, d)`.
        centres: Centres `(K, d)` of the mixture's equally likely components.
        std: Standard deviation of each component along each axis.

    Raises:
        UserError: Points or centres are no finite arrays of the same dimension, or `std` is not above 0.

    Source: Srivastava et al. 2017, VEEGAN (arXiv:1705.07761); Lin et al. 2018, PacGAN (arXiv:1712.04086).
    """
    if std <= 0:
        raise UserError(f"std must be above 0, got {std}")
    samples, means = as_pair(points, centres, "the points", "the centres")
    distance, nearest = torch.cdist(samples, means).min(dim=1)
    good = distance < 3 * std
    counts = class_histogram(nearest[good], len(means))
    return ModeCoverage(
        covered=int((counts > 0).sum()),
        high_quality=float(good.double().mean()),
        reverse_kl=kl_to_reference(counts, np.ones(len(means))) if counts.any() else float("inf"),
        counts=counts,
    )


def modes_near(points: Array, centres: Array) -> int:
    """Modes that at least a tenth of their share of the points is nearest to, however far away they are.

    Points that gather in one place are near few modes even where they hit none.

    Args:
        points: Points `(N, d)`.
        centres: Centres `(K, d)` of the mixture's equally likely components.

    Raises:
        UserError: Points or centres are no finite arrays of the same dimension.
    """
    nearest, k = nearest_mode(points, centres), len(centres)
    counts = class_histogram(nearest, k)
    return int((counts >= max(1.0, LEAST_SHARE * len(nearest) / k)).sum())


def nearest_mode(points: Array, centres: Array) -> Tensor:
    """Number of the centre `(K, d)` that is nearest to each point `(N, d)`: `(N,)` int64.

    Raises:
        UserError: Points or centres are no finite arrays of the same dimension.
    """
    samples, means = as_pair(points, centres, "the points", "the centres")
    return torch.cdist(samples, means).argmin(dim=1)


def reverse_kl_floor(modes: int, n: int) -> float:
    """What a perfect sampler's reverse KL comes to on average, in nats, as n points are never quite even.

    Args:
        modes: Number of equally likely modes K.
        n: Number of points; the figure (K - 1) / 2n holds if there are several for each mode.

    Raises:
        UserError: A number is below 1.

    Source: Miller 1955, Note on the bias of information estimates.
    """
    if modes < 1 or n < 1:
        raise UserError(f"there must be at least 1 mode and 1 point, got {modes} and {n}")
    return (modes - 1) / (2 * n)
