"""Checked conversion of what callers hold into the float64 tensors the metrics compute with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_core.settings import UserError

Array = npt.NDArray[Any] | Tensor


def as_features(values: Array, name: str) -> Tensor:
    """Features `(N, d)` as a float64 tensor on the CPU, where every device's numbers are summed alike.

    Args:
        values: Array or tensor `(N, d)` of any number type, on any device.
        name: What the caller calls them, for the error.

    Raises:
        UserError: They are not two-dimensional, empty, or not finite.
    """
    source = values.detach().cpu() if isinstance(values, Tensor) else torch.from_numpy(np.asarray(values))
    features = source.to(torch.float64)
    if features.ndim != 2 or 0 in features.shape:
        raise UserError(
            f"{name} must be a non-empty array (N, d) of features, got shape {tuple(features.shape)}"
        )
    if not bool(torch.isfinite(features).all()):
        raise UserError(f"{name} hold NaN or infinite features; the network that made them has diverged")
    return features


def as_pair(a: Array, b: Array, name_a: str, name_b: str) -> tuple[Tensor, Tensor]:
    """Two sets of features `(N, d)`, `(M, d)` as float64 tensors.

    Raises:
        UserError: One is not a finite two-dimensional array, or their numbers of features differ.
    """
    first, second = as_features(a, name_a), as_features(b, name_b)
    if first.shape[1] != second.shape[1]:
        raise UserError(
            f"{name_a} and {name_b} must be equally many numbers per example, "
            f"got {first.shape[1]} and {second.shape[1]}"
        )
    return first, second
