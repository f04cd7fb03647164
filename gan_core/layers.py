"""Building blocks the families share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class ToVector(nn.Module):
    """Flattens `(N, C, H, W)` to `(N, H * W * C)` without copying maps that lie in channels-last memory."""

    def forward(self, x: Tensor) -> Tensor:
        """The values of each position stay together."""
        return x.permute(0, 2, 3, 1).flatten(1)


class ToMap(nn.Module):
    """Unfolds `(N, side * side * channels)` to a channels-last `(N, channels, side, side)` without a copy.

    Args:
        channels: Channels of the map.
        side: Height and width of the map.
    """

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.channels, self.side = channels, side

    def forward(self, x: Tensor) -> Tensor:
        """The reverse of `ToVector`."""
        return x.view(-1, self.side, self.side, self.channels).permute(0, 3, 1, 2)


class _StatisticsApart:
    """A layer of batch statistics that can take each of several groups in one batch as a batch of its own.

    See `groups_apart`.

    Attributes:
        groups: Equal parts of the batch whose statistics are kept apart.
    """

    groups = 1

    def forward(self, x: Tensor) -> Tensor:
        """The layer for `(groups * n, C, ...)`; running statistics see the groups one after the other."""
        apply: Callable[[Tensor], Tensor] = super().forward  # type: ignore[misc]
        return apply(x) if self.groups == 1 else torch.cat([apply(part) for part in x.chunk(self.groups)])


class BatchNorm1d(_StatisticsApart, nn.BatchNorm1d):
    """Batch norm of vectors whose groups can be kept apart."""


class BatchNorm2d(_StatisticsApart, nn.BatchNorm2d):
    """Batch norm of maps whose groups can be kept apart."""


class _Deviation(nn.Module):
    """See `MinibatchDeviation`."""

    running: Tensor

    def __init__(self, group_size: int = 0, copies: int = 1) -> None:
        super().__init__()
        self.group_size, self.copies = group_size, copies
        self.register_buffer("running", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            number = self.running.to(x.dtype).expand(len(x), self.copies)
            return torch.cat([x, number], dim=1)
        size = min(self.group_size or len(x), len(x))
        members = x.float().reshape(size, -1, x.shape[1])  # a group is every (len(x) / size)-th example
        variance = members.var(dim=0, correction=0)
        deviation = torch.sqrt(variance + 1e-8).mean(dim=1)  # the root's derivative is infinite at 0
        with torch.no_grad():
            self.running.lerp_(deviation.mean(), 0.1)
        number = deviation.to(x.dtype).repeat(size)[:, None].expand(-1, self.copies)
        return torch.cat([x, number], dim=1)


class MinibatchDeviation(_StatisticsApart, _Deviation):
    """Appends how much the examples of a batch differ: `(N, d)` to `(N, d + copies)`.

    The number is the standard deviation of each feature over the examples of a group, averaged over the
    features: 1/d sum_j sqrt(1/n sum_i (x_ij - mean_j)^2 + 1e-8). A generator that makes the same again and
    again gives itself away by it.

    Departs from the paper: it reads vectors. A map enters flattened, its features being the channels at every
    position as in the paper, and the paper's constant map comes out as `copies` equal numbers. In evaluation,
    where a single example has no deviation, the number is the running mean (momentum 0.1) of those seen in
    training, real and generated, as in batch norm.

    Args:
        group_size: Examples the deviation is taken over, a divisor of the batch; 0: the whole batch.
        copies: Times the number is appended.

    Source: Karras et al. 2018 (arXiv:1710.10196), section 3; groups as in its released code.
    """


class MapDeviation(MinibatchDeviation):
    """Minibatch deviation as one more map: `(N, C, H, W)` to `(N, C + 1, H, W)`, for what judges patches.

    Args:
        group_size: Examples the deviation is taken over, a divisor of the batch; 0: the whole batch.
    """

    def __init__(self, group_size: int = 0) -> None:
        super().__init__(group_size)

    def forward(self, x: Tensor) -> Tensor:
        """The maps, then the constant one."""
        number = super().forward(x.flatten(1))[:, -1:, None, None]
        return torch.cat([x, number.expand(-1, 1, *x.shape[2:])], dim=1)


def packed(x: Tensor, size: int) -> Tensor:
    """Joins each `size` examples that follow each other along their channels or coordinates.

    Args:
        x: Examples `(N, C, ...)`, or one number for each `(N,)`; N is a multiple of `size`.
        size: Examples in a pack; 1 gives x itself.

    Returns:
        `(N / size, size * C, ...)`, or `(N / size, size)` for `(N,)`.

    Source: Lin et al. 2018 (PacGAN, arXiv:1712.04086), section 3.
    """
    if size == 1:
        return x
    if x.dim() == 1:
        return x.view(-1, size)
    joined = x.reshape(len(x) // size, size * x.shape[1], *x.shape[2:])
    wide = x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last)
    return joined.contiguous(memory_format=torch.channels_last) if wide else joined


def in_company(x: Tensor, size: int) -> Tensor:
    """One pack for each example: itself, then those that follow it, from the start again after the last.

    Args:
        x: Examples `(N, C, ...)`, or one number for each `(N,)`.
        size: Examples in a pack; 1 gives x itself.

    Returns:
        `(N, size * C, ...)`, or `(N, size)` for `(N,)`.
    """
    if size == 1:
        return x
    return packed(torch.stack([x.roll(-place, 0) for place in range(size)], dim=1).flatten(0, 1), size)


@contextmanager
def groups_apart(network: nn.Module, groups: int) -> Iterator[None]:
    """Lets `network` take `groups` batches in one pass and give what it gives for each of them alone.

    One pass over real and generated examples is faster than two, but statistics of a batch that holds both
    would tell D which is which.
    """
    norms = [layer for layer in network.modules() if isinstance(layer, _StatisticsApart)]
    for layer in norms:
        layer.groups = groups
    try:
        yield
    finally:
        for layer in norms:
            layer.groups = 1


def rows_of(table: Tensor, y: Tensor) -> Tensor:
    """What a table `(num_classes, d)` holds for each example, `(N, d)`.

    Args:
        table: One row per class.
        y: Classes `(N,)` int64; or shares of the classes `(N, num_classes)` float, which mix their rows.
    """
    return y.to(table.dtype) @ table if y.is_floating_point() else F.embedding(y, table)


class ConditionalNorm(nn.Module):
    """Batch norm whose gain and shift belong to the class of each example.

    Args:
        norm: Batch norm of vectors or maps, without gain and shift of its own.
        num_classes: Number of classes; every gain starts at 1, every shift at 0.

    Source: de Vries et al. 2017 (arXiv:1707.00683), section 3; in a generator, Miyato and Koyama 2018
    (arXiv:1802.05637).
    """

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, num_classes: int) -> None:
        super().__init__()
        self.norm = norm
        self.gain = nn.Parameter(torch.ones(num_classes, norm.num_features))
        self.shift = nn.Parameter(torch.zeros(num_classes, norm.num_features))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Normalises `(N, C)` or `(N, C, H, W)`; y `(N,)` int64 or shares `(N, num_classes)` float."""
        shape = (*x.shape[:2], *(1 for _ in x.shape[2:]))
        gain, shift = (rows_of(table, y).to(x.dtype).view(shape) for table in (self.gain, self.shift))
        normalised: Tensor = self.norm(x)
        return normalised * gain + shift


class Flat(nn.Module):
    """Turns `(N, 1)` outputs into `(N,)`."""

    def forward(self, x: Tensor) -> Tensor:
        """Drops the second dimension."""
        return x.flatten()


def init_normal(module: nn.Module, std: float = 0.02) -> None:
    """DCGAN's initial weights: N(0, std^2) in convolutions and linear layers, N(1, std^2) in batch norm.

    Source: Radford et al. 2016 (arXiv:1511.06434), section 4.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0.0, std)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, std)
            nn.init.zeros_(layer.bias)


def add_spectral_norm(module: nn.Module) -> None:
    """Divides each weight of every linear, convolutional and recurrent layer by its largest singular value.

    Source: Miyato et al. 2018 (arXiv:1802.05957), algorithm 1, one power iteration per training forward pass.
    """
    for layer in list(module.modules()):
        if isinstance(layer, nn.Conv2d | nn.Linear | nn.RNNBase):
            for name in [n for n, _ in layer.named_parameters(recurse=False) if n.startswith("weight")]:
                spectral_norm(layer, name)
