"""Building blocks of dense networks on points."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "tanh": nn.Tanh,
    "elu": nn.ELU,
}


def activation(name: str) -> nn.Module:
    """A fresh activation layer; leaky_relu has slope 0.2 (Radford et al. 2016, arXiv:1511.06434)."""
    return nn.LeakyReLU(0.2) if name == "leaky_relu" else ACTIVATIONS[name]()


class Waves(nn.Module):
    """Coordinates beside their sines and cosines in octaves: `(N, d)` to `(N, d * (1 + 2 * octaves))`.

    x, sin x, cos x, sin 2x, cos 2x, sin 4x, ...: dense layers learn what varies over a hundredth of the
    range as soon as what varies over all of it.

    Source: Tancik et al. 2020 (arXiv:2006.10739), section 3; octaves as in Mildenhall et al. 2020
    (arXiv:2003.08934), equation 4.
    """

    rates: Tensor

    def __init__(self, octaves: int) -> None:
        super().__init__()
        self.register_buffer("rates", 2.0 ** torch.arange(octaves), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """The coordinates come first."""
        angles = (x.unsqueeze(2) * self.rates).flatten(1)
        return torch.cat([x, angles.sin(), angles.cos()], dim=1)


class _Largest(torch.autograd.Function):
    """The largest of values `(N, pieces, d)` in each column; its gradient goes to the one that was.

    `amax` would share it between equal ones, for which it counts them, at several times the
    cost. Here each of several equal ones gets the whole.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        largest = x.amax(dim=1)
        if ctx.needs_input_grad[0]:
            floats = torch.empty_like(x)  # ready to multiply with, which truth values are not
            ctx.save_for_backward(torch.ge(x, largest.unsqueeze(1), out=floats))
        return largest

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (chosen,) = ctx.saved_tensors
        pieces: Tensor = gradient.unsqueeze(1) * chosen
        return pieces


class Maxout(nn.Module):
    """The largest of each `pieces` values, which lie d apart: `(N, pieces * d)` to `(N, d)`.

    Source: Goodfellow et al. 2013 (arXiv:1302.4389), section 2.
    """

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        """h_i = max_j x_ji."""
        h: Tensor = _Largest.apply(x.view(len(x), self.pieces, -1))  # type: ignore[no-untyped-call]
        return h


def dense(
    sizes: tuple[int, ...], act: str, *, normalise: bool = False, maxout_pieces: int = 0
) -> nn.Sequential:
    """Linear layers of the given sizes with an activation after all but the last.

    Args:
        sizes: Widths from input to output.
        act: A key of `ACTIVATIONS`.
        normalise: Batch norm before each activation, and no bias, which it would take away again.
        maxout_pieces: Linear pieces of which each unit takes the largest, instead of `act`; 0: `act`.
    """
    layers: list[nn.Module] = []
    last = len(sizes) - 2
    for index, (before, after) in enumerate(itertools.pairwise(sizes)):
        wide = after * maxout_pieces if maxout_pieces and index < last else after
        layers.append(nn.Linear(before, wide, bias=index == last or not normalise))
        if index < last:
            layers += [nn.BatchNorm1d(wide)] if normalise else []
            layers.append(Maxout(maxout_pieces) if maxout_pieces else activation(act))
    return nn.Sequential(*layers)
