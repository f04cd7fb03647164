"""Keeps what a user uploads: every image decoded and written anew, under names this module invents."""

from __future__ import annotations

import hashlib
import io
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import Literal

import numpy as np
from PIL import Image
from pydantic import ValidationError

from gan_core.data.catalogue import POINT_FILES, writable_data_dir
from gan_core.data.containers import Entry, Listing, list_zip, skip_sentence
from gan_core.data.folders import assign_classes, no_usable_image, used_classes
from gan_core.data.pictures import BadPictureError, decode, is_grey
from gan_core.data.points import read_points
from gan_core.data.progress import Progress, silent
from gan_core.settings import Settings, UserError

MAX_UPLOAD_BYTES = 256 * 2**20
_STORED_SIDE = 512  # pixels of the shorter side; four times the largest size anything is trained at
_ABOUT_FILE = ".upload.json"
_LONGEST_TITLE = 80  # characters


class Upload(Settings):
    """What is kept about an upload beside its files.

    Attributes:
        title: The name of the first uploaded file, for people only.
        kind: Whether images or points are kept.
        count: Images or points kept.
        class_names: Names of its classes as the user wrote them.
        skipped: One sentence per file that was left out.
    """

    title: str
    kind: Literal["images", "points"]
    count: int
    class_names: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


def store_upload(name: str, data: bytes, progress: Progress | None = None) -> Path:
    """Stores one uploaded zip, image or file of points; returns the path to load it by.

    Raises:
        UserError: It is too large, holds nothing usable, or cannot be stored.
    """
    return store_uploads([(name, data)], progress)


def store_uploads(files: Sequence[tuple[str, bytes]], progress: Progress | None = None) -> Path:
    """Stores uploaded files as one data set; the same files again give the same path.

    Args:
        files: Name and content of each: one zip of images, one file of points, or any number of images.
        progress: Told how many images are done.

    Returns:
        The path to load the data set by.

    Raises:
        UserError: They are too large, hold nothing usable, or cannot be stored.
    """
    size = sum(len(data) for _, data in files)
    if not files or size > MAX_UPLOAD_BYTES:
        raise UserError(
            f"an upload must hold between 1 file and {MAX_UPLOAD_BYTES // 2**20} MB, "
            f"got {len(files)} files of {size / 2**20:.0f} MB; choose other files"
        )
    whole = {name for name, _ in files if PurePath(name).suffix.lower() in (".zip", *POINT_FILES)}
    if whole and len(files) > 1:
        raise UserError(f"'{min(whole)}' is a data set of its own; take the other files away")
    folder = writable_data_dir() / "uploads" / _content_hash(files)
    try:
        if not (folder / _ABOUT_FILE).is_file():
            with _new_folder(folder) as draft:
                if PurePath(files[0][0]).suffix.lower() in POINT_FILES:
                    about = _store_points(*files[0], draft)
                else:
                    about = _store_images(files, draft, progress or silent)
                (draft / _ABOUT_FILE).write_text(about.model_dump_json(), encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"the upload could not be stored ({error.strerror}); make room or check '{folder}'"
        ) from error
    return _path_to_load(folder)


def list_uploads() -> dict[str, Upload]:
    """Everything uploaded so far, by the path to load it by, in order of title; damaged ones are left out."""
    found: list[tuple[str, Upload]] = []
    for file in (writable_data_dir() / "uploads").glob(f"[!.]*/{_ABOUT_FILE}"):
        # One damaged upload must not hide the others; loading it says what is wrong.
        with suppress(UserError):
            about = read_upload(file.parent)
            if about is not None:
                found.append((str(_path_to_load(file.parent)), about))
    return dict(sorted(found, key=lambda pair: pair[1].title.lower()))


def upload_at(path: str) -> Upload | None:
    """What is known about the upload that is loaded by a path; None if it is none, or damaged."""
    place = Path(path)
    with suppress(UserError):
        return read_upload(place.parent if place.is_file() else place)
    return None


def read_upload(folder: Path) -> Upload | None:
    """What is known about the upload kept in a folder; None if the folder is not one of this module's.

    Raises:
        UserError: The folder is one, but its description is damaged.
    """
    try:
        return Upload.model_validate_json((folder / _ABOUT_FILE).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValidationError) as error:
        raise UserError(f"the upload in '{folder}' is damaged; upload the images again") from error


def _store_points(name: str, data: bytes, draft: Path) -> Upload:
    """Keeps a file of points as a plain array."""
    received = draft / f"received{PurePath(name).suffix.lower()}"
    received.write_bytes(data)
    points = read_points(received, _title(name))
    received.unlink()
    np.save(draft / "points.npy", points, allow_pickle=False)
    return Upload(title=_title(name), kind="points", count=len(points))


def _store_images(files: Sequence[tuple[str, bytes]], draft: Path, progress: Progress) -> Upload:
    """Keeps every usable image of one zip or of several files."""
    title = _title(files[0][0])
    with _open_upload(files) as full_listing:
        listing, class_of = assign_classes(full_listing)
        number_of = {name: number for number, name in enumerate(sorted(set(class_of.values())))}
        skipped = list(listing.skipped)
        kept: list[str] = []
        for position, entry in enumerate(listing.entries):
            try:
                image = decode(entry.read())
            except BadPictureError as error:
                skipped.append(skip_sentence(entry.name, error))
                continue
            folder = draft / f"class_{number_of[class_of[entry.name]]:05d}" if class_of else draft
            folder.mkdir(exist_ok=True)
            _write_clean(image, folder / f"{position:06d}.png")
            kept.append(entry.name)
            progress(
                f"Storing image {position + 1:,} of {len(listing.entries):,}", position / len(listing.entries)
            )
    if not kept:
        raise no_usable_image(title, tuple(skipped))
    class_names = tuple(_title(name) for name in used_classes(kept, class_of))
    return Upload(
        title=title, kind="images", count=len(kept), class_names=class_names, skipped=tuple(skipped)
    )


@contextmanager
def _open_upload(files: Sequence[tuple[str, bytes]]) -> Iterator[Listing]:
    """The images of an uploaded zip, or the uploaded files themselves."""
    name, data = files[0]
    if len(files) == 1 and PurePath(name).suffix.lower() == ".zip":
        with list_zip(io.BytesIO(data), _title(name)) as listing:
            yield listing
        return
    yield Listing(tuple(Entry(_title(name), _content(data)) for name, data in files), ())


def _content(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _write_clean(image: Image.Image, path: Path) -> None:
    """Writes pixels only: no metadata of the original survives."""
    scale = _STORED_SIDE / min(image.size)
    if scale < 1:
        image = image.resize([round(scale * side) for side in image.size], Image.Resampling.BICUBIC)
    pixels = np.asarray(image)
    Image.fromarray(pixels[..., 0] if is_grey(pixels) else pixels).save(path, format="PNG")


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill that appears under its name only when it is complete."""
    draft = folder.with_name(f".{uuid.uuid4().hex}")
    draft.mkdir(parents=True)
    try:
        yield draft
        try:
            draft.replace(folder)
        except OSError:
            if not (folder / _ABOUT_FILE).is_file():  # if it is there, another session stored the same files
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _path_to_load(folder: Path) -> Path:
    points = folder / "points.npy"
    return points if points.is_file() else folder


def _content_hash(files: Sequence[tuple[str, bytes]]) -> str:
    """Names the content and the names, which carry labels and messages, without containing them."""
    digest = hashlib.sha256()
    for name, data in files:
        for part in (name.encode(errors="replace"), data):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()[:24]


def _title(name: str) -> str:
    """A file's or folder's name for people: only its last part, printable, of bounded length."""
    plain = "".join(
        character for character in PurePath(name.replace("\\", "/")).name if character.isprintable()
    )
    return plain[:_LONGEST_TITLE] or "upload"
