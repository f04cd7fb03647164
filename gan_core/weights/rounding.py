"""Weights stored in a quarter of the space: whole numbers of eight bits, and one scale for each row."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, float32, int8

_SCALE = "#scale"  # behind the name of what it belongs to; no network's tensor is called so
_MOST = 127


def rounded(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices and convolutions as int8, each row along the first dimension over its largest number.

    Vectors, such as biases and the statistics of batch norm, stay as they are: they are few, and matter more.
    Rounding what `restored` gave changes nothing.

    Args:
        tensors: By name, `(rows, ...)`.
    """
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.dim() < 2 or tensor.dtype != float32:
            stored[name] = tensor
            continue
        largest = tensor.flatten(1).abs().amax(1).clamp_min(1e-12)
        scale = (largest / _MOST).view(-1, *(1 for _ in tensor.shape[1:]))
        stored[name] = (tensor / scale).round().to(int8)
        stored[f"{name}{_SCALE}"] = scale.flatten()
    return stored


def restored(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, float32, of what `rounded` gave; what was not rounded stays as it is."""
    tensors: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(_SCALE):
            continue
        scale = stored.get(f"{name}{_SCALE}")
        rows = None if scale is None else scale.view(-1, *(1 for _ in tensor.shape[1:]))
        tensors[name] = tensor if rows is None else tensor.float() * rows
    return tensors
