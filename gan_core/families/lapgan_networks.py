"""The networks of LAPGAN: a plain pair for the coarsest pictures, conditional ones for detail."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.families.convolutional import downward_layers
from gan_core.layers import BatchNorm1d, BatchNorm2d, MinibatchDeviation, ToMap, ToVector

PLANES = 4  # over which a linear layer spreads noise and class
EDGE = 0.95  # l is kept this far from the ends of the range, where atanh is infinite


def _shares(y: Tensor, num_classes: int) -> Tensor:
    """Classes `(N,)` int64 as one-hot rows; shares of classes `(N, num_classes)` stay as they are."""
    return y if y.is_floating_point() else F.one_hot(y, num_classes).float()


class BaseGenerator(nn.Module):
    """G_1: a dense stem and two convolutions from z, and the class, to a small picture.

    Args:
        shape: `(C, s, s)` of the pictures.
        width: Channels of the maps.
        stem: Units of the dense layer before the first map.
        z_dim: Numbers in z.
        num_classes: Classes it is told; 0: none.
    """

    def __init__(self, shape: tuple[int, ...], width: int, stem: int, z_dim: int, num_classes: int) -> None:
        super().__init__()
        channels, side, _ = shape
        self.num_classes = num_classes
        self.layers = nn.Sequential(
            nn.Linear(z_dim + num_classes, stem, bias=False), nn.BatchNorm1d(stem), nn.ReLU(inplace=True),
            nn.Linear(stem, width * side * side, bias=False), ToMap(width, side),
            nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, channels, 3, padding=1), nn.Tanh(),
        )  # fmt: skip

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Pictures `(N, C, s, s)` in [-1, 1] of z `(N, z_dim)`."""
        told = z if y is None else torch.cat([z, _shares(y, self.num_classes)], dim=1)
        picture: Tensor = self.layers(told)
        return picture


class DetailGenerator(nn.Module):
    """G_k: adds to an upsampled picture l what its side of s pixels can show more.

    Three convolutions at half the side, where each square of 2 x 2 pixels is four channels. Beside them lie
    planes which a linear layer makes of the noise and the class.

    Args:
        shape: `(C, s, s)` of the pictures.
        width: Channels of the maps.
        z_dim: Numbers in z; s * s if `pixelwise`.
        num_classes: Classes it is told; 0: none.
        pixelwise: z is a plane of its own, a number for every pixel.
    """

    def __init__(
        self, shape: tuple[int, ...], width: int, z_dim: int, num_classes: int, *, pixelwise: bool
    ) -> None:
        super().__init__()
        channels, self.side, _ = shape
        self.num_classes, self.pixelwise = num_classes, pixelwise
        told = num_classes + (0 if pixelwise else z_dim)
        planes = PLANES if told else 0
        self.spread = nn.Linear(told, planes * (self.side // 2) ** 2) if told else None
        inputs = 4 * channels + planes + (4 if pixelwise else 0)
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, 4 * channels, 3, padding=1),
        )  # fmt: skip

    def forward(self, z: Tensor, low: Tensor, y: Tensor | None = None) -> Tensor:
        """Pictures l + h `(N, C, s, s)` in (-1, 1), float32, of z `(N, z_dim)` and l `(N, C, s, s)`."""
        half = self.side // 2
        maps = [F.pixel_unshuffle(low, 2)]
        told = [] if self.pixelwise else [z]
        if self.pixelwise:
            maps.append(F.pixel_unshuffle(z.view(-1, 1, self.side, self.side), 2))
        if y is not None:
            told.append(_shares(y, self.num_classes))
        if self.spread is not None:
            maps.append(self.spread(torch.cat(told, dim=1)).view(-1, PLANES, half, half))
        change = F.pixel_shuffle(self.layers(torch.cat(maps, dim=1)), 2)
        return torch.tanh(torch.atanh(low.float().clamp(-EDGE, EDGE)) + change.float())


class Look(NamedTuple):
    """How a level's D looks at its pictures.

    Attributes:
        packing: Pictures it judges together.
        normalise: Batch norm after every layer but the first.
        deviation_group: See `downward_layers`.
    """

    packing: int
    normalise: bool
    deviation_group: int | None


def base_trunk(shape: tuple[int, ...], width: int, head: int, look: Look) -> list[nn.Module]:
    """D_1's layers from pictures `(N, C, s, s)`, or packs of them, to features `(N, head)`."""
    channels, side, _ = shape
    core, normalise = (side + 1) // 2, look.normalise
    layers: list[nn.Module] = [
        nn.Conv2d(look.packing * channels, width // 2, 3, padding=1), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(width // 2, width, 3, 2, 1, bias=not normalise),
        *([BatchNorm2d(width)] if normalise else []),
        nn.LeakyReLU(0.2, inplace=True), ToVector(),
    ]  # fmt: skip
    features = width * core * core
    if look.deviation_group is not None:
        layers.append(MinibatchDeviation(look.deviation_group, copies=core * core))
        features += core * core
    layers += [nn.Linear(features, head, bias=not normalise), *([BatchNorm1d(head)] if normalise else [])]
    return [*layers, nn.LeakyReLU(0.2, inplace=True)]


def detail_trunk(shape: tuple[int, ...], width: int, head: int, look: Look) -> list[nn.Module]:
    """D_k's layers from pictures beside their l, `(N, 2 C, s, s)`, or packs of both, to `(N, head)`."""
    channels, side, _ = shape
    halvings = next(n for n in (3, 2, 1) if side % 2**n == 0 and side // 2**n >= 4)
    widths = [width * 2**level for level in range(halvings)]
    return downward_layers(
        2 * look.packing * channels, widths, side // 2**halvings, head,
        normalise=look.normalise, deviation_group=look.deviation_group,
    )[0]  # fmt: skip
