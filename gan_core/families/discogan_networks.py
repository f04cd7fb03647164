"""Networks of DiscoGAN: translators of images and of points, and their discriminators."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_core.dense_layers import dense
from gan_core.layers import MinibatchDeviation, ToMap, ToVector
from gan_core.thin import ThinConv2d, ThinConvTranspose2d

GROUPS = 4  # of channels that are normalised together


class Residual(nn.Module):
    """x plus two 3x3 convolutions of it.

    Source: He et al. 2016 (arXiv:1512.03385).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.GroupNorm(GROUPS, channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1), nn.GroupNorm(GROUPS, channels),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Maps like x `(N, C, H, W)`."""
        changed: Tensor = self.change(x)
        return x + changed


class ImageTranslator(nn.Module):
    """Two halvings, residual blocks, two doublings; no connection goes past the core.

    Args:
        channels_in: Channels of the given image.
        channels_out: Channels of the image made.
        width: Channels next to the images.
        core: Side of the core map.
        blocks: Residual blocks.
        z_in: Numbers that join at the core; 0: none.
        z_out: Numbers read out of the core; 0: none.
    """

    def __init__(
        self, channels_in: int, channels_out: int, width: int, core: int, blocks: int, z_in: int, z_out: int
    ) -> None:
        super().__init__()
        wide = 2 * width
        self.down = nn.Sequential(
            ThinConv2d(channels_in, width), nn.LeakyReLU(0.2),
            nn.Conv2d(width, wide, 4, 2, 1), nn.GroupNorm(GROUPS, wide), nn.LeakyReLU(0.2),
        )  # fmt: skip
        self.join = nn.Sequential(nn.Linear(z_in, wide * core * core), ToMap(wide, core)) if z_in else None
        self.core = nn.Sequential(*(Residual(wide) for _ in range(blocks)))
        self.read = nn.Sequential(ToVector(), nn.Linear(wide * core * core, z_out)) if z_out else None
        self.up = nn.Sequential(
            nn.ConvTranspose2d(wide, width, 4, 2, 1), nn.GroupNorm(GROUPS, width), nn.ReLU(),
            ThinConvTranspose2d(width, channels_out), nn.Tanh(),
        )  # fmt: skip

    def forward(self, x: Tensor, z: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """The image made `(N, channels_out, S, S)` and what was read `(N, z_out)`."""
        maps = self.down(x)
        if self.join is not None:
            maps = maps + self.join(z)
        maps = self.core(maps)
        return self.up(maps), None if self.read is None else self.read(maps)


class PointTranslator(nn.Module):
    """Dense layers from the plane to the plane, as in the paper: three, with ReLU.

    Args:
        width: Units of a layer.
        z_in: Numbers beside the point; 0: none.
        z_out: Numbers read out of it; 0: none.
    """

    def __init__(self, width: int, z_in: int, z_out: int) -> None:
        super().__init__()
        self.layers = dense((2 + z_in, width, width, 2 + z_out), "relu")

    def forward(self, x: Tensor, z: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Points `(N, 2)` and what was read `(N, z_out)`."""
        made = self.layers(x if z is None else torch.cat([x, z.to(x.dtype)], dim=1))
        return made[:, :2], made[:, 2:] if made.shape[1] > 2 else None


class Judge(nn.Module):
    """A discriminator that also tells what it saw on the way.

    Args:
        layers: Each ends in an activation, whose outputs are the features.
        features: Numbers in the last of them.
        deviation_group: Examples over which one more feature tells how much they differ; 0: the whole batch;
            None: there is no such feature.
    """

    def __init__(self, layers: Sequence[nn.Module], features: int, deviation_group: int | None) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        told = deviation_group is not None
        self.deviation = MinibatchDeviation(deviation_group or 0) if told else nn.Identity()
        self.output = nn.Linear(features + told, 1)

    def verdict(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Raw outputs `(N,)`, and the outputs of each layer."""
        seen = []
        for layer in self.layers:
            x = layer(x)
            seen.append(x)
        return self.output(self.deviation(x.flatten(1))).flatten(), seen

    def forward(self, x: Tensor) -> Tensor:
        """Raw outputs `(N,)`."""
        return self.verdict(x)[0]


def image_judge(channels: int, width: int, core: int, deviation_group: int | None) -> Judge:
    """Three strided convolutions down to half the core's side, rounded up."""
    wide, side = 2 * width, -(-core // 2)
    layers = [
        nn.Sequential(ThinConv2d(channels, width), nn.LeakyReLU(0.2)),
        nn.Sequential(nn.Conv2d(width, wide, 4, 2, 1), nn.LeakyReLU(0.2)),
        nn.Sequential(nn.Conv2d(wide, 2 * wide, 3, 2, 1), nn.LeakyReLU(0.2)),
    ]
    return Judge(layers, 2 * wide * side * side, deviation_group)


def point_judge(coordinates: int, width: int, deviation_group: int | None) -> Judge:
    """Five dense layers with ReLU, as in the paper, on points or packs of them."""
    sizes = (coordinates, width, width, width, width)
    layers = [nn.Sequential(nn.Linear(a, b), nn.ReLU()) for a, b in itertools.pairwise(sizes)]
    return Judge(layers, width, deviation_group)
