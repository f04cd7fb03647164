"""Small pictures, archives and data files to load."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Encodes a picture of one colour, or of given pixels, as the bytes of a file."""

    def encode(
        colour: object = (200, 30, 30),
        size: tuple[int, int] = (16, 16),
        mode: str = "RGB",
        file_format: str = "PNG",
        pixels: np.ndarray | None = None,
        **options: object,
    ) -> bytes:
        image = Image.fromarray(pixels) if pixels is not None else Image.new(mode, size, colour)
        buffer = io.BytesIO()
        image.save(buffer, file_format, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture
def write_tree(tmp_path: Path) -> Callable[[Mapping[str, bytes]], Path]:
    """Writes files by relative path into a new folder."""

    def write(files: Mapping[str, bytes]) -> Path:
        folder = tmp_path / "pictures"
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder

    return write


@pytest.fixture
def zip_bytes() -> Callable[[Mapping[str, bytes]], bytes]:
    """Packs files by name, whatever the name, into a zip archive."""

    def pack(files: Mapping[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return buffer.getvalue()

    return pack


@pytest.fixture
def write_idx() -> Callable[[Path, np.ndarray], None]:
    """Writes a uint8 array as an IDX file, gzipped if the name ends in .gz."""

    def write(path: Path, array: np.ndarray) -> None:
        raw = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)

    return write
