"""Fetches the published data sets into torchvision's folder layout, with progress and no printing."""

from __future__ import annotations

import hashlib
import http.client
import tarfile
import urllib.request
import uuid
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gan_core.data.catalogue import DATASETS, REMOTE_FILES, find_remote_file, writable_data_dir
from gan_core.data.progress import Progress
from gan_core.data.torchvision_guard import import_torchvision
from gan_core.settings import UserError

_TIMEOUT = 30  # seconds without a single byte
_CHUNK = 2**18
# What servers, networks, disks and broken archives raise; HTTP errors and timeouts are OSErrors.
_FAILURES = (
    OSError,
    http.client.HTTPException,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    KeyError,
)

_OnBytes = Callable[[int], None]  # told how many more bytes have arrived


class _WrongChecksumError(OSError):
    """A file arrived that is not the published one."""


def download(name: str, progress: Progress) -> None:
    """Downloads the files of a published data set that are not there yet.

    Args:
        name: A data set whose source is "download".
        progress: Told the fraction of the megabytes that have arrived.

    Raises:
        UserError: The files cannot be fetched or stored; says where to put them and what else to use.
    """
    remote = REMOTE_FILES[name]
    folder = writable_data_dir() / remote.folder
    try:
        published = getattr(import_torchvision().datasets, remote.torchvision_class)
        folder.mkdir(parents=True, exist_ok=True)
        fetch = {"emnist-letters": _fetch_letters, "cifar10": _fetch_cifar}.get(name, _fetch_idx)
        fetch(name, published, folder, _counter(name, progress))
    except _FAILURES as error:
        raise UserError(
            f"could not download '{name}' ({_reason(error)}); check the network, put its files "
            f"into '{folder}', or choose 'digits', which needs no network"
        ) from error


def _fetch_idx(name: str, published: Any, folder: Path, on_bytes: _OnBytes) -> None:
    """MNIST and the sets published in its format: four gzipped files on one or several servers."""
    for file, md5 in published.resources:
        if find_remote_file(name, file.removesuffix(".gz")) is None:
            _fetch([f"{mirror}{file}" for mirror in published.mirrors], folder / file, md5, on_bytes)


def _fetch_letters(name: str, published: Any, folder: Path, on_bytes: _OnBytes) -> None:
    """EMNIST: one zip of all its splits, of which the four files of the letters are kept."""
    archive = folder / f".{uuid.uuid4().hex}.zip"
    try:
        _fetch([published.url], archive, published.md5, on_bytes)
        with zipfile.ZipFile(archive) as content:
            for file in _all_files(name):
                with content.open(f"gzip/{file}.gz") as member:
                    _store(folder / f"{file}.gz", member)
    finally:
        archive.unlink(missing_ok=True)


def _fetch_cifar(name: str, published: Any, folder: Path, on_bytes: _OnBytes) -> None:
    """CIFAR-10: one gzipped tar, of which the six batches are kept."""
    archive = folder / f".{uuid.uuid4().hex}.tar.gz"
    try:
        _fetch([published.url], archive, published.tgz_md5, on_bytes)
        with tarfile.open(archive) as content:
            for file in _all_files(name):
                member = content.extractfile(f"{folder.name}/{file}")
                if member is None:
                    raise KeyError(file)
                _store(folder / file, member)
    finally:
        archive.unlink(missing_ok=True)


def _fetch(urls: Sequence[str], target: Path, md5: str, on_bytes: _OnBytes) -> None:
    """Fetches one file from the first address that has it; raises what the last address raised."""
    for position, url in enumerate(urls, start=1):
        try:
            # The addresses are torchvision's, not a user's.
            with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:
                _store(target, response, md5, on_bytes)
            return
        except (OSError, http.client.HTTPException):
            if position == len(urls):
                raise


def _store(target: Path, stream: Any, md5: str | None = None, on_bytes: _OnBytes | None = None) -> None:
    """Writes a stream to a temporary file, checks and renames it; no half file is ever found at `target`."""
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with temporary.open("wb") as file:
            while chunk := stream.read(_CHUNK):
                file.write(chunk)
                digest.update(chunk)
                if on_bytes is not None:
                    on_bytes(len(chunk))
        if md5 is not None and digest.hexdigest() != md5:
            raise _WrongChecksumError(f"{target.name} arrived damaged")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _all_files(name: str) -> tuple[str, ...]:
    return REMOTE_FILES[name].train + REMOTE_FILES[name].test


def _counter(name: str, progress: Progress) -> _OnBytes:
    """Turns byte counts into progress against the size the catalogue states."""
    info = DATASETS[name]
    total = (info.download_mb or 1.0) * 1e6
    arrived = 0

    def on_bytes(count: int) -> None:
        nonlocal arrived
        arrived += count
        text = f"Downloading {info.title}: {arrived / 1e6:.1f} of {total / 1e6:.1f} MB"
        progress(text, min(1.0, arrived / total))

    return on_bytes


def _reason(error: BaseException) -> str:
    """What went wrong, without the type names and brackets of urllib."""
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason) or type(error).__name__
