from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from gan_core.data import ImageDataset, folders, load_dataset
from gan_core.data.folders import fingerprint
from gan_core.settings import UserError

Picture = Callable[..., bytes]
WriteTree = Callable[[Mapping[str, bytes]], Path]
ZipBytes = Callable[[Mapping[str, bytes]], bytes]


def _load(path: Path, **options: object) -> ImageDataset:
    dataset = load_dataset(str(path), **options)  # type: ignore[arg-type]
    assert isinstance(dataset, ImageDataset)
    return dataset


def _colours(dataset: ImageDataset) -> list[tuple[int, ...]]:
    return [tuple(image[:, 0, 0].tolist()) for image in dataset.images]


def test_images_are_loaded_in_the_order_of_their_names(picture: Picture, write_tree: WriteTree) -> None:
    dataset = _load(write_tree({"b.png": picture((1, 2, 3)), "a.bmp": picture((4, 5, 6), file_format="BMP")}))
    assert dataset.name == "pictures"
    assert dataset.spec.shape == (3, 32, 32)
    assert dataset.spec.num_classes == 0
    assert dataset.labels is None
    assert _colours(dataset) == [(4, 5, 6), (1, 2, 3)]


def test_the_size_is_the_one_asked_for(picture: Picture, write_tree: WriteTree) -> None:
    folder = write_tree({"a.png": picture(size=(50, 20))})
    assert _load(folder, image_size=16).spec.shape == (3, 16, 16)
    assert _load(folder, image_size=64).spec.shape == (3, 64, 64)


def test_grey_images_keep_one_channel_and_one_colour_makes_all_rgb(
    picture: Picture, write_tree: WriteTree
) -> None:
    grey = {"a.png": picture(90, mode="L"), "b.png": picture((70, 70, 70))}
    dataset = _load(write_tree(grey))
    assert dataset.spec.shape == (1, 32, 32)
    assert _colours(dataset) == [(90,), (70,)]
    dataset = _load(write_tree(grey | {"c.png": picture((1, 2, 3))}))
    assert _colours(dataset) == [(90, 90, 90), (70, 70, 70), (1, 2, 3)]


def test_two_subfolders_become_classes(picture: Picture, write_tree: WriteTree) -> None:
    dataset = _load(
        write_tree(
            {
                "cats/1.png": picture((1, 0, 0)),
                "dogs/old/1.png": picture((2, 0, 0)),
                "cats/2.png": picture((1, 0, 0)),
            }
        )
    )
    assert dataset.class_names == ("cats", "dogs")
    assert dataset.labels is not None
    assert dataset.labels.dtype == torch.int64
    assert dataset.labels.tolist() == [0, 0, 1]
    assert [colour[0] - 1 for colour in _colours(dataset)] == dataset.labels.tolist()


def test_a_folder_around_everything_is_passed_through(
    picture: Picture, zip_bytes: ZipBytes, tmp_path: Path
) -> None:
    path = tmp_path / "pets.zip"
    path.write_bytes(zip_bytes({f"pets/all/{name}/1.png": picture() for name in ("dogs", "cats")}))
    assert _load(path).class_names == ("cats", "dogs")


def test_one_subfolder_is_no_class(picture: Picture, write_tree: WriteTree) -> None:
    dataset = _load(write_tree({"1.png": picture(), "more/2.png": picture()}))
    assert dataset.labels is None
    assert len(dataset) == 2


def test_an_image_beside_the_class_folders_is_named_and_skipped(
    picture: Picture, write_tree: WriteTree
) -> None:
    dataset = _load(write_tree({"cover.png": picture(), "cats/1.png": picture(), "dogs/1.png": picture()}))
    assert len(dataset) == 2
    assert dataset.skipped == ("cover.png: beside the class folders",)


def test_a_class_without_usable_images_is_no_class(picture: Picture, write_tree: WriteTree) -> None:
    files = {"a/1.png": b"broken", "b/1.png": picture((1, 0, 0)), "c/1.png": picture((2, 0, 0))}
    dataset = _load(write_tree(files))
    assert dataset.class_names == ("b", "c")
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [0, 1]
    dataset = _load(write_tree(files | {"c/1.png": b"broken"}))
    assert dataset.class_names == ()
    assert dataset.labels is None


def test_bad_files_are_named_and_the_rest_is_used(picture: Picture, write_tree: WriteTree) -> None:
    good = picture(pixels=np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    files = {
        "a.png": good,
        "b.png": good[: len(good) // 2],
        "c.png": b"",
        "d.png": picture(size=(4, 4)),
        "e.txt": b"",
    }
    dataset = _load(write_tree(files))
    assert len(dataset) == 1
    assert sorted(dataset.skipped) == [
        "b.png: a damaged image",
        "c.png: not an image that can be read",
        "d.png: 4 × 4 is smaller than 8 pixels on a side",
        "e.txt: not an image file",
    ]
    assert _load(write_tree(files)).skipped == dataset.skipped  # also when it comes from the cache


@pytest.mark.parametrize("files", [{}, {"a.txt": b""}, {"a.png": b"broken", "b.png": b"broken too"}])
def test_no_usable_image_is_an_error(write_tree: WriteTree, tmp_path: Path, files: dict[str, bytes]) -> None:
    (tmp_path / "pictures").mkdir()
    with pytest.raises(
        UserError, match=r"no usable image in 'pictures': .*; add images of 8 pixels or more as bmp, gif"
    ):
        _load(write_tree(files))


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no archive")
    with pytest.raises(UserError, match=r"'a\.zip' is not a zip archive"):
        _load(tmp_path / "a.zip")


def test_a_zip_is_loaded_like_the_folder_it_holds_and_unpacks_nothing(
    picture: Picture, write_tree: WriteTree, zip_bytes: ZipBytes, tmp_path: Path
) -> None:
    files = {"cats/1.png": picture((1, 2, 3)), "dogs/1.png": picture((4, 5, 6))}
    (tmp_path / "pets.zip").write_bytes(zip_bytes(files | {"../outside.png": picture()}))
    from_zip, from_folder = _load(tmp_path / "pets.zip"), _load(write_tree(files))
    assert torch.equal(from_zip.images, from_folder.images)
    assert from_zip.class_names == from_folder.class_names
    assert from_zip.skipped == ("../outside.png: an unsafe path",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "pets.zip", "pictures"]


def test_more_images_than_fit_into_memory_are_refused(
    picture: Picture, write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_MAX_TENSOR_BYTES", 2 * 3 * 32**2)
    with pytest.raises(UserError, match="'pictures' holds 3 images; at 32 pixels at most 2 fit into memory"):
        _load(write_tree({f"{k}.png": picture() for k in range(3)}))


def test_every_tenth_image_is_held_out(picture: Picture, write_tree: WriteTree) -> None:
    folder = write_tree({f"{k:02}.png": picture((k, 255 - k, 0)) for k in range(25)})
    train, test = _load(folder, split="train"), _load(folder, split="test")
    assert {colour[0] for colour in _colours(test)} == {9, 19}
    assert {colour[0] for colour in _colours(train)} == set(range(25)) - {9, 19}


def test_few_images_serve_as_both_splits(picture: Picture, write_tree: WriteTree) -> None:
    folder = write_tree({f"{k:02}.png": picture((k, 0, 0)) for k in range(19)})
    assert len(_load(folder, split="train")) == len(_load(folder, split="test")) == 19


def test_decoding_happens_once_and_again_when_a_file_changes(
    picture: Picture, write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    real_decode = folders.decode
    monkeypatch.setattr(folders, "decode", lambda data: decoded.append(len(data)) or real_decode(data))
    folder = write_tree({"a.png": picture((1, 2, 3)), "b.png": picture((4, 5, 6))})
    _load(folder)
    _load(folder, split="test")
    assert len(decoded) == 2
    (folder / "b.png").write_bytes(picture((7, 8, 9)))
    os.utime(folder / "b.png", ns=(1, 1))
    assert _colours(_load(folder)) == [(1, 2, 3), (7, 8, 9)]


def test_progress_tells_the_fraction_done(picture: Picture, write_tree: WriteTree) -> None:
    folder = write_tree({f"{k:02}.png": picture() for k in range(45)})
    told: list[tuple[str, float]] = []
    _load(folder, progress=lambda text, fraction: told.append((text, fraction)))
    assert told[0] == ("Decoding image 1 of 45", 0.0)
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)


def test_the_fingerprint_of_a_link_loop_ends(write_tree: WriteTree) -> None:
    folder = write_tree({"a.png": b"1"})
    before = fingerprint(folder)
    (folder / "loop").symlink_to(folder)
    assert fingerprint(folder) != before
