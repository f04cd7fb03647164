"""`load_dataset`: any data set by name or path, decoded once and cached."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from gan_core.data.cache import cached
from gan_core.data.catalogue import (
    CAPTIONED,
    DATASETS,
    POINT_FILES,
    REMOTE_FILES,
    dataset_status,
    find_remote_file,
    unknown_dataset,
)
from gan_core.data.datasets import Dataset, ImageDataset, PointDataset, SequenceDataset
from gan_core.data.domains import SCENES_VERSION, SPLIT_SEEDS, halves, scenes
from gan_core.data.download import download
from gan_core.data.folders import fingerprint, load_folder, split_folder
from gan_core.data.formats import read_cifar_batch, read_idx_pair, upright_letters
from gan_core.data.points import POINT_BUILDERS, drawn, load_points_file
from gan_core.data.progress import Progress, silent
from gan_core.data.resize import fit_images
from gan_core.data.scenes import build_scenes
from gan_core.data.stacks import stack_images
from gan_core.data.uploads import Upload, read_upload
from gan_core.settings import UserError

Split = Literal["train", "test"]

_FOLDER_SIZE = 32
_SMALLEST, _LARGEST = 8, 128
_DIGITS_IN_TEST = 297


def load_dataset(
    name: str,
    *,
    image_size: int | None = None,
    split: Split = "train",
    drawing: Sequence[Sequence[float]] | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Loads a data set into memory; decoded images are cached on disk.

    Args:
        name: A name in `DATASETS`, or the path of a folder or zip of images or of a .csv or .npy file of
            points.
        image_size: Side of the images in pixels, 8 to 128; None: the data set's training size, 32 for a path.
            Without meaning for points and sequences.
        split: Which images: those to train on or those held out. Points have one law and no splits.
        drawing: Points of the strokes for `drawn`; see `points.drawn`.
        progress: Told what is going on and the fraction done.

    Raises:
        UserError: Unknown name, unreadable files, a failed download, or a size out of range.
    """
    if image_size is not None and not _SMALLEST <= image_size <= _LARGEST:
        raise UserError(f"image_size must be from {_SMALLEST} to {_LARGEST} pixels, got {image_size}; try 32")
    if split not in ("train", "test"):
        raise UserError(f"split must be 'train' or 'test', got '{split}'")
    progress = progress or silent
    if name == "drawn":
        return drawn(drawing)
    if name in POINT_BUILDERS:
        return POINT_BUILDERS[name]()
    if name == "sines":
        return SequenceDataset(name)
    if name in DATASETS:
        size = image_size or DATASETS[name].training_size or _FOLDER_SIZE
        return _load_catalogued(name, size, split, progress)
    path = Path(name).expanduser()
    if not path.exists():
        raise unknown_dataset(name)
    if path.suffix.lower() in POINT_FILES:
        return _load_points(path)
    return _load_path(path, image_size or _FOLDER_SIZE, split, progress)


def _load_catalogued(name: str, size: int, split: Split, progress: Progress) -> ImageDataset:
    """A data set of images of the catalogue: as downloaded, stacked, captioned, or in scenes."""
    info = DATASETS[name]
    if name == CAPTIONED:
        return _load_captioned(size, split, progress)
    if info.stacks:
        source = _load_named_images(info.stacks, size, split, progress)
        return stack_images(name, source, training=split == "train")
    load = _load_scenes if info.base else _load_named_images
    return load(name, size, split, progress)


def _load_named_images(name: str, size: int, split: Split, progress: Progress) -> ImageDataset:
    """Images of the catalogue, from the cache or from their files."""
    mark = version("scikit-learn") if name == "digits" else _file_marks(name, split, progress)

    def build() -> ImageDataset:
        progress(f"Decoding {DATASETS[name].title}", 0.0)
        images, labels = _read_digits(split) if name == "digits" else _read_remote(name, split)
        class_names = DATASETS[name].class_names
        if int(labels.min()) < 0 or int(labels.max()) >= len(class_names):
            raise UserError(f"the files of '{name}' hold unknown labels; delete them to download them again")
        return ImageDataset(name, fit_images(images, size), labels, class_names)

    return cached(f"{name}/{split}/{size}", mark, build, progress)


def _load_captioned(size: int, split: Split, progress: Progress) -> ImageDataset:
    """Captioned scenes of the best handwriting at hand."""
    digits = "mnist" if dataset_status("mnist") == "ready" else "digits"
    handwriting = load_dataset(digits, image_size=28, split=split, progress=progress)
    assert isinstance(handwriting, ImageDataset)
    progress("Writing captions", 0.0)
    return build_scenes(CAPTIONED, handwriting, size, split)


def _load_scenes(name: str, size: int, split: Split, progress: Progress) -> ImageDataset:
    """Scenes painted around digits, and as the second domain plain digits that are in none of the scenes."""
    base = DATASETS[name].base
    assert base is not None
    plain, framed = halves(_load_named_images(base, size, split, progress), split)

    def build() -> ImageDataset:
        progress(f"Painting {DATASETS[name].title}", 0.0)
        return replace(framed, name=name, images=scenes(framed.images, seed=SPLIT_SEEDS[split]))

    mark = f"{SCENES_VERSION} {zlib.crc32(framed.images.numpy().tobytes())}"
    return replace(cached(f"{name}/{split}/{size}", mark, build, progress), other=plain)


def _load_points(path: Path) -> PointDataset:
    """Points of a file, under the user's name for it if it was uploaded."""
    dataset, about = load_points_file(path), read_upload(path.parent)
    return dataset if about is None else replace(dataset, name=about.title)


def _load_path(path: Path, size: int, split: Split, progress: Progress) -> ImageDataset:
    """Images of a folder or zip, from the cache or decoded."""
    about = read_upload(path)
    source = f"{path.resolve()}/{size}"
    dataset = cached(source, fingerprint(path), lambda: load_folder(path, size, progress), progress)
    return split_folder(dataset if about is None else _described(dataset, about), split)


def _described(dataset: ImageDataset, about: Upload) -> ImageDataset:
    """An upload's images with the user's words: its folders are numbered, the names lie beside them."""
    names_fit = len(about.class_names) == len(dataset.class_names)
    return replace(
        dataset,
        name=about.title,
        class_names=about.class_names if names_fit else dataset.class_names,
        skipped=about.skipped + dataset.skipped,
    )


def _file_marks(name: str, split: Split, progress: Progress) -> str:
    """Sizes and times of a published data set's files, after downloading what is missing."""
    if None in _remote_paths(name, split):
        download(name, progress)
    marks = []
    for path in _remote_paths(name, split):
        if path is None:
            raise UserError(
                f"the download of '{name}' lacks a file; delete its folder and try again, or choose 'digits'"
            )
        about = path.stat()
        marks.append(f"{path.resolve()} {about.st_size} {about.st_mtime_ns}")
    return "\n".join(marks)


def _remote_paths(name: str, split: Split) -> list[Path | None]:
    remote = REMOTE_FILES[name]
    return [find_remote_file(name, file) for file in (remote.train if split == "train" else remote.test)]


def _read_remote(name: str, split: Split) -> tuple[Tensor, Tensor]:
    """Images `(N, C, H, W)` uint8 and labels `(N,)` int64 of a published data set that is all there."""
    paths = [path for path in _remote_paths(name, split) if path is not None]
    if name == "cifar10":
        images, labels = zip(*(read_cifar_batch(path) for path in paths), strict=True)
        return torch.cat(images), torch.cat(labels)
    pair = read_idx_pair(paths[0], paths[1])
    return upright_letters(*pair) if name == "emnist-letters" else pair


def _read_digits(split: Split) -> tuple[Tensor, Tensor]:
    """scikit-learn's digits: 1,500 to train on, 297 held out, stratified by class, always the same ones."""
    from sklearn.datasets import load_digits  # slow to import, and needed only until the images are cached
    from sklearn.model_selection import train_test_split

    content = load_digits()
    train, test = train_test_split(
        torch.arange(len(content.target)).numpy(),
        test_size=_DIGITS_IN_TEST,
        stratify=content.target,
        random_state=0,
    )
    chosen = torch.from_numpy(train if split == "train" else test)
    pixels = (
        torch.from_numpy(content.images)[chosen].mul(255 / 16).round().to(torch.uint8)
    )  # stored as 0 to 16
    return pixels.unsqueeze(1), torch.from_numpy(content.target)[chosen].to(torch.int64)
