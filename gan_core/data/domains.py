"""Two domains of one data set of digits: plain ones, and others in coloured, textured scenes."""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.data.datasets import ImageDataset

SCENES_VERSION = 1  # raise it when scenes are painted differently: cached ones are then painted again
SPLIT_SEEDS = {"train": 41, "test": 42}
_HALVES_SEED = 43
_BLOCK = 4096  # scenes painted at once


def halves(dataset: ImageDataset, split: Literal["train", "test"]) -> tuple[ImageDataset, ImageDataset]:
    """Digits to show plain, and digits to put into scenes.

    Of the training split each digit is in one of them only, so that no plain digit belongs to any scene. In
    the test split, which nothing is learned from, every digit is in both.
    """
    if split == "test":
        return dataset, dataset
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(_HALVES_SEED))
    middle = len(dataset) // 2
    return dataset.subset(order[:middle]), dataset.subset(order[middle:])


def scenes(digits: Tensor, seed: int) -> Tensor:
    """Each digit in a light colour of its own, before a dark background of two colours in a pattern.

    Patterns are stripes, checks, rings and clouds, all equally likely. Ink and background have any hue; that
    the ink is the lighter of the two is what both domains have in common beside the shape.

    Args:
        digits: Light on black, `(N, 1, S, S)` uint8.
        seed: The same seed paints the same scenes.

    Returns:
        `(N, 3, S, S)` uint8.
    """
    rng = torch.Generator().manual_seed(seed)
    painted = torch.empty(len(digits), 3, *digits.shape[2:], dtype=torch.uint8)
    for start in range(0, len(digits), _BLOCK):
        part = slice(start, start + _BLOCK)
        painted[part] = _paint(digits[part].float() / 255, rng).mul(255).round().to(torch.uint8)
    return painted


def _paint(ink: Tensor, rng: torch.Generator) -> Tensor:
    """Scenes `(n, 3, S, S)` in [0, 1] around strokes `(n, 1, S, S)` in [0, 1]."""
    n = len(ink)
    u = torch.rand(8, n, generator=rng)
    hue = u[0]
    first = _colours(hue, 0.45 + 0.5 * u[1], 0.12 + 0.2 * u[2])
    second = _colours(hue + 0.3 * (u[3] - 0.5), 0.35 + 0.5 * u[4], 0.35 + 0.2 * u[5])
    strokes = _colours(u[6], 0.1 + 0.5 * u[7], torch.full((n,), 1.0))
    pattern = _patterns(n, ink.shape[-1], rng)
    ground = first + pattern * (second - first)
    return ground + ink * (strokes - ground)


def _patterns(n: int, side: int, rng: torch.Generator) -> Tensor:
    """Stripes, checks, rings or clouds `(n, 1, side, side)` in [0, 1]."""
    u = torch.rand(5, n, 1, 1, generator=rng)
    axis = torch.linspace(-1, 1, side)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    angle, waves, phase = math.pi * u[0], math.pi * (1.5 + 1.5 * u[1]), 2 * math.pi * u[2]
    along = x * angle.cos() + y * angle.sin()
    across = y * angle.cos() - x * angle.sin()
    distance = ((x - u[3] + 0.5) ** 2 + (y - u[4] + 0.5) ** 2).sqrt()
    stripes = torch.sin(waves * along + phase)
    checks = stripes * torch.sin(waves * across + phase)
    rings = torch.sin(1.5 * waves * distance + phase)
    coarse = torch.randn(n, 1, 4, 4, generator=rng)
    clouds = F.interpolate(coarse, (side, side), mode="bicubic", align_corners=True)[:, 0]
    kinds = torch.stack([stripes, checks, rings, clouds], dim=1)
    chosen = kinds[torch.arange(n), torch.randint(4, (n,), generator=rng)]
    return torch.sigmoid(3 * chosen)[:, None]


def _colours(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Red, green and blue `(n, 3, 1, 1)` in [0, 1]; a hue `(n,)` of 1 is once around the circle."""
    shift = torch.tensor([5.0, 3.0, 1.0])[:, None]
    k = (shift + 6 * hue) % 6
    share = torch.minimum(k, 4 - k).clamp(0, 1)
    return (value * (1 - saturation * share)).T[:, :, None, None]
