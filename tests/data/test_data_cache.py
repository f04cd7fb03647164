from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from gan_core.data import cache
from gan_core.data.cache import cached
from gan_core.data.datasets import ImageDataset


class _Builder:
    """Builds a data set, counts how often, and collects what progress says."""

    def __init__(self, *, labelled: bool = True) -> None:
        self.built = 0
        self.said: list[str] = []
        self.labelled = labelled

    def build(self) -> ImageDataset:
        self.built += 1
        images = torch.arange(2 * 3 * 4 * 4).reshape(2, 3, 4, 4).to(torch.uint8)
        labels = torch.tensor([1, 0]) if self.labelled else None
        return ImageDataset("two", images, labels, ("a", "ü"), ("x.txt: not an image",))

    def get(self, source: str = "two/8", fingerprint: str = "1") -> ImageDataset:
        return cached(source, fingerprint, self.build, lambda text, fraction: self.said.append(text))


def _file(data_dir: Path) -> Path:
    (file,) = (data_dir / ".cache").iterdir()
    return file


@pytest.mark.parametrize("labelled", [True, False])
def test_the_second_time_comes_from_the_cache_and_is_equal(labelled: bool) -> None:
    builder = _Builder(labelled=labelled)
    first, second = builder.get(), builder.get()
    assert builder.built == 1
    assert builder.said == []
    assert torch.equal(first.images, second.images)
    assert (first.name, first.class_names, first.skipped) == (second.name, second.class_names, second.skipped)
    if first.labels is None:
        assert second.labels is None
    else:
        assert second.labels is not None
        assert torch.equal(first.labels, second.labels)


def test_another_source_has_a_cache_of_its_own() -> None:
    builder = _Builder()
    builder.get("two/8")
    builder.get("two/16")
    builder.get("two/8")
    assert builder.built == 2


def test_changed_files_replace_the_cache(data_dir: Path) -> None:
    builder = _Builder()
    builder.get(fingerprint="1")
    builder.get(fingerprint="2")
    assert builder.built == 2
    assert builder.said == []
    assert _file(data_dir)


@pytest.mark.parametrize("damage", ["emptied", "truncated", "header", "pixel", "foreign"])
def test_a_damaged_cache_is_rebuilt_and_said(data_dir: Path, damage: str) -> None:
    builder = _Builder()
    expected = builder.get()
    file = _file(data_dir)
    data = bytearray(file.read_bytes())
    if damage == "header":
        data[0] ^= 0xFF
    elif damage == "pixel":
        data[-1] ^= 0x01
    kept = {"emptied": 0, "truncated": len(data) - 10}.get(damage, len(data))
    file.write_bytes(b"no tensors at all" if damage == "foreign" else data[:kept])
    assert torch.equal(builder.get().images, expected.images)
    assert builder.built == 2
    assert builder.said == ["The cached images are damaged; decoding them again"]
    builder.get()
    assert builder.built == 2  # the rebuilt one is whole


def test_a_kill_while_writing_leaves_the_old_cache(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = _Builder()
    builder.get(fingerprint="1")

    def killed(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cache, "save_file", killed)
        with pytest.raises(KeyboardInterrupt):
            builder.get(fingerprint="2")
    builder.get(fingerprint="1")
    assert builder.built == 2
    assert _file(data_dir)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SafetensorError("disk full")])
def test_a_full_disk_is_tolerated(data_dir: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def full(tensors: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(cache, "save_file", full)
    builder = _Builder()
    assert len(builder.get()) == 2
    assert "could not be cached" in builder.said[0]
    assert list((data_dir / ".cache").iterdir()) == []


def test_a_cache_folder_that_cannot_be_made_is_tolerated(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / ".cache").write_text("a file where the folder should be")
    builder = _Builder()
    assert len(builder.get()) == 2
    assert "could not be cached" in builder.said[0]


def test_the_images_outlive_their_cache_file(data_dir: Path) -> None:
    builder = _Builder()
    builder.get()
    dataset = builder.get()
    _file(data_dir).write_bytes(b"")  # a mapped tensor would die of this
    assert int(dataset.images.sum()) == int(builder.build().images.sum())
