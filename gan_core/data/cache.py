"""Decoded images on disk, so that a data set is decoded and resized once."""

from __future__ import annotations

import hashlib
import json
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gan_core.data.catalogue import writable_data_dir
from gan_core.data.datasets import ImageDataset
from gan_core.data.progress import Progress

_FORMAT = 1  # raise it when images are decoded or stored differently: older caches are then rebuilt


class _DamagedCacheError(Exception):
    """The cache file cannot be trusted."""


def cached(
    source: str, fingerprint: str, build: Callable[[], ImageDataset], progress: Progress
) -> ImageDataset:
    """The data set of `source` from the cache, or built and then cached.

    A damaged cache is rebuilt and a folder that cannot be written is done without; `progress` says so.

    Args:
        source: What the images are, in words and numbers that tell it from every other: name, split, size.
        fingerprint: Changes whenever the files behind `source` do; another one overwrites the cached images.
        build: Decodes the data set.
        progress: Told when a cache is damaged or cannot be written.
    """
    fingerprint = f"{_FORMAT} {fingerprint}"
    path = writable_data_dir() / ".cache" / f"{hashlib.sha256(source.encode()).hexdigest()[:32]}.safetensors"
    try:
        dataset = _load(path, fingerprint)
    except _DamagedCacheError:
        progress("The cached images are damaged; decoding them again", 0.0)
        dataset = None
    if dataset is not None:
        return dataset
    dataset = build()
    try:
        _save(path, dataset, fingerprint)
    except (OSError, SafetensorError) as error:
        progress(f"The decoded images could not be cached ({error}); continuing without", 1.0)
    return dataset


def _load(path: Path, fingerprint: str) -> ImageDataset | None:
    """The cached data set, or None if there is none for this fingerprint."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            if about.get("fingerprint") != fingerprint:
                return None
            # Clones, for the tensors are mapped from a file that may be replaced.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 - not a dict
        dataset = ImageDataset(
            name=about["name"],
            images=tensors["images"],
            labels=tensors.get("labels"),
            class_names=tuple(json.loads(about["class_names"])),
            skipped=tuple(json.loads(about["skipped"])),
        )
        intact = about["checksum"] == _checksum(dataset)
    except (FileNotFoundError, PermissionError):  # removed meanwhile, or another user's
        return None
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise _DamagedCacheError from error
    if not intact:
        raise _DamagedCacheError
    return dataset


def _save(path: Path, dataset: ImageDataset, fingerprint: str) -> None:
    """Writes the cache under a temporary name and renames it: a kill leaves no half file to be found."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {"images": dataset.images.contiguous()}
    if dataset.labels is not None:
        tensors["labels"] = dataset.labels.contiguous()
    about = {
        "name": dataset.name,
        "fingerprint": fingerprint,
        "checksum": _checksum(dataset),
        "class_names": json.dumps(dataset.class_names),
        "skipped": json.dumps(dataset.skipped),
    }
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.part")
    try:
        save_file(tensors, temporary, metadata=about)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _checksum(dataset: ImageDataset) -> str:
    """CRC-32 over pixels and labels: finds flipped bytes that safetensors itself cannot see."""
    crc = _crc(dataset.images)
    return f"{crc if dataset.labels is None else _crc(dataset.labels, crc):08x}"


def _crc(tensor: Tensor, start: int = 0) -> int:
    return zlib.crc32(tensor.contiguous().numpy().data, start)
