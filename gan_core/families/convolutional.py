"""The convolutional stacks that families share: from a vector to pictures, and from pictures to features."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from torch import nn

from gan_core.layers import BatchNorm1d, BatchNorm2d, MinibatchDeviation, ToMap, ToVector
from gan_core.thin import ThinConv2d, ThinConvTranspose2d


def upward_layers(inputs: int, widths: Sequence[int], core: int, channels: int, stem: int) -> list[nn.Module]:
    """Layers from `(N, inputs)` to pictures before their last squashing, each doubling the side of the map.

    Args:
        inputs: Numbers in a vector.
        widths: Channels of the maps from the picture's side to the core.
        core: Side of the first map.
        channels: Of the pictures.
        stem: Units of a dense layer before the first map; 0: none.

    Source: Radford et al. 2016 (arXiv:1511.06434); the stem as in Chen et al. 2016 (arXiv:1606.03657).
    """
    layers = list[nn.Module]()
    if stem:
        layers += [nn.Linear(inputs, stem, bias=False), nn.BatchNorm1d(stem), nn.ReLU(inplace=True)]
        inputs = stem
    outward = widths[::-1]
    layers += [
        nn.Linear(inputs, outward[0] * core * core, bias=False),
        ToMap(outward[0], core),
        nn.BatchNorm2d(outward[0]),
        nn.ReLU(inplace=True),
    ]
    for wide, narrow in itertools.pairwise(outward):
        layers += [
            nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False),
            nn.BatchNorm2d(narrow),
            nn.ReLU(inplace=True),
        ]
    return [*layers, ThinConvTranspose2d(outward[-1], channels)]


def downward_layers(
    channels: int,
    widths: Sequence[int],
    core: int,
    head: int,
    *,
    normalise: bool = True,
    deviation_group: int | None = None,
    joined: int = 1,
) -> tuple[list[nn.Module], int]:
    """Layers from maps of `channels` channels to features `(N, d)`, each halving the side; and d.

    Args:
        channels: Of the pictures, or of packs of them.
        widths: Channels of the maps from the picture's side to the core.
        core: Side of the last map.
        head: Units of a dense layer after it; 0: none.
        normalise: Batch norm after every layer but the first.
        deviation_group: Examples over which one more feature tells how much they differ; 0: the whole batch;
            None: there is no such feature.
        joined: Maps that are put together behind the convolutions, by whoever runs the layers.

    Source: Radford et al. 2016 (arXiv:1511.06434); the head as in Chen et al. 2016 (arXiv:1606.03657).
    """
    layers: list[nn.Module] = [ThinConv2d(channels, widths[0]), nn.LeakyReLU(0.2, inplace=True)]
    for narrow, wide in itertools.pairwise(widths):
        layers.append(nn.Conv2d(narrow, wide, 4, 2, 1, bias=not normalise))
        layers += [BatchNorm2d(wide)] if normalise else []
        layers.append(nn.LeakyReLU(0.2, inplace=True))
    layers.append(ToVector())
    features = joined * widths[-1] * core * core
    if deviation_group is not None:  # one more map, which in a vector is one number at every position
        layers.append(MinibatchDeviation(deviation_group, copies=core * core))
        features += core * core
    if head:
        layers.append(nn.Linear(features, head, bias=not normalise))
        layers += [BatchNorm1d(head)] if normalise else []
        layers.append(nn.LeakyReLU(0.2, inplace=True))
        features = head
    return layers, features
