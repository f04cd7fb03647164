"""Reads sine waves: which cycles and height a sequence has, and whether it is a sine at all."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

_FEWEST, _MOST, _STEP = 0.5, 6.5, 0.02  # cycles tried
_SILENCE = 1e-9  # energy below which a sequence is silence


class Waves(NamedTuple):
    """The sine nearest to each sequence."""

    cycles: Tensor  # (N,) within a sequence
    heights: Tensor  # (N,)
    fit: Tensor  # (N,) in [0, 1]: share of the sequence's energy that the sine has; 0 for silence


def nearest_sines(x: Tensor) -> Waves:
    """The sine A sin(2 pi f t / T + phase), t = 1..T, nearest to each sequence in squares.

    For each f the best A and phase are a projection onto a cosine and a sine, so that only f is searched.

    Args:
        x: Sequences `(N, T)`, T at least 4.
    """
    n, length = x.shape
    x = x.double()
    time = torch.arange(1, length + 1, dtype=torch.float64, device=x.device) / length
    cycles = torch.arange(_FEWEST, _MOST + _STEP / 2, _STEP, dtype=torch.float64, device=x.device)
    angles = 2 * math.pi * cycles[:, None] * time
    basis = torch.stack([torch.cos(angles), torch.sin(angles)], dim=2)  # (F, T, 2)
    orthonormal = torch.linalg.qr(basis).Q  # a matrix (T, 2) for each f
    energies = [(x @ each).square().sum(1) for each in orthonormal]
    explained, best = torch.stack(energies, dim=1).max(dim=1)
    factors = torch.linalg.lstsq(basis[best], x.unsqueeze(2)).solution.squeeze(2) if n else x.new_zeros(0, 2)
    energy = x.square().sum(1)
    is_sound = energy > _SILENCE
    fit = torch.where(is_sound, explained / energy.clamp_min(_SILENCE), 0.0).clamp(0, 1)
    return Waves(cycles[best].float(), factors.norm(dim=1).float(), fit.float())
