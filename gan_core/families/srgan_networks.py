"""The networks of SRGAN: residual blocks that enlarge, and the layers of a judge of the enlarged."""

from __future__ import annotations

import math

from torch import Tensor, nn

from gan_core.layers import MinibatchDeviation, ToVector

_OUTER = 9  # kernel of the first and the last convolution


class _Block(nn.Module):
    """Two convolutions whose result is added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.PReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Maps `(N, C, H, W)` to as many."""
        maps: Tensor = x + self.change(x)
        return maps


class Doubling(nn.Sequential):
    """Maps `(N, C, H, W)` to `(N, C, 2 H, 2 W)`: four numbers for each pixel become a square of four pixels.

    Source: Shi et al. 2016 (arXiv:1609.05158), equation 4.
    """

    def __init__(self, width: int) -> None:
        super().__init__(nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU())


class Enlarger(nn.Module):
    """Residual blocks at the size of the small picture, then one doubling or two.

    Args:
        channels: Of the pictures.
        width: Of the maps.
        blocks: Residual blocks.
        scale: 2 or 4.
    """

    def __init__(self, channels: int, width: int, blocks: int, scale: int) -> None:
        super().__init__()
        doublings = round(math.log2(scale))
        self.head = nn.Sequential(nn.Conv2d(channels, width, _OUTER, padding=_OUTER // 2), nn.PReLU())
        self.blocks = nn.Sequential(
            *(_Block(width) for _ in range(blocks)),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip
        self.doublings = nn.Sequential(*(Doubling(width) for _ in range(doublings)))
        self.tail = nn.Sequential(nn.Conv2d(width, channels, _OUTER, padding=_OUTER // 2), nn.Tanh())
        outer = _OUTER // 2 * (1 + 1 / scale)
        # How far away, in pixels of the small picture, a pixel can still matter.
        self.reach = math.ceil(outer + 2 * blocks + 1 + sum(0.5**level for level in range(doublings)))

    def forward(self, low_res: Tensor) -> Tensor:
        """Pictures `(N, C, scale H, scale W)` in [-1, 1] of small ones `(N, C, H, W)`."""
        maps = self.head(low_res)
        picture: Tensor = self.tail(self.doublings(maps + self.blocks(maps)))
        return picture


def judging_layers(
    channels: int, width: int, halvings: int, core: int, head: int, deviation_group: int | None
) -> list[nn.Module]:
    """D's layers from pictures to features `(N, head)`: at each size a convolution, then one of stride 2.

    Before the dense layer the minibatch deviation is told, unless its group is None.

    There is no batch norm: true and enlarged pictures go through D in batches of their own, and what all
    enlarged ones have in common, that they are blurred, is what each batch's own mean would take away.
    """
    layers: list[nn.Module] = []
    for _ in range(halvings):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.LeakyReLU(0.2)]
        layers += [nn.Conv2d(width, width, 3, 2, 1), nn.LeakyReLU(0.2)]
        channels, width = width, 2 * width
    cells, inputs = core * core, channels * core * core
    layers.append(ToVector())
    if deviation_group is not None:
        layers.append(MinibatchDeviation(deviation_group, copies=cells))
        inputs += cells
    return [*layers, nn.Linear(inputs, head), nn.LeakyReLU(0.2)]
