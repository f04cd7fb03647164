"""The networks of pix2pix: a U-Net that reads the condition image, and a judge of patches."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from gan_core.layers import BatchNorm2d, MapDeviation, ToMap, ToVector
from gan_core.thin import ThinConv2d, ThinConvTranspose2d


class UNet(nn.Module):
    """Encoder and decoder of the same shape; each decoder layer also reads the encoder's map of its size.

    Args:
        channels_in: Channels of the condition image.
        channels_out: Channels of the picture.
        widths: Channels of the encoder's maps, from the image side to the core.
        core: Side of the core map in pixels.
        code_width: Numbers that sum up the condition where the noise joins.
        z_dim: Numbers in z.
    """

    def __init__(
        self, channels_in: int, channels_out: int, widths: list[int], core: int, code_width: int, z_dim: int
    ) -> None:
        super().__init__()
        self.down = nn.ModuleList([nn.Sequential(ThinConv2d(channels_in, widths[0]), nn.LeakyReLU(0.2))])
        for narrow, wide in itertools.pairwise(widths):
            self.down.append(
                nn.Sequential(
                    nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2)
                )
            )
        cells = core * core
        self.summary = nn.Sequential(
            ToVector(), nn.Linear(widths[-1] * cells, code_width, bias=False), nn.BatchNorm1d(code_width),
            nn.ReLU(),
        )  # fmt: skip
        self.core = nn.Sequential(
            nn.Linear(code_width + z_dim, widths[-1] * cells, bias=False), ToMap(widths[-1], core),
            nn.BatchNorm2d(widths[-1]), nn.ReLU(),
        )  # fmt: skip
        self.up = nn.ModuleList()
        for wide, narrow in itertools.pairwise(widths[::-1]):
            self.up.append(
                nn.Sequential(
                    nn.ConvTranspose2d(2 * wide, narrow, 4, 2, 1, bias=False),
                    nn.BatchNorm2d(narrow),
                    nn.ReLU(),
                )
            )
        self.to_picture = nn.Sequential(ThinConvTranspose2d(2 * widths[0], channels_out), nn.Tanh())

    def forward(self, z: Tensor, x_condition: Tensor) -> Tensor:
        """Pictures `(N, channels_out, H, W)` of z `(N, z_dim)` and conditions `(N, channels_in, H, W)`."""
        maps, x = list[Tensor](), x_condition
        for layer in self.down:
            x = layer(x)
            maps.append(x)
        code = self.summary(x)
        x = self.core(torch.cat([code, z.to(code.dtype)], dim=1))
        for layer in self.up:
            x = layer(torch.cat([x, maps.pop().to(x.dtype)], dim=1))
        picture: Tensor = self.to_picture(torch.cat([x, maps.pop().to(x.dtype)], dim=1))
        return picture


class PatchJudge(nn.Sequential):
    """Raw outputs `(N, P)`, one for each of P overlapping patches of picture and condition.

    Args:
        channels: Channels of both together, or of a pack of both.
        width: Channels after the first layer.
        layers: Strided layers; a patch has 10, 22 or 46 pixels.
        normalise: Batch norm after the first layer.
        deviation_group: Examples over which one more map before the last layer tells how much they differ;
            0: the whole batch; None: there is no such map.
    """

    def __init__(
        self, channels: int, width: int, layers: int, *, normalise: bool, deviation_group: int | None
    ) -> None:
        parts: list[nn.Module] = [ThinConv2d(channels, width), nn.LeakyReLU(0.2)]
        for _ in range(layers - 1):
            parts.append(nn.Conv2d(width, 2 * width, 4, 2, 1, bias=not normalise))
            parts += [BatchNorm2d(2 * width)] if normalise else []
            parts.append(nn.LeakyReLU(0.2))
            width *= 2
        told = deviation_group is not None
        parts += [MapDeviation(deviation_group or 0)] if told else []
        super().__init__(*parts, nn.Conv2d(width + told, 1, 4, 1, 1), nn.Flatten())

    def judge(self, x: Tensor, x_condition: Tensor) -> Tensor:
        """Outputs for pictures x `(N, C, H, W)` of conditions `(N, C', H, W)`, or for packs of both."""
        patches: Tensor = self(torch.cat([x, x_condition.to(x.dtype)], dim=1))
        return patches
