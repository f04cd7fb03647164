"""Shares of classes on the way between them: a line for two, a triangle for three."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gan_core.settings import UserError


def between(kinds: Sequence[int], parts: Tensor, num_kinds: int) -> Tensor:
    """Shares of all kinds `(N, num_kinds)` float32 from shares of a few.

    Args:
        kinds: The few, each once.
        parts: Share of each of them `(N, len(kinds))`; every row sums to 1.
        num_kinds: How many kinds there are.

    Raises:
        UserError: A kind occurs twice or does not exist.
    """
    if len(set(kinds)) != len(kinds) or not all(0 <= kind < num_kinds for kind in kinds):
        raise UserError(f"kinds to blend must be different ones of 0 to {num_kinds - 1}, got {list(kinds)}")
    shares = torch.zeros(len(parts), num_kinds)
    shares[:, list(kinds)] = parts.float()
    return shares


def line(n: int) -> Tensor:
    """Evenly spaced shares of two `(n, 2)`, from all of the first to all of the second; n is at least 2."""
    second = torch.linspace(0, 1, n)
    return torch.stack([1 - second, second], dim=1)


def triangle(side: int) -> Tensor:
    """Evenly spaced shares of three `(side * (side + 1) / 2, 3)`, row by row from the tip.

    The tip is all of the first; the last row goes from all of the second to all of the third.

    Args:
        side: Points along each side, at least 2.
    """
    steps = side - 1
    rows = [(steps - row, row - column, column) for row in range(side) for column in range(row + 1)]
    return torch.tensor(rows, dtype=torch.float32) / steps
