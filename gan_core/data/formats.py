"""Readers of the published data files: IDX, and CIFAR-10's batches without unpickling them."""

from __future__ import annotations

import gzip
import io
import pickletools
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_core.settings import UserError

_IDX_UINT8 = 0x08
_CIFAR_IMAGE_BYTES = 3 * 32 * 32


def read_idx(path: Path) -> Tensor:
    """The uint8 array of an IDX file, gzipped or not, with the dimensions its header states.

    Raises:
        UserError: The file is damaged or holds something else.
    """
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        zeros, kind, dimensions = struct.unpack_from(">HBB", raw)
        shape = struct.unpack_from(f">{dimensions}I", raw, offset=4)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise _damaged(path) from error
    values = np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * dimensions)
    if zeros != 0 or kind != _IDX_UINT8 or values.size != int(np.prod(shape)):
        raise _damaged(path)
    return torch.from_numpy(values.reshape(shape).copy())  # torch wants memory it may write to


def read_idx_pair(images_path: Path, labels_path: Path) -> tuple[Tensor, Tensor]:
    """Grey images `(N, 1, H, W)` uint8 and labels `(N,)` int64 from two IDX files.

    Raises:
        UserError: A file is damaged, or they do not belong together.
    """
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3 or len(images) == 0:
        raise _damaged(images_path)
    if labels.shape != images.shape[:1]:
        raise _damaged(labels_path)
    return images.unsqueeze(1), labels.to(torch.int64)


def upright_letters(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """EMNIST letters as people read them: the files hold every image transposed and count classes from 1.

    Args:
        images: `(N, 1, H, W)` as in the file.
        labels: `(N,)` from 1 to 26.

    Returns:
        Upright images `(N, 1, W, H)` and labels from 0 (A) to 25 (Z).
    """
    return images.transpose(2, 3).contiguous(), labels - 1


def read_cifar_batch(path: Path) -> tuple[Tensor, Tensor]:
    """Images `(N, 3, 32, 32)` uint8 and labels `(N,)` int64 of one batch file of CIFAR-10.

    The file is a pickle. Its instructions are only listed here, never obeyed, so a forged file cannot run
    code: the longest string is the pixels, and the small integers after the key "labels" are the labels.

    Raises:
        UserError: The file is damaged or holds something else.
    """
    pixels, labels, reading_labels = b"", bytearray(), False
    try:
        for opcode, argument, _ in pickletools.genops(io.BytesIO(path.read_bytes())):
            if isinstance(argument, str | bytes):
                text = argument.encode("latin-1") if isinstance(argument, str) else argument
                pixels = max(pixels, text, key=len)
                reading_labels = text == b"labels"
            elif reading_labels and opcode.name == "BININT1" and isinstance(argument, int):
                labels.append(argument)
    except (OSError, ValueError, struct.error) as error:  # UnicodeError is a ValueError
        raise _damaged(path) from error
    if not labels or len(pixels) != len(labels) * _CIFAR_IMAGE_BYTES:
        raise _damaged(path)
    images = np.frombuffer(pixels, dtype=np.uint8).reshape(-1, 3, 32, 32)
    return torch.from_numpy(images.copy()), torch.tensor(list(labels), dtype=torch.int64)


def _damaged(path: Path) -> UserError:
    return UserError(
        f"the data file '{path.name}' is damaged; delete it from '{path.parent}' to download it again"
    )
