"""Remembers which arithmetic was fastest, so that equal runs on a machine choose alike and start at once."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from pathlib import Path
from typing import Any

import torch

from gan_core.data import writable_data_dir
from gan_core.family import Family
from gan_core.phases import Batch
from gan_core.precision import Choice, choose_precision, element_types
from gan_core.settings import TrainingSettings, is_live
from gan_core.trainer import Precision


def remembered_precision(
    family: Family, batch: Batch, training: TrainingSettings, device: torch.device, threads: int
) -> Choice:
    """`choose_precision`, timed only the first time on this machine for networks and batches like these."""
    path = writable_data_dir() / ".cache" / "arithmetic.json"
    key = _key(family, batch, training, device, threads)
    known = _read(path)
    if key in known:
        found = known[key]
        return Choice(Precision(*found["precision"]), dict(found["milliseconds"]))
    choice = choose_precision(family, batch, training, device, threads)
    if not choice.quiet:  # what was slow for want of a core would be avoided for ever
        return choice
    found = {"precision": list(choice.precision), "milliseconds": choice.milliseconds}
    _write(path, _read(path) | {key: found})
    return choice


def _key(family: Family, batch: Batch, training: TrainingSettings, device: torch.device, threads: int) -> str:
    """Everything that decides how long a step takes, hashed; rates and other live settings hardly do."""
    settings = family.settings.model_dump(mode="json")
    fixed = {name: value for name, value in settings.items() if not is_live(type(family.settings), name)}
    facts = {
        "networks": [family.name, fixed, list(batch.real.shape)],
        "restrictions": [element_types(family, training, device), training.channels_last, threads],
        "machine": [str(device), platform.node(), platform.processor(), os.cpu_count(), torch.__version__],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, Any]:
    """What is remembered; nothing if the file is missing or damaged: it is only a shortcut."""
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(path: Path, known: dict[str, Any]) -> None:
    """Replaces the file in one step; where that is not allowed, nothing is remembered."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(known))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
