from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from gan_core.data import DATASETS, ImageDataset, PointDataset, load_dataset, loading
from gan_core.data.catalogue import REMOTE_FILES
from gan_core.settings import UserError

WriteIdx = Callable[[Path, np.ndarray], None]


def _load(name: str, **options: object) -> ImageDataset:
    dataset = load_dataset(name, **options)  # type: ignore[arg-type]
    assert isinstance(dataset, ImageDataset)
    return dataset


def _write_mnist_like(data_dir: Path, write_idx: WriteIdx, name: str, *, first_label: int = 0) -> np.ndarray:
    """Twelve images of random pixels in both splits; returns the pixels of the training split."""
    rng = np.random.default_rng(0)
    remote = REMOTE_FILES[name]
    pixels = rng.integers(0, 256, (2, 12, 28, 28), dtype=np.uint8)
    for (images, labels), content in zip((remote.train, remote.test), pixels, strict=True):
        write_idx(data_dir / remote.folder / f"{images}.gz", content)
        write_idx(
            data_dir / remote.folder / f"{labels}.gz", (np.arange(12) % 10 + first_label).astype(np.uint8)
        )
    return pixels[0]


@pytest.mark.parametrize("name", [name for name, info in DATASETS.items() if info.kind == "points"])
def test_every_point_set_is_loaded_by_name(name: str) -> None:
    dataset = load_dataset(name, image_size=32, split="test")  # without meaning for points
    assert isinstance(dataset, PointDataset)
    assert dataset.name == name


def test_a_drawing_reaches_the_drawn_set_only() -> None:
    drawing = ((0.25, 0.5), (0.5, 0.5))
    drawn = load_dataset("drawn", drawing=drawing)
    assert isinstance(drawn, PointDataset)
    assert drawn.kernels.tolist() == [list(point) for point in drawing]
    ring = load_dataset("ring8", drawing=drawing)
    assert isinstance(ring, PointDataset)
    assert len(ring.kernels) == 8


def test_digits_are_the_real_ones_split_once_and_for_all() -> None:
    from sklearn.datasets import load_digits

    train, test = _load("digits", image_size=8), _load("digits", image_size=8, split="test")
    assert (len(train), len(test)) == (1500, 297)
    both = torch.cat([train.images, test.images]).flatten(1).double() * 16 / 255
    real = load_digits()
    # The two splits together are the whole set: nothing twice, nothing missing.
    assert sorted(both.round().int().tolist()) == sorted(real.images.reshape(-1, 64).astype(int).tolist())
    for dataset in (train, test):
        assert dataset.labels is not None
        share = torch.bincount(dataset.labels, minlength=10) / len(dataset)
        whole = torch.from_numpy(np.bincount(real.target) / len(real.target)).float()
        torch.testing.assert_close(share, whole, rtol=0, atol=0.003)


def test_the_split_of_the_digits_never_changes() -> None:
    test = _load("digits", split="test")
    assert test.labels is not None
    assert test.labels[:12].tolist() == [7, 3, 1, 3, 0, 3, 4, 7, 3, 5, 6, 6]


def test_labels_of_the_digits_belong_to_their_images() -> None:
    train, test = _load("digits"), _load("digits", split="test")
    assert train.labels is not None
    assert test.labels is not None
    assert train.spec.shape == (1, 16, 16)
    nearest = torch.cdist(test.images.flatten(1).float(), train.images.flatten(1).float()).argmin(dim=1)
    assert float((train.labels[nearest] == test.labels).float().mean()) > 0.97


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_gzipped_files_are_read_where_they_lie(data_dir: Path, write_idx: WriteIdx, name: str) -> None:
    pixels = _write_mnist_like(data_dir, write_idx, name)
    dataset = _load(name)
    assert dataset.name == name
    np.testing.assert_array_equal(dataset.images.numpy()[:, 0], pixels)
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert dataset.class_names == DATASETS[name].class_names
    assert not torch.equal(dataset.images, _load(name, split="test").images)
    raw = data_dir / REMOTE_FILES[name].folder
    assert all(path.suffix == ".gz" for path in raw.iterdir())  # nothing was unpacked beside them


def test_letters_are_upright_and_named(data_dir: Path, write_idx: WriteIdx) -> None:
    pixels = _write_mnist_like(data_dir, write_idx, "emnist-letters", first_label=1)
    dataset = _load("emnist-letters")
    np.testing.assert_array_equal(dataset.images.numpy()[:, 0], pixels.swapaxes(1, 2))
    assert dataset.labels is not None
    assert [dataset.class_names[k] for k in dataset.labels[:3].tolist()] == ["A", "B", "C"]


def test_mnist_of_32_pixels_has_a_black_border(data_dir: Path, write_idx: WriteIdx) -> None:
    _write_mnist_like(data_dir, write_idx, "mnist")
    native, padded = _load("mnist"), _load("mnist", image_size=32)
    assert torch.equal(padded.images[..., 2:-2, 2:-2], native.images)
    assert padded.spec.shape == (1, 32, 32)
    assert _load("mnist", image_size=16).spec.shape == (1, 16, 16)


def test_the_five_training_batches_of_cifar10_follow_each_other(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = data_dir / REMOTE_FILES["cifar10"].folder
    folder.mkdir(parents=True)
    for file in REMOTE_FILES["cifar10"].train + REMOTE_FILES["cifar10"].test:
        (folder / file).touch()

    def read(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
        number = 0 if path.name == "test_batch" else int(path.name[-1])
        return torch.full((2, 3, 32, 32), number, dtype=torch.uint8), torch.full((2,), number)

    monkeypatch.setattr(loading, "read_cifar_batch", read)
    train, test = _load("cifar10"), _load("cifar10", split="test")
    assert train.images[:, 0, 0, 0].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert train.labels is not None
    assert train.labels.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert test.images[:, 0, 0, 0].tolist() == [0, 0]


def test_labels_out_of_range_are_refused(data_dir: Path, write_idx: WriteIdx) -> None:
    _write_mnist_like(data_dir, write_idx, "mnist", first_label=1)
    with pytest.raises(UserError, match="the files of 'mnist' hold unknown labels"):
        _load("mnist")


def test_a_replaced_file_is_noticed(data_dir: Path, write_idx: WriteIdx) -> None:
    _write_mnist_like(data_dir, write_idx, "mnist")
    before = _load("mnist")
    remote = REMOTE_FILES["mnist"]
    write_idx(data_dir / remote.folder / f"{remote.train[0]}.gz", np.zeros((12, 28, 28), dtype=np.uint8))
    assert int(before.images.sum()) > 0
    assert int(_load("mnist").images.sum()) == 0


def test_a_download_that_leaves_files_out_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "download", lambda name, progress: None)
    with pytest.raises(UserError, match="the download of 'mnist' lacks a file"):
        _load("mnist")


@pytest.mark.parametrize("size", [7, 129, 0, -1])
def test_a_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(UserError, match=f"image_size must be from 8 to 128 pixels, got {size}"):
        load_dataset("digits", image_size=size)


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(UserError, match="split must be 'train' or 'test', got 'valid'"):
        load_dataset("digits", split="valid")  # type: ignore[arg-type]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UserError, match=r"unknown data set 'digit'.*did you mean 'digits'\?"):
        load_dataset("digit")


def test_real_mnist_is_decoded_whole(real_mnist: Path) -> None:
    train, test = _load("mnist"), _load("mnist", split="test")
    assert (len(train), len(test)) == (60_000, 10_000)
    assert train.labels is not None
    assert torch.bincount(train.labels).tolist() == [
        5923,
        6742,
        5958,
        6131,
        5842,
        5421,
        5918,
        6265,
        5851,
        5949,
    ]
    assert float(train.images.float().mean() / 255) == pytest.approx(
        0.1307, abs=1e-4
    )  # as published everywhere
