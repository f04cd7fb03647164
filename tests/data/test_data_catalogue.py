from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gan_core.data import DATASETS, data_dir, dataset_status, writable_data_dir
from gan_core.data.catalogue import REMOTE_FILES, find_remote_file
from gan_core.data.points import POINT_BUILDERS
from gan_core.settings import UserError

NAMES = [
    "ring8",
    "grid25",
    "two-gaussians",
    "three-blobs",
    "line",
    "circle",
    "moons",
    "drawn",
    "modes",
    "sines",
    "digits",
    "mnist",
    "fashion-mnist",
    "kmnist",
    "emnist-letters",
    "cifar10",
    "captioned-digits",
    "stacked-digits",
    "stacked-mnist",
    "digits-scenes",
    "mnist-scenes",
]


def _place(root: Path, name: str, *, suffix: str = "") -> None:
    folder = root / REMOTE_FILES[name].folder
    folder.mkdir(parents=True)
    for file in REMOTE_FILES[name].train + REMOTE_FILES[name].test:
        (folder / f"{file}{suffix}").touch()


def test_the_data_sets_are_listed_in_the_order_of_the_pages() -> None:
    assert list(DATASETS) == NAMES
    assert [name for name in NAMES if DATASETS[name].kind == "points"] == list(POINT_BUILDERS)
    own_files = [name for name in NAMES if DATASETS[name].source == "download" and not DATASETS[name].stacks]
    assert own_files == list(REMOTE_FILES)


@pytest.mark.parametrize("name", [name for name in NAMES if DATASETS[name].kind == "images"])
def test_an_image_set_says_what_it_holds(name: str) -> None:
    info = DATASETS[name]
    assert info.native_size
    assert info.training_size
    assert info.channels in (1, 3)
    classes = {"emnist-letters": 26, "stacked-digits": 0, "stacked-mnist": 0, "captioned-digits": 0}
    assert len(info.class_names) == classes.get(name, 10)
    assert (info.download_mb is not None) == (info.source == "download")


def test_listing_the_data_sets_imports_no_torch() -> None:
    program = "import sys, gan_core.data as d; d.dataset_status('mnist'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_unknown_attribute_of_the_package_is_an_ordinary_error() -> None:
    import gan_core.data

    with pytest.raises(AttributeError, match="no attribute 'load_datasets'"):
        gan_core.data.load_datasets  # noqa: B018


def test_a_stack_is_ready_when_what_it_stacks_is(data_dir: Path) -> None:
    assert dataset_status("stacked-digits") == "ready"
    assert dataset_status("stacked-mnist") == "download"
    _place(data_dir, "mnist")
    assert dataset_status("stacked-mnist") == "ready"


def test_what_is_generated_or_bundled_is_ready() -> None:
    assert dataset_status("ring8") == dataset_status("digits") == "ready"


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("name", list(REMOTE_FILES))
def test_a_download_is_ready_once_all_its_files_are_there(data_dir: Path, name: str, suffix: str) -> None:
    assert dataset_status(name) == "download"
    _place(data_dir, name, suffix=suffix)
    assert dataset_status(name) == "ready"
    last = find_remote_file(name, REMOTE_FILES[name].test[-1])
    assert last is not None
    last.unlink()
    assert dataset_status(name) == "download"


def test_a_path_is_ready_if_it_exists(tmp_path: Path) -> None:
    assert dataset_status(str(tmp_path)) == "ready"
    with pytest.raises(UserError, match="unknown data set"):
        dataset_status(str(tmp_path / "absent"))


def test_an_unknown_name_lists_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(
        UserError, match=r"unknown data set 'mnits'; known are ring8, .*did you mean 'mnist'\?"
    ):
        dataset_status("mnits")


def test_a_read_only_data_folder_is_read_and_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    _place(shared, "mnist")
    monkeypatch.setenv("GAN_DATA_DIR", str(shared))
    monkeypatch.chdir(tmp_path)
    assert writable_data_dir() == shared
    shared.chmod(0o555)
    try:
        assert data_dir() == shared
        assert writable_data_dir() == Path("data")
        assert dataset_status("mnist") == "ready"
        _place(tmp_path / "data", "kmnist")  # what is downloaded beside it is found too
        assert dataset_status("kmnist") == "ready"
    finally:
        shared.chmod(0o755)


def test_without_the_variable_data_lies_in_the_working_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAN_DATA_DIR")
    assert data_dir() == Path("data")
