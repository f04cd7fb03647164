from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gan_core.data import containers
from gan_core.data.containers import list_folder, list_zip
from gan_core.data.pictures import BadPictureError
from gan_core.settings import UserError

Picture = Callable[..., bytes]
WriteTree = Callable[[Mapping[str, bytes]], Path]
ZipBytes = Callable[[Mapping[str, bytes]], bytes]


def test_a_folder_lists_images_by_name_and_names_the_rest(write_tree: WriteTree) -> None:
    folder = write_tree(
        {
            "b.PNG": b"2",
            "a/x.jpg": b"1",
            "notes.txt": b"",
            "a/noending": b"",
            ".DS_Store": b"",
            ".git/c.png": b"",
        }
    )
    listing = list_folder(folder)
    assert [entry.name for entry in listing.entries] == ["a/x.jpg", "b.PNG"]
    assert [entry.read() for entry in listing.entries] == [b"1", b"2"]
    assert listing.skipped == ("a/noending: not an image file", "notes.txt: not an image file")


def test_links_are_named_and_not_followed(tmp_path: Path, write_tree: WriteTree) -> None:
    folder = write_tree({"a.png": b"1"})
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.png").write_bytes(b"secret")
    (folder / "file.png").symlink_to(tmp_path / "secret" / "key.png")
    (folder / "folder").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(folder)
    listing = list_folder(folder)
    assert [entry.name for entry in listing.entries] == ["a.png"]
    assert [text.split(": ")[0] for text in listing.skipped] == ["file.png", "folder", "loop"]
    assert all(text.endswith("a link, which is not followed") for text in listing.skipped)


def test_a_file_that_vanishes_or_is_too_large_is_a_bad_picture(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tree({"a.png": b"1", "b.png": b"12345"})
    small, large = list_folder(folder).entries
    monkeypatch.setattr(containers, "MAX_FILE_BYTES", 4)
    with pytest.raises(BadPictureError, match="larger than"):
        large.read()
    (folder / "a.png").unlink()
    with pytest.raises(BadPictureError, match="could not be read"):
        small.read()


def test_too_many_files_are_refused(
    write_tree: WriteTree, zip_bytes: ZipBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{k}.png": b"" for k in range(4)}
    monkeypatch.setattr(containers, "MAX_FILES", 3)
    with pytest.raises(UserError, match="'pictures' holds more than 3 files"):
        list_folder(write_tree(files))
    with (
        pytest.raises(UserError, match=r"'a\.zip' holds more than 3 files"),
        list_zip(io.BytesIO(zip_bytes(files)), "a.zip"),
    ):
        pass


def test_a_zip_lists_images_by_name_and_names_the_rest(zip_bytes: ZipBytes) -> None:
    data = zip_bytes({"b.png": b"2", "a/x.jpg": b"1", "a/": b"", "notes.txt": b"", "__MACOSX/._b.png": b""})
    with list_zip(io.BytesIO(data), "a.zip") as listing:
        assert [(entry.name, entry.read()) for entry in listing.entries] == [
            ("a/x.jpg", b"1"),
            ("b.png", b"2"),
        ]
        assert listing.skipped == ("notes.txt: not an image file",)


@pytest.mark.parametrize("name", ["../up.png", "a/../../up.png", "/etc/up.png", "C:/up.png", "..\\up.png"])
def test_a_path_that_leads_outside_is_named_and_skipped(zip_bytes: ZipBytes, name: str) -> None:
    with list_zip(io.BytesIO(zip_bytes({name: b"1", "good.png": b"2"})), "a.zip") as listing:
        assert [entry.name for entry in listing.entries] == ["good.png"]
        assert listing.skipped == (f"{name}: an unsafe path",)


def test_a_link_in_a_zip_is_named_and_skipped() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with list_zip(buffer, "a.zip") as listing:
        assert listing.entries == ()
        assert listing.skipped == ("link.png: a link, which is not followed",)


def test_encrypted_and_unusually_compressed_members_are_named_and_skipped() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("locked.png", b"1")
        archive.writestr("lzma.png", b"1", zipfile.ZIP_LZMA)
    data = bytearray(buffer.getvalue())
    data[data.index(b"PK\x01\x02") + 8] |= 0x1  # the flag "encrypted" of the first member
    with list_zip(io.BytesIO(data), "a.zip") as listing:
        assert listing.skipped == ("locked.png: encrypted", "lzma.png: compressed in an unusual way")


def test_a_damaged_member_leaves_the_others_readable(zip_bytes: ZipBytes) -> None:
    data = bytearray(zip_bytes({"bad.png": os.urandom(200), "good.png": b"2"}))
    data[60] ^= 0xFF
    with list_zip(io.BytesIO(data), "a.zip") as listing:
        bad, good = listing.entries
        with pytest.raises(BadPictureError, match="damaged inside the archive"):
            bad.read()
        assert good.read() == b"2"


def test_a_zip_bomb_is_stopped_while_it_unpacks(zip_bytes: ZipBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_FILE_BYTES", 1000)
    monkeypatch.setattr(containers, "MAX_TOTAL_BYTES", 2500)
    data = zip_bytes({f"{k}.png": bytes(10**6) for k in range(4)})
    assert len(data) < 10_000
    with list_zip(io.BytesIO(data), "a.zip") as listing:
        for entry in listing.entries[:2]:
            with pytest.raises(BadPictureError, match="larger than"):
                entry.read()
        with pytest.raises(UserError, match=r"'a\.zip' unpacks to more than"):
            listing.entries[2].read()


def test_a_member_that_lies_about_its_size_is_still_bounded(
    zip_bytes: ZipBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "MAX_FILE_BYTES", 1000)
    data = bytearray(zip_bytes({"a.png": bytes(10**6)}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 50)  # the uncompressed size it states
    with list_zip(io.BytesIO(data), "a.zip") as listing, pytest.raises(BadPictureError):
        listing.entries[0].read()


@pytest.mark.parametrize("kept", [0, 10, 40, -30, -1])
def test_a_truncated_zip_is_refused(zip_bytes: ZipBytes, kept: int) -> None:
    data = zip_bytes({"a.png": b"1" * 50})
    with (
        pytest.raises(UserError, match="is not a zip archive that can be read"),
        list_zip(io.BytesIO(data[:kept]), "a.zip"),
    ):
        pass


def test_a_zip_with_a_nonsensical_directory_is_refused(zip_bytes: ZipBytes) -> None:
    data = bytearray(zip_bytes({"a.png": b"1"}))
    data[data.index(b"PK\x01\x02") : data.index(b"PK\x01\x02") + 4] = b"XXXX"
    with (
        pytest.raises(UserError, match="is not a zip archive that can be read"),
        list_zip(io.BytesIO(data), "a.zip"),
    ):
        pass


def test_a_directory_too_large_to_read_is_refused_before_it_is_read(zip_bytes: ZipBytes) -> None:
    data = bytearray(zip_bytes({"a.png": b"1"}))
    struct.pack_into("<I", data, data.rindex(b"PK\x05\x06") + 12, 17 * 2**20)
    with (
        pytest.raises(UserError, match="holds more than 50,000 files or is over 4 GB"),
        list_zip(io.BytesIO(data), "a.zip"),
    ):
        pass


def test_the_64_bit_form_is_refused(zip_bytes: ZipBytes) -> None:
    data = zip_bytes({"a.png": b"1"})
    end = data.rindex(b"PK\x05\x06")
    locator = b"PK\x06\x07" + bytes(16)
    with (
        pytest.raises(UserError, match="over 4 GB"),
        list_zip(io.BytesIO(data[:end] + locator + data[end:]), "a.zip"),
    ):
        pass


def test_a_name_is_shown_without_control_characters_and_not_endlessly(zip_bytes: ZipBytes) -> None:
    with list_zip(
        io.BytesIO(zip_bytes({"a\x1b[31m.txt": b"", "b" * 5000 + ".txt": b""})), "a.zip"
    ) as listing:
        assert listing.skipped == ("a?[31m.txt: not an image file", f"…{'b' * 116}.txt: not an image file")
