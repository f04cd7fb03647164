"""One thread per process, and every test in folders of its own."""

from __future__ import annotations

import os
from pathlib import Path

# Set before torch is first imported, and inherited by the workers that tests start.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"

import pytest
import torch
from ensure_browser import system_browser

torch.set_num_threads(1)

DOWNLOADED_DATA_DIR = os.environ.get("GAN_DATA_DIR")


@pytest.fixture(autouse=True)
def isolated_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and data of a test, and of the processes it starts, go to its own temporary folder."""
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """Folder of the test's run store, the value of GAN_RUNS_DIR."""
    return tmp_path / "runs"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Folder of the test's data sets, the value of GAN_DATA_DIR."""
    return tmp_path / "data"


@pytest.fixture
def real_mnist(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder GAN_DATA_DIR named when the tests started; skips the test unless MNIST lies there."""
    folder = Path(DOWNLOADED_DATA_DIR or "data").absolute()
    if not (folder / "MNIST" / "raw").is_dir():
        pytest.skip("MNIST is not on this machine; set GAN_DATA_DIR to the folder that holds MNIST/raw")
    monkeypatch.setenv("GAN_DATA_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def browser_executable() -> str | None:
    """Path of the installed browser that `make test` found; None: Playwright's own."""
    return system_browser()
