"""A folder or zip of images to a data set: sub-folders become classes, unusable files are skipped by name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_core.data.containers import Entry, Listing, files_under, list_folder, list_zip, skip_sentence
from gan_core.data.datasets import ImageDataset
from gan_core.data.pictures import SUFFIXES, BadPictureError, decode, is_grey, square_pixels
from gan_core.data.progress import Progress
from gan_core.images import Pixels
from gan_core.settings import UserError

_MAX_TENSOR_BYTES = 2**30
_PROGRESS_EVERY = 20  # images
_HELD_OUT_EVERY = 10
_FEWEST_TO_SPLIT = 20


@contextmanager
def open_listing(path: Path) -> Iterator[Listing]:
    """The images of a folder or zip file, readable inside the `with` block.

    Raises:
        UserError: It is neither, cannot be read, or is past a limit.
    """
    if path.is_dir():
        yield list_folder(path)
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise UserError(f"could not read '{path}' ({error.strerror}); check that it may be read") from error
    with file, list_zip(file, path.name) as listing:
        yield listing


def fingerprint(path: Path) -> str:
    """A text that changes whenever a file of the folder, or the zip file, is added, removed or rewritten.

    Raises:
        UserError: A file cannot be looked at, or there are too many.
    """
    digest = hashlib.sha256()
    try:
        for file in sorted(files_under(path)) if path.is_dir() else [path]:
            about = file.lstat()
            digest.update(os.fsencode(file) + f"\0{about.st_size}\0{about.st_mtime_ns}\0".encode())
    except OSError as error:
        raise UserError(f"could not read '{path}' ({error.strerror}); check that it may be read") from error
    return digest.hexdigest()


def assign_classes(listing: Listing) -> tuple[Listing, dict[str, str]]:
    """Finds the folders that serve as classes: those on the first level where there are at least two.

    Args:
        listing: All candidate images.

    Returns:
        The listing, without images that lie beside class folders, and each entry's class by the entry's name;
        the listing unchanged and an empty mapping if there are no two such folders.
    """
    depth = _wrapping_depth(listing.entries)
    class_of = {
        entry.name: folder for entry in listing.entries if (folder := _folder_at(entry, depth)) is not None
    }
    if len(set(class_of.values())) < 2:
        return listing, {}
    inside = tuple(entry for entry in listing.entries if entry.name in class_of)
    outside = tuple(
        skip_sentence(entry.name, "beside the class folders")
        for entry in listing.entries
        if entry.name not in class_of
    )
    return Listing(inside, listing.skipped + outside), class_of


def used_classes(names: Sequence[str], class_of: Mapping[str, str]) -> tuple[str, ...]:
    """The classes, in alphabetical order, that images with these names belong to; none if fewer than two."""
    classes = sorted({class_of[name] for name in names}) if class_of else []
    return tuple(classes) if len(classes) >= 2 else ()


def load_folder(path: Path, size: int, progress: Progress) -> ImageDataset:
    """Decodes every usable image of a folder or zip to a square of `size` pixels.

    Images are cropped to their central square; if all are grey they keep one channel.

    Raises:
        UserError: No usable image is left, or there are too many.
    """
    with open_listing(path) as full_listing:
        listing, class_of = assign_classes(full_listing)
        most = _MAX_TENSOR_BYTES // (3 * size**2)
        if len(listing.entries) > most:
            raise UserError(
                f"'{path.name}' holds {len(listing.entries):,} images; at {size} pixels at most {most:,} "
                "fit into memory: use fewer or a smaller image_size"
            )
        pixels, names, skipped = _decode_all(listing, size, progress)
    if not names:
        raise no_usable_image(path.name, skipped)
    class_names = used_classes(names, class_of)
    labels = torch.tensor([class_names.index(class_of[name]) for name in names]) if class_names else None
    return ImageDataset(path.name, _to_tensor(pixels), labels, class_names, skipped)


def split_folder(dataset: ImageDataset, split: str) -> ImageDataset:
    """Every tenth image is held out for the test split; fewer than 20 images serve as both splits."""
    if len(dataset) < _FEWEST_TO_SPLIT:
        return dataset
    indices = torch.arange(len(dataset))
    held_out = indices % _HELD_OUT_EVERY == _HELD_OUT_EVERY - 1
    return dataset.subset(indices[held_out if split == "test" else ~held_out])


def training_images(count: int) -> int:
    """How many of a folder's images `split_folder` leaves to train on."""
    return count if count < _FEWEST_TO_SPLIT else count - count // _HELD_OUT_EVERY


def no_usable_image(title: str, skipped: tuple[str, ...]) -> UserError:
    """The error for a folder or archive of which nothing can be used."""
    formats = ", ".join(sorted(suffix.removeprefix(".") for suffix in SUFFIXES))
    found = f"{len(skipped)} skipped, the first is '{skipped[0]}'" if skipped else "it holds no files"
    return UserError(f"no usable image in '{title}': {found}; add images of 8 pixels or more as {formats}")


def _decode_all(listing: Listing, size: int, progress: Progress) -> tuple[Pixels, list[str], tuple[str, ...]]:
    """Pixels `(n, size, size, 3)`, the names they belong to, and what was skipped."""
    entries = listing.entries
    pixels = np.empty((len(entries), size, size, 3), dtype=np.uint8)
    names: list[str] = []
    skipped = list(listing.skipped)
    for position, entry in enumerate(entries):
        try:
            pixels[len(names)] = square_pixels(decode(entry.read()), size)
            names.append(entry.name)
        except BadPictureError as error:
            skipped.append(skip_sentence(entry.name, error))
        if position % _PROGRESS_EVERY == 0:
            progress(f"Decoding image {position + 1:,} of {len(entries):,}", position / len(entries))
    return pixels[: len(names)], names, tuple(skipped)


def _to_tensor(pixels: Pixels) -> Tensor:
    """Pixels `(N, H, W, 3)` to `(N, C, H, W)`, with one channel if all are grey."""
    channels = 1 if is_grey(pixels) else 3
    return torch.from_numpy(np.ascontiguousarray(pixels[..., :channels].transpose(0, 3, 1, 2)))


def _wrapping_depth(entries: Sequence[Entry]) -> int:
    """How many outer folders all images share, as archives often have one around everything."""
    parents = [entry.name.split("/")[:-1] for entry in entries]
    shared = takewhile(lambda level: len(set(level)) == 1, zip(*parents, strict=False))
    return sum(1 for _ in shared)


def _folder_at(entry: Entry, depth: int) -> str | None:
    """The name of an image's folder at a depth, or None if the image lies above it."""
    parents = entry.name.split("/")[:-1]
    return parents[depth] if len(parents) > depth else None
