from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_core.data import ImageDataset, PointDataset, list_uploads, load_dataset, store_upload, store_uploads
from gan_core.data import uploads as module
from gan_core.settings import UserError

Picture = Callable[..., bytes]
ZipBytes = Callable[[Mapping[str, bytes]], bytes]


def _load(path: Path) -> ImageDataset:
    dataset = load_dataset(str(path))
    assert isinstance(dataset, ImageDataset)
    return dataset


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_zip_becomes_a_clean_folder_with_its_classes(
    data_dir: Path, picture: Picture, zip_bytes: ZipBytes
) -> None:
    files = {
        "cats & \x07co/1.png": picture((1, 2, 3)),
        "dogs/1.gif": picture(9, mode="L", file_format="GIF"),
        "a.txt": b"",
    }
    path = store_upload("my pets.zip", zip_bytes(files))
    assert path.parent == data_dir / "uploads"
    assert _files(path) == {".upload.json", "class_00000/000000.png", "class_00001/000001.png"}
    dataset = _load(path)
    assert dataset.name == "my pets.zip"
    assert dataset.class_names == ("cats & co", "dogs")
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [0, 1]
    assert dataset.images[0, :, 0, 0].tolist() == [1, 2, 3]
    assert dataset.skipped == ("a.txt: not an image file",)


@pytest.mark.parametrize(
    "name",
    [
        "../../escape.png",
        "/etc/passwd",
        "C:\\windows\\x.png",
        "a\0b.png",
        "..",
        "",
        "x" * 5000 + ".png",
        "<b>.png",
    ],
)
def test_no_name_a_user_typed_becomes_a_path(data_dir: Path, picture: Picture, name: str) -> None:
    path = store_upload(name, picture())
    everything = {item.relative_to(data_dir.parent).as_posix() for item in data_dir.parent.rglob("*")}
    assert everything == {
        "data",
        "data/uploads",
        f"data/uploads/{path.name}",
        f"data/uploads/{path.name}/.upload.json",
        f"data/uploads/{path.name}/000000.png",
    }
    assert path.name.isalnum()
    assert len(list_uploads()[str(path)].title) <= 80


def test_images_are_written_anew_without_what_came_along(picture: Picture) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    data = (
        picture((200, 10, 10), size=(900, 600), file_format="JPEG", exif=exif.tobytes())
        + b"<script>alert(1)</script>"
    )
    path = store_upload("photo.jpg", data)
    (stored,) = path.glob("*.png")
    assert b"where I live" not in stored.read_bytes()
    assert b"script" not in stored.read_bytes()
    with Image.open(stored) as image:
        assert image.format == "PNG"
        assert image.size == (768, 512)
        assert image.info == {}


def test_a_long_narrow_image_can_be_loaded_after_it_was_stored(picture: Picture) -> None:
    dataset = _load(store_upload("strip.png", picture(size=(3000, 9))))
    assert len(dataset) == 1
    assert dataset.skipped == ()


def test_several_images_become_one_data_set(picture: Picture) -> None:
    files = [("a.png", picture((1, 0, 0))), ("b.txt", b"text"), ("a.png", picture((2, 0, 0)))]
    dataset = _load(store_uploads(files))
    assert dataset.images[:, 0, 0, 0].tolist() == [1, 2]
    assert dataset.name == "a.png"
    assert dataset.skipped == ("b.txt: not an image that can be read",)


def test_the_same_files_again_are_stored_once(data_dir: Path, picture: Picture) -> None:
    first, again = store_upload("a.png", picture()), store_upload("a.png", picture())
    other = store_upload("a.png", picture((0, 0, 0)))
    assert first == again != other
    assert len(list((data_dir / "uploads").iterdir())) == 2


def test_a_class_of_broken_images_does_not_shift_the_others(picture: Picture, zip_bytes: ZipBytes) -> None:
    files = {"a/1.png": picture((1, 0, 0)), "b/1.png": b"broken", "c/1.png": picture((3, 0, 0))}
    dataset = _load(store_upload("abc.zip", zip_bytes(files)))
    assert dataset.class_names == ("a", "c")
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [0, 1]


def test_points_are_stored_as_a_plain_array(data_dir: Path) -> None:
    path = store_upload("my points.csv", b"x,y\n0,0\n1,2\n4,1\n")
    np.testing.assert_array_equal(np.load(path, allow_pickle=False), [[0, 0], [1, 2], [4, 1]])
    dataset = load_dataset(str(path))
    assert isinstance(dataset, PointDataset)
    assert dataset.name == "my points.csv"
    assert _files(path.parent) == {".upload.json", "points.npy"}
    buffer = io.BytesIO()
    np.save(buffer, np.eye(5, 2))
    store_upload("b.npy", buffer.getvalue())
    assert [(about.title, about.kind, about.count) for about in list_uploads().values()] == [
        ("b.npy", "points", 5),
        ("my points.csv", "points", 3),
    ]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.png", b"broken", "no usable image in 'a.png': 1 skipped, the first is 'a.png: not an image"),
        ("a.zip", b"broken", "'a.zip' is not a zip archive"),
        ("a.csv", b"1,2\nthree", "'a.csv', line 2: expected two numbers"),
        ("a.npy", b"broken", "'a.npy' is not a readable .npy array"),
    ],
)
def test_an_unusable_upload_is_refused_and_leaves_nothing(
    data_dir: Path, name: str, data: bytes, sentence: str
) -> None:
    with pytest.raises(UserError) as caught:
        store_upload(name, data)
    assert sentence in str(caught.value)
    assert list((data_dir / "uploads").iterdir()) == []


def test_an_upload_too_large_or_empty_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="got 0 files"):
        store_uploads([])
    monkeypatch.setattr(module, "MAX_UPLOAD_BYTES", 2**20)
    with pytest.raises(UserError, match="between 1 file and 1 MB, got 1 files of 2 MB"):
        store_upload("a.png", bytes(2 * 2**20))


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    data_dir: Path, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(image: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write_clean", full)
    with pytest.raises(UserError, match=r"the upload could not be stored \(No space left on device\)"):
        store_upload("a.png", picture())
    assert list((data_dir / "uploads").iterdir()) == []


def test_two_sessions_storing_the_same_files_at_once_agree(
    picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module._store_images
    paths: list[Path] = []

    def overtaken(*args: object) -> object:
        monkeypatch.setattr(module, "_store_images", real)
        paths.append(store_upload("a.png", picture()))  # the other session finishes first
        return real(*args)

    monkeypatch.setattr(module, "_store_images", overtaken)
    paths.append(store_upload("a.png", picture()))
    assert paths[0] == paths[1]
    assert len(_load(paths[0])) == 1


def test_a_damaged_upload_is_named_and_hides_no_other(picture: Picture) -> None:
    damaged, whole = store_upload("a.png", picture()), store_upload("b.png", picture((0, 0, 0)))
    (damaged / ".upload.json").write_text('{"title": "a')
    assert list(list_uploads()) == [str(whole)]
    with pytest.raises(UserError, match="is damaged; upload the images again"):
        _load(damaged)


def test_without_uploads_the_list_is_empty() -> None:
    assert list_uploads() == {}


@pytest.mark.parametrize("name", ["digits.zip", "cloud.csv"])
def test_a_data_set_of_its_own_cannot_be_mixed_with_other_files(name: str) -> None:
    with pytest.raises(UserError, match=f"'{name}' is a data set of its own; take the other files away"):
        store_uploads([("0.png", b"whatever"), (name, b"whatever")])
