"""What one sees in a picture, as numbers: brightness, thickness, slant and width of strokes, the class."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan_core.family import Family
from gan_core.images import border, fit_to

TRAITS = ("brightness", "thickness", "slant", "width")
_EMPTY = 1e-3  # mean ink below which a picture has no strokes to measure


def measure(x: Tensor) -> Tensor:
    """The traits of images `(N, C, H, W)` in [-1, 1] as `(N, 4)`, in the order of `TRAITS`.

    Brightness is the mean, 0 to 1. Strokes are what differs from the border's median. Thickness is twice
    their area by their outline, in pixels: w for a long stroke of width w. Slant is the lean of the upright
    axis, in degrees, positive to the right, from second moments. Width is the standard deviation of the
    strokes across that axis, in pixels, once they are set upright: leaning makes nothing wider.
    """
    grey = (x.detach().mean(1) + 1) / 2
    ink = _ink(grey)
    return torch.stack([grey.mean((1, 2)), _thickness(ink), *_slant_and_width(ink)], dim=1)


def _ink(grey: Tensor) -> Tensor:
    """Difference `(N, H, W)`, 0 to 1, of grey values from the median of their border."""
    return (grey - border(grey).median(1).values[:, None, None]).abs()


def _thickness(ink: Tensor) -> Tensor:
    """Twice the area by the outline, whose length is the sum of all slopes, `(N,)`."""
    padded = torch.nn.functional.pad(ink, (1, 1, 1, 1))
    down = padded[:, 1:, :-1] - padded[:, :-1, :-1]
    right = padded[:, :-1, 1:] - padded[:, :-1, :-1]
    outline = torch.sqrt(down.square() + right.square()).sum((1, 2))
    return 2 * ink.sum((1, 2)) / outline.clamp_min(_EMPTY)


def _slant_and_width(ink: Tensor) -> tuple[Tensor, Tensor]:
    """The shear that would set the strokes upright, in degrees, and their deviation across it, in pixels.

    Both are `(N,)`, and 0 for an empty picture.
    """
    n, height, width = ink.shape
    y, x = torch.meshgrid(
        torch.arange(height, dtype=ink.dtype, device=ink.device),
        torch.arange(width, dtype=ink.dtype, device=ink.device),
        indexing="ij",
    )
    mass = ink.sum((1, 2)).clamp_min(_EMPTY)
    centre_x, centre_y = (ink * x).sum((1, 2)) / mass, (ink * y).sum((1, 2)) / mass
    dx, dy = x - centre_x.view(n, 1, 1), centre_y.view(n, 1, 1) - y  # dy grows upwards
    across, along = (ink * dx * dy).sum((1, 2)), (ink * dy.square()).sum((1, 2)).clamp_min(_EMPTY)
    slant = torch.atan2(across, along) * (180 / math.pi)
    spread = ((ink * dx.square()).sum((1, 2)) - across.square() / along).clamp_min(0) / mass
    empty = ink.mean((1, 2)) < _EMPTY
    return slant.masked_fill(empty, 0.0), spread.sqrt().masked_fill(empty, 0.0)


def class_shares(judge: Family, x: Tensor) -> Tensor:
    """Probabilities `(N, num_classes)` a classifier gives images `(N, C, H, W)` of any size, in [-1, 1]."""
    return judge.class_logits(fit_to(x, judge.data.shape)).softmax(dim=1)
