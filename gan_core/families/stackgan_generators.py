"""What StackGAN draws with: conditions near a sentence, a sketch from them, a picture from both."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.families.stackgan_parts import CORE
from gan_core.layers import ToMap
from gan_core.thin import ThinConvTranspose2d

_WIDEST = 8  # thirds of the width: channels of the smallest maps of Stage II


class Augmented(NamedTuple):
    """A condition drawn near a sentence, and the law it was drawn from."""

    condition: Tensor  # (N, condition_dims)
    mean: Tensor  # (N, condition_dims)
    log_variance: Tensor  # (N, condition_dims)


class ConditioningAugmentation(nn.Module):
    """c = mean(t) + deviation(t) * e with e ~ N(0, 1): a cloud of conditions for each sentence.

    Mean and deviation are made by one hidden layer.

    Args:
        text_dims: Numbers in a sentence's embedding t.
        condition_dims: Numbers in c.

    Source: Zhang et al. 2017 (arXiv:1612.03242), section 3.2.
    """

    def __init__(self, text_dims: int, condition_dims: int) -> None:
        super().__init__()
        self.law = nn.Sequential(
            nn.Linear(text_dims, 2 * text_dims), nn.LeakyReLU(0.2),
            nn.Linear(2 * text_dims, 2 * condition_dims),
        )  # fmt: skip

    def forward(self, embedding: Tensor, noise: Tensor) -> Augmented:
        """Conditions for embeddings `(N, text_dims)` and noise e `(N, condition_dims)`."""
        mean, log_variance = self.law(embedding).chunk(2, dim=1)
        condition = mean + torch.exp(0.5 * log_variance) * noise.to(mean.dtype)
        return Augmented(condition, mean, log_variance)


def standard_normal_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) in nats, summed over `(N, d)`'s dimensions, averaged over the batch.

    Source: Zhang et al. 2017 (arXiv:1612.03242), equation 2.
    """
    mean, log_variance = mean.float(), log_variance.float()
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()


class SketchGenerator(nn.Module):
    """Stage I: a sentence and z to a sketch.

    Args:
        shape: Of a sketch `(C, h, h)`.
        width: Channels of the last map; they double with every halving back to 4 pixels.
        text_dims: Numbers in a sentence's embedding.
        condition_dims: Numbers in the augmented condition.
        z_dim: Numbers in z.
    """

    def __init__(
        self, shape: tuple[int, ...], width: int, text_dims: int, condition_dims: int, z_dim: int
    ) -> None:
        super().__init__()
        doublings = int(math.log2(shape[-1] // CORE))
        widths = [width * 2**level for level in range(doublings, -1, -1)]
        self.augmentation = ConditioningAugmentation(text_dims, condition_dims)
        layers: list[nn.Module] = [
            nn.Linear(condition_dims + z_dim, widths[0] * CORE * CORE, bias=False), ToMap(widths[0], CORE),
            nn.BatchNorm2d(widths[0]), nn.ReLU(),
        ]  # fmt: skip
        for wide, narrow in itertools.pairwise(widths):
            layers += [
                nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()
            ]  # fmt: skip
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, shape[0], 3, 1, 1), nn.Tanh())

    def forward(self, z: Tensor, embedding: Tensor, noise: Tensor) -> tuple[Tensor, Augmented]:
        """Sketches `(N, C, h, h)` and the conditions they were made from."""
        augmented = self.augmentation(embedding, noise)
        sketch: Tensor = self.layers(torch.cat([z.to(embedding.dtype), augmented.condition], dim=1))
        return sketch, augmented


class Residual(nn.Module):
    """x + F(x) with two 3x3 convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return F.relu(x + self.change(x))


class PictureGenerator(nn.Module):
    """Stage II: a sketch and its sentence again to a picture four times as large.

    The sketch is reduced to 4 pixels, where the sentence joins it; on the way back up, the maps of the way
    down are added at each size, so that places are kept to the pixel.

    Args:
        shape: Of a sketch `(C, h, h)`.
        width: Channels of the maps at the sketch's size; smaller maps have twice or 8/3 times as many.
        blocks: Residual blocks at each size up to the sketch's.
        text_dims: Numbers in a sentence's embedding.
        condition_dims: Numbers in the augmented condition.
    """

    def __init__(
        self, shape: tuple[int, ...], width: int, blocks: int, text_dims: int, condition_dims: int
    ) -> None:
        super().__init__()
        levels = range(int(math.log2(shape[-1] // CORE)) + 1)
        widths = [min(width * 2**level, _WIDEST * width // 3) for level in levels]
        deepest, told = widths[-1], widths[-1] // 2
        self.augmentation = ConditioningAugmentation(text_dims, condition_dims)
        self.telling = nn.Sequential(
            nn.Linear(condition_dims, told * CORE * CORE), ToMap(told, CORE), nn.ReLU()
        )
        self.seeing = nn.Sequential(nn.Conv2d(shape[0], width, 3, 1, 1), nn.ReLU())
        self.reducing = nn.ModuleList(
            nn.Sequential(nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU())
            for narrow, wide in itertools.pairwise(widths)
        )
        self.joining = nn.Sequential(
            nn.Conv2d(deepest + told, deepest, 3, 1, 1, bias=False), nn.BatchNorm2d(deepest), nn.ReLU(),
            *(Residual(deepest) for _ in range(blocks)),
        )  # fmt: skip
        self.enlarging = nn.ModuleList(
            nn.Sequential(nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow))
            for narrow, wide in reversed(list(itertools.pairwise(widths)))
        )
        self.correcting = nn.ModuleList(
            nn.Sequential(nn.ReLU(), *(Residual(narrow) for _ in range(blocks)))
            for narrow in reversed(widths[:-1])
        )
        self.painting = nn.Sequential(
            nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(width // 2), nn.ReLU(),
            ThinConvTranspose2d(width // 2, shape[0]), nn.Tanh(),
        )  # fmt: skip

    def forward(self, sketch: Tensor, embedding: Tensor, noise: Tensor) -> tuple[Tensor, Augmented]:
        """Pictures `(N, C, 4h, 4h)` and the conditions they were made from."""
        augmented = self.augmentation(embedding, noise)
        seen = [self.seeing(sketch)]
        for reduce in self.reducing:
            seen.append(reduce(seen[-1]))
        told = self.telling(augmented.condition)
        maps = self.joining(torch.cat([seen.pop(), told.to(seen[-1].dtype if seen else told.dtype)], dim=1))
        for enlarge, correct in zip(self.enlarging, self.correcting, strict=True):
            maps = correct(enlarge(maps) + seen.pop())
        picture: Tensor = self.painting(maps)
        return picture, augmented
