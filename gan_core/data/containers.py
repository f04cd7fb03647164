"""Lists the image files of a folder or zip and reads them within limits; writes and follows nothing."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gan_core.data.pictures import SUFFIXES, BadPictureError
from gan_core.settings import UserError

MAX_FILES = 50_000
MAX_FILE_BYTES = 32 * 2**20
MAX_TOTAL_BYTES = 2 * 2**30
_MAX_ZIP_DIRECTORY_BYTES = (
    16 * 2**20
)  # room for 50,000 long names; a larger one would fill the memory on opening
_END_OF_ZIP = struct.Struct("<4s4H2LH")
_LONGEST_ZIP_COMMENT = 2**16
_LONGEST_SHOWN_NAME = 120  # characters
_JUNK = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Entry:
    """One file that may be an image.

    Attributes:
        name: Its path inside the folder or archive, with slashes; shown and used for labels, never opened.
        read: Reads its bytes; raises BadPictureError where that fails.
    """

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Listing:
    """The candidate images of a folder or archive in order of their names.

    Attributes:
        entries: Files that may be images.
        skipped: One sentence per file that was left out; hidden and system files are passed over in silence.
    """

    entries: tuple[Entry, ...]
    skipped: tuple[str, ...]


def list_folder(folder: Path) -> Listing:
    """The image files under a folder; links are named and not followed.

    Raises:
        UserError: The folder cannot be read or holds too many files.
    """
    entries: list[Entry] = []
    skipped: list[str] = []
    try:
        for path in files_under(folder):
            name = path.relative_to(folder).as_posix()
            reason = "a link, which is not followed" if path.is_symlink() else _reason_by_name(name)
            if reason is None:
                entries.append(Entry(name, _file_reader(path)))
            else:
                skipped.append(skip_sentence(name, reason))
    except OSError as error:
        raise UserError(
            f"could not read the folder '{folder}' ({error.strerror}); check that it may be read"
        ) from error
    return Listing(_by_name(entries), tuple(sorted(skipped)))


@contextmanager
def list_zip(file: BinaryIO, title: str) -> Iterator[Listing]:
    """The image files of an open zip archive, readable inside the `with` block; nothing is unpacked to disk.

    Args:
        file: The archive, seekable.
        title: What error messages call it.

    Raises:
        UserError: It is no zip archive, or too large in any way.
    """
    _check_zip_directory(file, title)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise UserError(f"'{title}' is not a zip archive that can be read; pack the images again") from error
    with archive:
        members = [info for info in archive.infolist() if not info.is_dir() and not _is_hidden(info.filename)]
        _check_count(len(members), title)
        budget = _Budget(title)
        entries, skipped = [], []
        for info in members:
            reason = _reason_by_member(info) or _reason_by_name(info.filename)
            if reason is None:
                entries.append(Entry(info.filename, _member_reader(archive, info, budget)))
            else:
                skipped.append(skip_sentence(info.filename, reason))
        yield Listing(_by_name(entries), tuple(sorted(skipped)))


class _Budget:
    """Counts the bytes an archive really unpacks to, for the sizes it states may be false."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._left = MAX_TOTAL_BYTES

    def spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise UserError(
                f"'{self._title}' unpacks to more than {MAX_TOTAL_BYTES // 2**30} GB; shrink the images"
            )


def skip_sentence(name: str, reason: object) -> str:
    """Names a file that was left out and says why; what cannot be printed and the far end of the name go."""
    plain = "".join(character if character.isprintable() else "?" for character in name)
    shown = plain if len(plain) <= _LONGEST_SHOWN_NAME else f"…{plain[-_LONGEST_SHOWN_NAME:]}"
    return f"{shown}: {reason}"


def files_under(folder: Path) -> Iterator[Path]:
    """Every visible file under a folder, and every link, whether to a file or to a folder.

    Raises:
        OSError: A folder cannot be read.
        UserError: There are too many files.
    """
    count = 0

    def stop(error: OSError) -> None:
        raise error

    for parent, folders, files in os.walk(folder, followlinks=False, onerror=stop):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = [name for name in folders if name not in links and not _is_hidden(name)]
        for name in files + links:
            if not _is_hidden(name):
                count += 1
                _check_count(count, folder.name)
                yield Path(parent, name)


def _file_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with path.open("rb") as file:
                return _within_limit(file.read(MAX_FILE_BYTES + 1))
        except OSError as error:
            raise BadPictureError(f"could not be read ({error.strerror})") from error

    return read


def _member_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(info) as member:
                data = member.read(MAX_FILE_BYTES + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            RuntimeError,
            ValueError,
            struct.error,
        ) as error:
            raise BadPictureError("damaged inside the archive") from error
        budget.spend(len(data))
        return _within_limit(data)

    return read


def _within_limit(data: bytes) -> bytes:
    if len(data) > MAX_FILE_BYTES:
        raise BadPictureError(f"larger than {MAX_FILE_BYTES // 2**20} MB")
    return data


def _reason_by_name(name: str) -> str | None:
    """Why a file is left out already because of its name, or None."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    return None if suffix in SUFFIXES else "not an image file"


def _reason_by_member(info: zipfile.ZipInfo) -> str | None:
    """Why a member of an archive is left out because of what its entry says, or None."""
    if info.filename.startswith("/") or "\\" in info.filename or ":" in info.filename:
        return "an unsafe path"
    if ".." in info.filename.split("/"):
        return "an unsafe path"
    if stat.S_ISLNK(info.external_attr >> 16):  # the upper half holds the Unix mode
        return "a link, which is not followed"
    if info.flag_bits & 0x1:
        return "encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "compressed in an unusual way"
    return None


def _is_hidden(name: str) -> bool:
    """Whether a path leads through what systems hide; two dots are an attack, to be named."""
    parts = name.split("/")
    return any(part in _JUNK or (part.startswith(".") and part[1:2] not in ("", ".")) for part in parts)


def _by_name(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.name))


def _check_count(count: int, title: str) -> None:
    if count > MAX_FILES:
        raise UserError(f"'{title}' holds more than {MAX_FILES:,} files; use fewer images")


def _check_zip_directory(file: BinaryIO, title: str) -> None:
    """Refuses an archive whose table of contents would not fit the memory, before zipfile reads all of it."""
    file.seek(0, os.SEEK_END)
    tail_start = max(0, file.tell() - _LONGEST_ZIP_COMMENT - 2 * _END_OF_ZIP.size)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END_OF_ZIP.size > len(tail):
        raise UserError(f"'{title}' is not a zip archive that can be read; pack the images again")
    directory_bytes = _END_OF_ZIP.unpack_from(tail, at)[5]
    # The 64-bit form states its sizes elsewhere; only archives past every limit here need it.
    if directory_bytes > _MAX_ZIP_DIRECTORY_BYTES or b"PK\x06\x07" in tail[:at][-20:]:
        raise UserError(f"'{title}' holds more than {MAX_FILES:,} files or is over 4 GB; use fewer images")
