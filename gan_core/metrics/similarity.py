"""Structural similarity of two pictures."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.settings import UserError

_WINDOW = 7
_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001)
_GAUSSIAN_WINDOW, _GAUSSIAN_SIGMA = 11, 1.5
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
    _check(a, b)
    luminance, structure = _comparisons(a, b)
    return (luminance * structure).flatten(1).mean(1)


def gaussian_ssim(a: Tensor, b: Tensor) -> Tensor:
    """SSIM of pairs of pictures `(N,)` as the paper defines it, from -1 to 1; 1 only for equal ones.

    Means, variances and covariance are weighed by a Gaussian window of 11 x 11 pixels, sigma 1.5, of sum 1;
    the mean is taken over all windows inside the picture and over the channels.

    Args:
        a: `(N, C, H, W)` in [-1, 1], at least 11 x 11 pixels.
        b: The same.

    Raises:
        UserError: The two differ in shape, or are too small.

    Source: Wang et al. 2004, equations 13 to 16.
    """
    _check(a, b, _GAUSSIAN_WINDOW)
    luminance, structure = _comparisons(a, b, _gaussian_mean, unbiased=1.0)
    return (luminance * structure).flatten(1).mean(1)


def psnr(a: Tensor, b: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of pairs of pictures `(N,)`, in decibels; infinite for equal ones.

    10 log10(range^2 / mean squared difference), with a range of 2.

    Args:
        a: `(N, C, H, W)` in [-1, 1].
        b: The same.

    Raises:
        UserError: The two differ in shape.
    """
    _check(a, b, 1)
    return 10 * torch.log10(4 / (a.double() - b.double()).square().flatten(1).mean(1))


def multiscale_ssim(a: Tensor, b: Tensor) -> Tensor:
    """MS-SSIM of pairs of pictures `(N,)`, from 0 to 1; 1 only for equal ones.

    Structures are compared at up to three sizes, each half the last, while windows of 7 x 7 pixels fit: three
    from 28 pixels, two from 14. Brightness is compared at the smallest. Negative structures count as 0.

    Args:
        a: `(N, C, H, W)` in [-1, 1], at least 7 x 7 pixels.
        b: The same.

    Raises:
        UserError: The two differ in shape, or are too small.

    Departs from the paper: three scales instead of five, which need 176 pixels; its weights of the first
    three, scaled to 1 in total.

    Source: Wang et al. 2003, Multiscale structural similarity for image quality assessment, equation 7.
    """
    _check(a, b)
    parts = []
    while True:
        luminance, structure = _comparisons(a, b)
        parts.append(structure.flatten(1).mean(1).clamp(min=0))
        if len(parts) == len(_SCALE_WEIGHTS) or min(a.shape[2:]) // 2 < _WINDOW:
            break
        a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
    weights = torch.tensor(_SCALE_WEIGHTS[: len(parts)], dtype=torch.float64)
    weights /= weights.sum()
    parts[-1] = (luminance * structure).flatten(1).mean(1).clamp(min=0)
    return (torch.stack(parts, dim=1) ** weights).prod(dim=1)


def _check(a: Tensor, b: Tensor, least: int = _WINDOW) -> None:
    if a.shape != b.shape or min(a.shape[2:]) < least:
        raise UserError(
            f"both pictures must have the same shape of at least {least} x {least} pixels, "
            f"got {tuple(a.shape)} and {tuple(b.shape)}"
        )


def _square_mean(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, _WINDOW, stride=1)


def _gaussian_mean(x: Tensor) -> Tensor:
    """Means under the Gaussian window, down and then across."""
    place = torch.arange(_GAUSSIAN_WINDOW, dtype=x.dtype, device=x.device) - _GAUSSIAN_WINDOW // 2
    weights = torch.exp(-place.square() / (2 * _GAUSSIAN_SIGMA**2))
    weights = weights / weights.sum()
    maps = x.flatten(0, 1)[:, None]
    maps = F.conv2d(F.conv2d(maps, weights.view(1, 1, -1, 1)), weights.view(1, 1, 1, -1))
    return maps.view(*x.shape[:2], *maps.shape[2:])


def _comparisons(
    a: Tensor,
    b: Tensor,
    mean: Callable[[Tensor], Tensor] = _square_mean,
    unbiased: float = _WINDOW**2 / (_WINDOW**2 - 1),
) -> tuple[Tensor, Tensor]:
    """Luminance, and contrast with structure, of every window: two maps `(N, C, H', W')`."""
    a, b = a.double() + 1, b.double() + 1  # black is 0, as the comparison of means wants it
    mean_a, mean_b = mean(a), mean(b)
    var_a = unbiased * (mean(a * a) - mean_a**2)
    var_b = unbiased * (mean(b * b) - mean_b**2)
    cov = unbiased * (mean(a * b) - mean_a * mean_b)
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    structure = (2 * cov + _C2) / (var_a + var_b + _C2)
    return luminance, structure
