"""Which modes of one domain a translation takes the modes of another one to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gan_core.metrics.arrays import Array, as_pair
from gan_core.settings import UserError

REACHED = 0.05  # of a source mode's points, that make it reach a target mode


class ModeMatch(NamedTuple):
    """Where the points of each source mode land among the target modes.

    Attributes:
        shares: Share of each source mode's points within 3 standard deviations of each target mode
            `(K_source, K_target)`; what lands nowhere is missing from a row's sum.
        covered: Target modes that some source mode reaches.
        own: Source modes that reach at least one target mode and share none with another source mode.
        collapsed: Target modes that several source modes reach.
        sharp: Share of all points within 3 standard deviations of some target mode.
    """

    shares: NDArray[np.float64]
    covered: int
    own: int
    collapsed: int
    sharp: float


def match_modes(points: Array, sources: Array, centres: Array, std: float) -> ModeMatch:
    """Counts which source mode lands at which target mode; one reaches the other with 5 % of its points.

    Args:
        points: Translated points `(N, d)`.
        sources: Source mode of each, `(N,)`, from 0; all numbers up to the largest occur.
        centres: Centres of the target modes `(K, d)`.
        std: Standard deviation of a target mode along each axis.

    Raises:
        UserError: The arrays do not belong together, or `std` is not above 0.

    Source: the question is that of Kim et al. 2017 (arXiv:1703.05192), section 3.2, which answers it by a
    picture.
    """
    if std <= 0:
        raise UserError(f"std must be above 0, got {std}")
    samples, means = as_pair(points, centres, "the translated points", "the centres")
    start = torch.as_tensor(sources).cpu().long()
    if start.shape != samples.shape[:1] or not len(start):
        raise UserError(
            f"each of {len(samples)} points needs the number of its source mode, got {tuple(start.shape)}"
        )
    distance, nearest = torch.cdist(samples, means).min(dim=1)
    sharp = distance < 3 * std
    counts = torch.zeros(int(start.max()) + 1, len(means), dtype=torch.float64)
    counts.index_put_((start[sharp], nearest[sharp]), torch.ones(int(sharp.sum()), dtype=torch.float64), True)
    shares = (counts / torch.bincount(start).clamp_min(1)[:, None]).numpy()
    reached = shares >= REACHED
    contested = reached.sum(axis=0) > 1
    return ModeMatch(
        shares=shares,
        covered=int(reached.any(axis=0).sum()),
        own=int((reached.any(axis=1) & ~(reached & contested).any(axis=1)).sum()),
        collapsed=int(contested.sum()),
        sharp=float(sharp.double().mean()),
    )
