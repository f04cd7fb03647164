"""Checkpoints: a nested state in one safetensors file; a kill while it is written leaves the one before.

Tensors are stored under dotted names, everything else as JSON in the file's metadata. Nothing is pickled.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from gan_core.runs.files import write_atomically
from gan_core.settings import UserError

TENSOR, PAIRS, TUPLE = (
    "$tensor",
    "$pairs",
    "$tuple",
)  # JSON objects with one of these keys stand for something else


class DamagedFileError(UserError):
    """A file is cut short, overwritten or no checkpoint at all."""


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Writes or replaces a checkpoint: temporary file, flush to the disk, rename.

    Args:
        path: The file.
        state: Nested dicts, lists and tuples of tensors and plain JSON values; its "step" can be read later
            without the tensors.

    Raises:
        OSError: E.g. the disk is full; the old file is untouched.
        TypeError: A value is neither a tensor nor plain JSON.
    """
    write_atomically(path, encode(state))


def encode(state: Mapping[str, Any]) -> bytes:
    """The content of a checkpoint file; a copy, so the state may change afterwards."""
    tensors: dict[str, Tensor] = {}
    tree = json.dumps(_to_json(state, "", tensors))
    metadata = {"format": "pt", "state": tree, "step": str(state.get("step", 0))}
    return safetensors.torch.save(tensors, metadata)


def load(path: Path) -> dict[str, Any]:
    """The state in a checkpoint file, on the CPU.

    Raises:
        DamagedFileError: The file is cut short or no checkpoint.
        FileNotFoundError: There is no such file.
    """
    content = path.read_bytes()
    try:
        tensors = safetensors.torch.load(content)
        (length,) = struct.unpack_from("<Q", content)
        tree = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["state"])
        state = _from_json(tree, tensors)
    except (SafetensorError, struct.error, ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(
            f"{path} is damaged or no checkpoint; branch from an older one or start a new run"
        ) from error
    if not isinstance(state, dict):
        raise DamagedFileError(f"{path} is no checkpoint")
    return state


def _to_json(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """`value` with each tensor moved to `tensors` and replaced by a reference."""
    if isinstance(value, Tensor):
        name = _unused(name or "tensor", tensors)
        tensors[name] = _plain(value, tensors)
        return {TENSOR: name}
    if isinstance(value, Mapping):
        items = [(key, _to_json(entry, f"{name}.{key}".lstrip("."), tensors)) for key, entry in value.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key, _ in items):
            return dict(items)
        return {PAIRS: [[key, entry] for key, entry in items]}
    if isinstance(value, list | tuple):
        entries = [_to_json(entry, f"{name}.{index}", tensors) for index, entry in enumerate(value)]
        return {TUPLE: entries} if isinstance(value, tuple) else entries
    return value


def _plain(value: Tensor, tensors: dict[str, Tensor]) -> Tensor:
    """The tensor as safetensors takes it: on the CPU, in row-major order, sharing no memory with another."""
    plain = value.detach().cpu().contiguous()
    memory = plain.untyped_storage().data_ptr()
    is_shared = any(memory == other.untyped_storage().data_ptr() for other in tensors.values())
    return plain.clone() if is_shared else plain


def _unused(name: str, tensors: Mapping[str, Tensor]) -> str:
    """`name`, or with a number if another tensor has that name: keys may themselves hold dots."""
    taken, number = name, 1
    while taken in tensors:
        number += 1
        taken = f"{name}#{number}"
    return taken


def _from_json(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    """Inverse of `_to_json`."""
    if isinstance(value, list):
        return [_from_json(entry, tensors) for entry in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$tensor": str() as name}:
            return tensors[name]
        case {"$pairs": list() as pairs}:
            return {key: _from_json(entry, tensors) for key, entry in pairs}
        case {"$tuple": list() as entries}:
            return tuple(_from_json(entry, tensors) for entry in entries)
    return {key: _from_json(entry, tensors) for key, entry in value.items()}
