"""The only place torchvision is imported: beside a CPU-only torch its compiled operators cannot load."""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from types import ModuleType

import torch

_MISSING_OPERATORS = {
    "torchvision::nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "torchvision::qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


@lru_cache(maxsize=1)
def import_torchvision() -> ModuleType:
    """Imports torchvision; declares its two box operators if, and only if, their absence stops the import.

    The wheel of the public index is compiled against CUDA torch. With CPU torch it raises "operator
    torchvision::nms does not exist" while registering shapes for operators nobody here calls.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if not any(f"operator {name} does not exist" in str(error) for name in _MISSING_OPERATORS):
            raise
    for name, schema in _MISSING_OPERATORS.items():
        torch.library.define(name, schema)
    _forget_half_imported()
    return importlib.import_module("torchvision")


def _forget_half_imported() -> None:
    """Drops the submodules of the failed import, so that the next one runs them all again."""
    for name in [name for name in sys.modules if name == "torchvision" or name.startswith("torchvision.")]:
        del sys.modules[name]
