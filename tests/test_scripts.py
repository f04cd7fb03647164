"""The scripts behind `make`: a virtual environment and a browser, also on a bare machine."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def make_venv(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return importlib.import_module("make_venv")


@pytest.fixture
def ensure_browser(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    monkeypatch.delenv("GAN_BROWSER", raising=False)
    return importlib.import_module("ensure_browser")


@pytest.fixture
def run_tests(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return importlib.import_module("run_tests")


def _program(path: Path, exit_code: int) -> Path:
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


def _run(script: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["script", *map(str, arguments)])
    return int(script.main())


def test_an_environment_that_works_is_left_alone(
    make_venv: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_venv, "make_venv", lambda folder: pytest.fail("made again"))
    assert _run(make_venv, monkeypatch, sys.prefix) == 0


def test_a_missing_venv_module_is_installed(
    make_venv: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(make_venv, "apt_install", lambda package: installed.append(package) or True)
    monkeypatch.setattr(make_venv, "make_venv", lambda folder: bool(installed))
    assert _run(make_venv, monkeypatch, tmp_path / "venv") == 0
    assert installed == [f"python3.{sys.version_info.minor}-venv"]


def test_without_the_right_to_install_it_names_the_package(
    make_venv: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(make_venv, "apt_install", lambda package: False)
    monkeypatch.setattr(make_venv, "make_venv", lambda folder: False)
    assert _run(make_venv, monkeypatch, tmp_path / "venv") == 1
    assert f"python3.{sys.version_info.minor}-venv" in capsys.readouterr().err


def test_a_browser_that_does_not_start_is_passed_over(
    ensure_browser: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _program(tmp_path / "chromium", 1)
    working = _program(tmp_path / "google-chrome", 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ensure_browser.system_browser() == str(working)


def test_the_browser_a_user_names_comes_first(
    ensure_browser: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named = _program(tmp_path / "mine", 0)
    monkeypatch.setenv("GAN_BROWSER", str(named))
    assert ensure_browser.system_browser() == str(named)


def test_a_browser_is_installed_only_if_none_is_there(
    ensure_browser: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(ensure_browser, "apt_install", lambda package: installed.append(package) or True)
    monkeypatch.setattr(ensure_browser, "playwright_browser", lambda: None)
    monkeypatch.setattr(ensure_browser, "system_browser", lambda: "/bin/chromium" if installed else None)
    assert ensure_browser.main() == 0
    assert installed == ["chromium"]
    assert ensure_browser.main() == 0
    assert installed == ["chromium"]


# --- run_tests.py ---


def says(text: str, status: int) -> tuple[str, ...]:
    return sys.executable, "-c", f"print({text!r}, flush=True); raise SystemExit({status})"


@pytest.mark.parametrize(
    ("aside", "others", "status", "said"),
    [
        (0, (0, 0), 0, ["a", "b", "aside"]),
        (0, (3, 0), 3, ["a", "aside"]),  # what comes after a failure is not run
        (2, (0, 0), 2, ["a", "b", "aside"]),
        (2, (3, 0), 2, ["a", "aside"]),
    ],
)
def test_one_failure_fails_the_whole(
    run_tests: ModuleType,
    aside: int,
    others: tuple[int, int],
    status: int,
    said: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    commands = [says(name, each) for name, each in zip("ab", others, strict=True)]
    assert run_tests.run(says("aside", aside), commands) == status
    assert capfd.readouterr().out.split() == said
