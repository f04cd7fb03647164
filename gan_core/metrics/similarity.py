"""Structural similarity of two pictures."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from gan_core.settings import UserError

_WINDOW = 7
_C1, _C2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2  # the paper's, for a range of 2


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """SSIM of pairs of pictures `(N,)`, from -1 to 1; 1 only for equal ones.

    Mean over all windows of 7 x 7 pixels, which weigh alike, and over the channels.

    Args:
        a: `(N, C, H, W)` in [-1, 1], at least 7 x 7 pixels.
        b: The same.

    Raises:
        UserError: The two differ in shape, or are too small.

    Departs from the paper: square windows instead of a Gaussian of 11 x 11, which pictures of 16 pixels are
    too small for.

    Source: Wang et al. 2004, Image quality assessment: from error visibility to structural similarity,
    equation 13.
    """
    if a.shape != b.shape or min(a.shape[2:]) < _WINDOW:
        raise UserError(
            f"both pictures must have the same shape of at least {_WINDOW} x {_WINDOW} pixels, "
            f"got {tuple(a.shape)} and {tuple(b.shape)}"
        )

    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, _WINDOW, stride=1)

    a, b = a.double() + 1, b.double() + 1  # black is 0, as the comparison of means wants it
    mean_a, mean_b = mean(a), mean(b)
    count = _WINDOW**2
    unbiased = count / (count - 1)
    var_a = unbiased * (mean(a * a) - mean_a**2)
    var_b = unbiased * (mean(b * b) - mean_b**2)
    cov = unbiased * (mean(a * b) - mean_a * mean_b)
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    structure = (2 * cov + _C2) / (var_a + var_b + _C2)
    return (luminance * structure).flatten(1).mean(1)
