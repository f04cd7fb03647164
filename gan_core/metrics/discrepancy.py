"""Maximum mean discrepancy: how far apart two samples are, without assuming any law."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_SCALES = (0.5, 1.0, 2.0)  # of the median distance: near and far differences both count


def median_bandwidth(x: Tensor, most: int = 1_000) -> float:
    """The median distance between the rows of x `(n, d)`, of which the first `most` are compared."""
    rows = x[:most].double()
    return float(torch.pdist(rows).median())


def squared_mmd(x: Tensor, y: Tensor, bandwidths: Sequence[float]) -> float:
    """The unbiased estimate of MMD^2 between the laws of two samples, averaged over Gaussian kernels.

    k(a, b) = exp(-|a - b|^2 / (2 s^2)). It is 0 on average for two samples of one law and can then fall
    below 0.

    Args:
        x: One sample `(n, d)`, n at least 2.
        y: The other `(m, d)`, m at least 2.
        bandwidths: The s of each kernel, above 0.

    Source: Gretton et al. 2012, A Kernel Two-Sample Test, equation 3; Esteban et al. 2017
    (arXiv:1706.02633), section 4.
    """
    x, y = x.double(), y.double()
    within_x, within_y, across = (torch.cdist(a, b).square() for a, b in ((x, x), (y, y), (x, y)))
    total = 0.0
    for s in bandwidths:
        kernel_x, kernel_y, kernel_xy = (torch.exp(-d / (2 * s * s)) for d in (within_x, within_y, across))
        n, m = len(x), len(y)
        same = (kernel_x.sum() - n) / (n * (n - 1)) + (kernel_y.sum() - m) / (m * (m - 1))
        total += float(same - 2 * kernel_xy.mean())
    return total / len(bandwidths)


def usual_bandwidths(reference: Tensor) -> tuple[float, ...]:
    """Half, once and twice the median distance within a reference sample `(n, d)`."""
    median = median_bandwidth(reference)
    return tuple(scale * median for scale in _SCALES)
