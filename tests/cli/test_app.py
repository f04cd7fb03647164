"""The command line as a whole: quick help, one sentence for a mistake, and a README that tells the truth."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gan_core.cli.app import app

ROOT = Path(__file__).parents[2]
PROGRAM = "python -m gan_core "
README_COMMANDS = [
    line.removeprefix(PROGRAM)
    for line in (ROOT / "README.md").read_text().splitlines()
    if line.startswith(PROGRAM)
]


@pytest.mark.parametrize("words", ["--help", "runs", "runs --help", "sample --help"])
def test_what_needs_no_torch_does_not_load_it(words: str) -> None:
    program = (
        "import sys\n"
        "from gan_core.cli.app import app\n"
        f"app({words.split()!r}, standalone_mode=False)\n"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_module_can_be_run() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gan_core", "runs", "show", "nosuch"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == "Error: there is no run 'nosuch'; 'runs list' shows those that exist\n"


def test_a_mistyped_command_is_corrected() -> None:
    result = CliRunner().invoke(app, ["trian"])
    assert result.exit_code == 2
    assert "Did you mean 'train'?" in result.stderr


def test_a_fault_of_the_program_is_not_passed_off_as_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("gan_core.cli.runs._open_store", broken)
    result = CliRunner().invoke(app, ["runs", "list"])
    assert isinstance(result.exception, ValueError)


@pytest.mark.parametrize("command", README_COMMANDS)
def test_a_command_of_the_readme_is_understood(command: str) -> None:
    # With --help at its end a command is parsed, and refused if it is wrong, but not run.
    result = CliRunner().invoke(app, [*shlex.split(command), "--help"])
    assert result.exit_code == 0, result.output


def test_an_option_that_does_not_exist_is_refused_even_before_help() -> None:
    assert CliRunner().invoke(app, ["train", "mlp", "--stesp", "5", "--help"]).exit_code == 2


def test_the_readme_shows_every_command() -> None:
    shown = {command.split()[0] for command in README_COMMANDS}
    assert shown >= {"train", "runs", "sample", "evaluate", "publish"}
