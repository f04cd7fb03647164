"""The Laplacian pyramid of pictures: a small one, and the detail that each doubling of its side adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class PyramidSpec:
    """The levels of a family that makes pictures from coarse to fine, the coarsest first.

    Attributes:
        sides: Height and width in pixels of each level's picture; each is twice the one before.
        parts: Where in z the noise of each level lies.
    """

    sides: tuple[int, ...]
    parts: tuple[slice, ...]


class Level(NamedTuple):
    """One level of the pyramids of N pictures: `image` is `upsampled` plus `residual`.

    The coarsest level has only `image`.
    """

    image: Tensor  # (N, C, s, s) in [-1, 1]
    upsampled: Tensor | None = None  # (N, C, s, s) in [-1, 1], of the coarser level's image
    residual: Tensor | None = None  # (N, C, s, s) in [-2, 2]


def reduce(x: Tensor) -> Tensor:
    """d(.): pictures `(N, C, s, s)` blurred by 1-3-3-1 in both directions, every second pixel kept.

    Three means of neighbouring pixels in a row are this filter; beyond the edge the last pixel repeats.

    Source: Burt and Adelson 1983, The Laplacian pyramid as a compact image code.
    """
    x = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 2, stride=1)
    return F.avg_pool2d(F.avg_pool2d(x, 2, stride=1), 2, stride=2)


def expand(x: Tensor) -> Tensor:
    """u(.): pictures `(N, C, s, s)` doubled to `(N, C, 2 s, 2 s)`, linear between pixels."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def take_apart(x: Tensor, levels: int) -> list[Level]:
    """The pyramid of pictures `(N, C, s, s)`, coarsest first: h_k = I_k - u(I_k+1) with I_k+1 = d(I_k).

    `put_together` gives back the pictures exactly, whatever d and u are.

    Args:
        x: Pictures whose side can be halved `levels - 1` times.
        levels: At least 1.

    Source: Denton et al. 2015 (arXiv:1506.05751), equation 3.
    """
    found: list[Level] = []
    for _ in range(levels - 1):
        smaller = reduce(x)
        upsampled = expand(smaller)
        found.append(Level(x, upsampled, x - upsampled))
        x = smaller
    return [Level(x), *reversed(found)]


def put_together(levels: Sequence[Level]) -> Tensor:
    """The pictures `(N, C, s, s)` of a pyramid, from its coarsest image and its residuals alone.

    Source: Denton et al. 2015 (arXiv:1506.05751), equation 4.
    """
    x = levels[0].image
    for level in levels[1:]:
        assert level.residual is not None
        x = expand(x) + level.residual
    return x
