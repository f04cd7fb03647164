"""The data sets by name, and where their files lie; imports no torch, so listing them is instant."""

from __future__ import annotations

import os
import stat
import string
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from gan_core.settings import UserError

POINT_FILES = (".csv", ".npy")
_DEFAULT_DATA_DIR = Path("data")


@dataclass(frozen=True)
class DatasetInfo:
    """What a page or a command can say about a data set without loading it.

    Attributes:
        name: The name it is loaded by.
        title: The name people read.
        kind: "points" for 2-D points, "images" for square images, "sequences" for values that follow each
            other.
        blurb: One sentence on what it shows.
        native_size: Side of its images in pixels as published; None for points.
        training_size: Side its images are trained at unless another is asked for; None for points.
        channels: 1 for grey, 3 for colour; None for points.
        class_names: Names of its labels in order of their number; empty if it has none.
        source: "generated" by this library, "bundled" with an installed package, or a "download".
        download_mb: Megabytes of the download; None if there is none.
        stacks: The grey data set whose images are its three channels, each drawn by itself; None: it is none.
        base: Name of the data set it is made of; None: of none.
        domains: What its two domains show, the one translated from first; empty: it has one domain.
        other_channels: Channels of the images of the domain translated from; None for points or one domain.
    """

    name: str
    title: str
    kind: Literal["points", "images", "sequences"]
    blurb: str
    native_size: int | None = None
    training_size: int | None = None
    channels: int | None = None
    class_names: tuple[str, ...] = ()
    source: Literal["generated", "bundled", "download"] = "generated"
    download_mb: float | None = None
    stacks: str | None = None
    base: str | None = None
    domains: tuple[str, ...] = ()
    other_channels: int | None = None

    @property
    def needed_mb(self) -> float | None:
        """Megabytes of the download it needs, be it that of the data set it is made of; None: none."""
        return self.download_mb if self.base is None else DATASETS[self.base].download_mb


@dataclass(frozen=True)
class RemoteFiles:
    """Where torchvision keeps a downloaded data set.

    Attributes:
        torchvision_class: Class in `torchvision.datasets` that knows addresses and checksums.
        folder: Folder under the data folder.
        train: Files of the training split.
        test: Files of the test split.
    """

    torchvision_class: str
    folder: str
    train: tuple[str, ...]
    test: tuple[str, ...]


def _points(name: str, title: str, blurb: str) -> DatasetInfo:
    return DatasetInfo(name=name, title=title, kind="points", blurb=blurb)


def _downloaded(
    name: str,
    title: str,
    blurb: str,
    class_names: tuple[str, ...],
    mb: float,
    *,
    size: int = 28,
    channels: int = 1,
) -> DatasetInfo:
    return DatasetInfo(
        name=name,
        title=title,
        kind="images",
        blurb=blurb,
        native_size=size,
        training_size=size,
        channels=channels,
        class_names=class_names,
        source="download",
        download_mb=mb,
    )


def _stacked(name: str, title: str, blurb: str, of: DatasetInfo) -> DatasetInfo:
    return replace(of, name=name, title=title, blurb=blurb, channels=3, class_names=(), stacks=of.name)


def _scenes(base: DatasetInfo, title: str) -> DatasetInfo:
    return replace(
        base,
        name=f"{base.name}-scenes",
        title=title,
        blurb="Handwritten digits in coloured scenes, and other ones plain: two domains without pairs.",
        channels=3,
        source="generated",
        download_mb=None,
        base=base.name,
        domains=("digits", "scenes"),
        other_channels=1,
    )


_DIGIT_NAMES = tuple(string.digits)
CAPTIONED = "captioned-digits"
_DIGITS = DatasetInfo(
    name="digits",
    title="Digits (small)",
    kind="images",
    blurb="1,797 real handwritten digits of 8×8 pixels, enlarged; needs no network.",
    native_size=8,
    training_size=16,
    channels=1,
    class_names=_DIGIT_NAMES,
    source="bundled",
)
_MNIST = _downloaded("mnist", "MNIST", "70,000 handwritten digits.", _DIGIT_NAMES, 11.6)

_ALL = (
    _points("ring8", "Ring of 8", "Eight tight Gaussians on a circle: the standard test for lost modes."),
    _points("grid25", "Grid of 25", "Twenty-five tight Gaussians on a grid; harder to cover than the ring."),
    _points("two-gaussians", "Two Gaussians", "Two round clouds; the smallest case of a lost mode."),
    _points("three-blobs", "Three blobs", "Three round clouds far apart."),
    _points("line", "Line", "Points along a slanted line."),
    _points("circle", "Circle", "Points along a circle."),
    _points("moons", "Two moons", "Two interleaved half circles."),
    _points("drawn", "Your drawing", "Points along strokes you draw; a heart until you draw."),
    replace(
        _points("modes", "5 modes and 10 modes", "Five clouds to translate into ten, and back."),
        domains=("5 modes", "10 modes"),
    ),
    DatasetInfo(
        name="sines",
        title="Sine waves",
        kind="sequences",
        blurb="Waves of 30 steps: one to five cycles, any height and any beginning.",
    ),
    _DIGITS,
    _MNIST,
    _downloaded(
        "fashion-mnist",
        "Fashion-MNIST",
        "70,000 photographs of clothes.",
        (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        30.9,
    ),
    _downloaded(
        "kmnist",
        "Kuzushiji-MNIST",
        "70,000 cursive Japanese characters in ten classes.",
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        21.3,
    ),
    _downloaded(
        "emnist-letters",
        "EMNIST letters",
        "145,600 handwritten letters, capital and small together.",
        tuple(string.ascii_uppercase),
        561.8,
    ),
    _downloaded(
        "cifar10",
        "CIFAR-10",
        "60,000 small colour photographs of animals and vehicles.",
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        170.5,
        size=32,
        channels=3,
    ),
    DatasetInfo(
        name=CAPTIONED,
        title="Captioned digits",
        kind="images",
        blurb="Coloured scenes of one or two handwritten digits, each with an English sentence about it.",
        native_size=64,
        training_size=64,
        channels=3,
    ),
    _stacked(
        "stacked-digits",
        "Stacked digits (small)",
        "Three small digits at once, in red, green and blue: 1,000 combinations to cover.",
        _DIGITS,
    ),
    _stacked(
        "stacked-mnist",
        "Stacked MNIST",
        "Three MNIST digits at once, in red, green and blue: 1,000 combinations to cover.",
        _MNIST,
    ),
    _scenes(_DIGITS, "Digits (small) and scenes"),
    _scenes(_MNIST, "MNIST and scenes"),
)

DATASETS: dict[str, DatasetInfo] = {info.name: info for info in _ALL}  # in the order pages show them


def _idx_files(torchvision_class: str, folder: str, train: str = "train", test: str = "t10k") -> RemoteFiles:
    parts = ("images-idx3-ubyte", "labels-idx1-ubyte")
    return RemoteFiles(
        torchvision_class,
        folder,
        tuple(f"{train}-{part}" for part in parts),
        tuple(f"{test}-{part}" for part in parts),
    )


REMOTE_FILES: dict[str, RemoteFiles] = {
    "mnist": _idx_files("MNIST", "MNIST/raw"),
    "fashion-mnist": _idx_files("FashionMNIST", "FashionMNIST/raw"),
    "kmnist": _idx_files("KMNIST", "KMNIST/raw"),
    "emnist-letters": _idx_files("EMNIST", "EMNIST/raw", "emnist-letters-train", "emnist-letters-test"),
    "cifar10": RemoteFiles(
        "CIFAR10", "cifar-10-batches-py", tuple(f"data_batch_{k}" for k in range(1, 6)), ("test_batch",)
    ),
}


def data_dir() -> Path:
    """The folder data sets are looked for in: `GAN_DATA_DIR`, by default `data` in the working folder."""
    return Path(os.environ.get("GAN_DATA_DIR") or _DEFAULT_DATA_DIR).expanduser()


def writable_data_dir() -> Path:
    """Where downloads, caches and uploads go: the data folder, or `data` here if that one is read-only."""
    return data_dir() if _may_write(data_dir()) else _DEFAULT_DATA_DIR


def find_remote_file(name: str, file: str) -> Path | None:
    """The path of a downloaded data set's file, unpacked or with `.gz`, or None if it is not there."""
    folder = REMOTE_FILES[name].folder
    for root in dict.fromkeys((data_dir(), writable_data_dir())):
        for candidate in (root / folder / file, root / folder / f"{file}.gz"):
            if candidate.is_file():
                return candidate
    return None


def dataset_status(name: str) -> Literal["ready", "download"]:
    """Whether a data set, or a path, can be loaded at once or has to be downloaded first.

    Raises:
        UserError: There is no such data set or path.
    """
    info = DATASETS.get(name)
    if info is not None and (info.stacks or info.base):
        return dataset_status(info.stacks or info.base or name)
    remote = REMOTE_FILES.get(name)
    if remote is not None:
        files = remote.train + remote.test
        return "ready" if all(find_remote_file(name, file) for file in files) else "download"
    if info is None and not Path(name).expanduser().exists():
        raise unknown_dataset(name)
    return "ready"


def unknown_dataset(name: str) -> UserError:
    """The error for a name that is neither a data set nor a path."""
    close = get_close_matches(name, DATASETS, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return UserError(
        f"unknown data set '{name}'; known are {', '.join(DATASETS)}, or the path of a folder or zip "
        f"of images or of a .csv or .npy file of points{hint}"
    )


def _may_write(folder: Path) -> bool:
    """Whether new files may go into `folder`, or into its nearest parent if it is still to be made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    # The mode bits count too: an administrator passes os.access even where a folder is marked read-only.
    any_write_bit = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    return os.access(folder, os.W_OK) and bool(folder.stat().st_mode & any_write_bit)
