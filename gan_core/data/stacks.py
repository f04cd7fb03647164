"""Colour images of three independent digits each: a data set whose modes are many and can be counted."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data.datasets import ImageDataset

CHANNELS = 3
_TRAIN_STACKS = 128_000  # as many as in the published experiments
_TEST_STACKS = 10_000
_LARGEST_BYTES = 400_000_000  # of large images there are fewer


def drawn_numbers(available: int, n: int, rng: torch.Generator) -> Tensor:
    """Numbers, below `available`, of the images that become the channels of n stacks, `(n, 3)` int64."""
    return torch.randint(available, (n, CHANNELS), generator=rng)


def stacked(images: Tensor, numbers: Tensor) -> Tensor:
    """Colour images whose red, green and blue are grey images.

    Args:
        images: Grey images `(N, 1, H, W)` uint8.
        numbers: Which of them become the channels of each stack, `(n, 3)` int64.

    Returns:
        `(n, 3, H, W)` uint8.
    """
    return images[:, 0][numbers]


def stack_images(name: str, source: ImageDataset, *, training: bool) -> ImageDataset:
    """The stacked data set of a grey one, always the same: 1,000 equally likely modes if it has ten classes.

    The stacks carry no labels: their classes are the combinations of those of their channels.

    Departs from the paper: training stacks are drawn from training images only, so that others are unseen.

    Args:
        name: Name of the stacked data set.
        source: Grey images.
        training: 128,000 stacks, fewer if they would not fit into 400 MB; otherwise 10,000.

    Source: Metz et al. 2017 (arXiv:1611.02163), section 3.3.1; numbers of stacks as in Srivastava et al. 2017
    (VEEGAN, arXiv:1705.07761).
    """
    bytes_each = CHANNELS * source.images[0, 0].numel()
    count = min(_TRAIN_STACKS if training else _TEST_STACKS, _LARGEST_BYTES // bytes_each)
    numbers = drawn_numbers(len(source), count, torch.Generator().manual_seed(0 if training else 1))
    return ImageDataset(name, stacked(source.images, numbers))
