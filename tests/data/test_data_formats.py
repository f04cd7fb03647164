from __future__ import annotations

import gzip
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from gan_core.data.formats import read_cifar_batch, read_idx, read_idx_pair, upright_letters
from gan_core.settings import UserError

WriteIdx = Callable[[Path, np.ndarray], None]


@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_idx_arrays_come_back_as_written(tmp_path: Path, write_idx: WriteIdx, name: str) -> None:
    array = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    write_idx(tmp_path / name, array)
    np.testing.assert_array_equal(read_idx(tmp_path / name).numpy(), array)


def test_images_and_labels_come_together(tmp_path: Path, write_idx: WriteIdx) -> None:
    write_idx(tmp_path / "images", np.zeros((3, 28, 28), dtype=np.uint8))
    write_idx(tmp_path / "labels", np.array([2, 0, 1], dtype=np.uint8))
    images, labels = read_idx_pair(tmp_path / "images", tmp_path / "labels")
    assert images.shape == (3, 1, 28, 28)
    assert labels.dtype == torch.int64
    assert labels.tolist() == [2, 0, 1]


@pytest.mark.parametrize("kept", [0, 3, 10, 16, 100])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_truncated_idx_file_is_named(tmp_path: Path, write_idx: WriteIdx, kept: int, suffix: str) -> None:
    path = tmp_path / f"images{suffix}"
    write_idx(path, np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(
        UserError, match=rf"'images{suffix}' is damaged; delete it from '.*' to download it again"
    ):
        read_idx(path)


def test_a_flipped_byte_in_a_gzipped_file_is_noticed(tmp_path: Path, write_idx: WriteIdx) -> None:
    path = tmp_path / "images.gz"
    write_idx(path, np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(UserError, match="is damaged"):
        read_idx(path)


@pytest.mark.parametrize(
    "header",
    [struct.pack(">HBBI", 1, 8, 1, 4), struct.pack(">HBBI", 0, 13, 1, 4), struct.pack(">HBBI", 0, 8, 1, 5)],
    ids=["no magic", "floats", "wrong count"],
)
def test_another_kind_of_file_is_no_idx(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "file").write_bytes(header + b"abcd")
    with pytest.raises(UserError, match="is damaged"):
        read_idx(tmp_path / "file")


def test_labels_of_other_images_are_refused(tmp_path: Path, write_idx: WriteIdx) -> None:
    write_idx(tmp_path / "images", np.zeros((3, 28, 28), dtype=np.uint8))
    write_idx(tmp_path / "labels", np.zeros(4, dtype=np.uint8))
    with pytest.raises(UserError, match="'labels' is damaged"):
        read_idx_pair(tmp_path / "images", tmp_path / "labels")
    with pytest.raises(UserError, match="'labels' is damaged"):  # one dimension where images are expected
        read_idx_pair(tmp_path / "labels", tmp_path / "images")


def test_letters_are_turned_upright_and_counted_from_zero() -> None:
    upright_l = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    upright_l[..., 4:24, 6] = 255  # the stem of an L runs down the left side
    upright_l[..., 23, 6:20] = 255  # and its foot along the bottom
    as_in_file = torch.from_numpy(upright_l.numpy().swapaxes(2, 3).copy())
    images, labels = upright_letters(as_in_file, torch.tensor([12]))
    assert torch.equal(images, upright_l)
    assert "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[int(labels)] == "L"


def _python2_batch(pixels: bytes, labels: list[int], *, pixels_first: bool = False) -> bytes:
    """A batch as CIFAR-10's authors pickled it in Python 2: protocol 2, byte strings, a numpy array."""

    def short(text: bytes) -> bytes:
        return b"U" + bytes([len(text)]) + text

    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + short(b"b") + b"\x87R"
        b"(K\x01" + b"M" + struct.pack("<H", len(labels)) + b"M" + struct.pack("<H", 3072) + b"\x86"
        b"cnumpy\ndtype\n" + short(b"u1") + b"K\x00K\x01\x87R"
        b"(K\x03" + short(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T" + struct.pack("<I", len(pixels)) + pixels + b"tb"
    )  # fmt: skip
    items = [
        short(b"batch_label") + short(b"training batch 1 of 5"),
        short(b"labels") + b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e",
        short(b"data") + array,
        short(b"filenames") + b"](" + b"".join(short(b"leptodactylus_%d.png" % k) for k in labels) + b"e",
    ]
    if pixels_first:
        items[1], items[2] = items[2], items[1]
    return b"\x80\x02}(" + b"".join(items) + b"u."


@pytest.mark.parametrize("pixels_first", [False, True])
def test_a_cifar_batch_is_read_as_unpickling_would(tmp_path: Path, pixels_first: bool) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (300, 3072), dtype=np.uint8)
    labels = rng.integers(0, 10, 300).tolist()
    data = _python2_batch(pixels.tobytes(), labels, pixels_first=pixels_first)
    reference = pickle.loads(data, encoding="bytes")  # noqa: S301 - made above
    np.testing.assert_array_equal(reference[b"data"], pixels)  # the imitation is a valid batch
    (tmp_path / "data_batch_1").write_bytes(data)
    images, read_labels = read_cifar_batch(tmp_path / "data_batch_1")
    np.testing.assert_array_equal(images.numpy(), reference[b"data"].reshape(-1, 3, 32, 32))
    assert read_labels.tolist() == reference[b"labels"]


def test_a_forged_cifar_batch_runs_nothing(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    forged = b"\x80\x02cpathlib\nPath\nU" + bytes([len(str(trace))]) + str(trace).encode() + b"\x85R."
    assert pickle.loads(forged) == trace  # noqa: S301 - shows that unpickling would call what it names
    (tmp_path / "data_batch_1").write_bytes(forged)
    with pytest.raises(UserError, match="'data_batch_1' is damaged"):
        read_cifar_batch(tmp_path / "data_batch_1")


@pytest.mark.parametrize("kept", [0, 1, 40, 5000])
def test_a_truncated_cifar_batch_is_named(tmp_path: Path, kept: int) -> None:
    data = _python2_batch(bytes(300 * 3072), [1] * 300)
    (tmp_path / "test_batch").write_bytes(data[:kept])
    with pytest.raises(UserError, match="'test_batch' is damaged"):
        read_cifar_batch(tmp_path / "test_batch")


def test_a_gzip_file_of_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "images.gz").write_bytes(gzip.compress(b"x"))
    with pytest.raises(UserError, match="is damaged"):
        read_idx(tmp_path / "images.gz")
