"""The commands on a real run: trained by a real worker, then listed, sampled, measured and published."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from gan_core import weights
from gan_core.cli import follow
from gan_core.cli.app import app
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig

ROOT = Path(__file__).parents[2]


def _start(runs_dir: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gan_core", *words],
        cwd=ROOT,
        env={**os.environ, "GAN_RUNS_DIR": str(runs_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def trained_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run store with one finished run of 50 steps."""
    runs_dir = tmp_path_factory.mktemp("trained") / "runs"
    process = _start(
        runs_dir, "train", "mlp", "--dataset", "ring8", "--steps", "50", "--set", "precision=float32"
    )
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "finished, step 50 of 50" in output
    return runs_dir


@pytest.fixture
def run_id(trained_dir: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GAN_RUNS_DIR", str(trained_dir))
    (run,) = RunStore().runs()
    return run.id


def _run(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, words, input=answer)


def test_the_run_is_in_the_store_with_its_curves(run_id: str) -> None:
    run = RunStore().get(run_id)
    rows, _ = RunStore().metrics_since(run_id)
    assert (run.state, run.step) == ("finished", 50)
    assert {"d_real", "d_fake", "generator/adversarial"} <= {name for _, name, _ in rows}
    assert "finished" in _run("runs").stdout


def test_samples_of_the_run_are_repeatable(run_id: str, tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        result = _run("sample", run_id, "--n", "10", "--seed", "3", "--out", str(tmp_path / name))
        assert result.exit_code == 0, result.output
    first, second = np.load(tmp_path / "a.npz"), np.load(tmp_path / "b.npz")
    assert first["points"].shape == (10, 2)
    np.testing.assert_array_equal(first["points"], second["points"])


def test_evaluate_prints_json_that_a_program_can_read(run_id: str) -> None:
    result = _run("evaluate", run_id, "--n", "200", "--json")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert (content["source"], content["dataset"]) == (run_id, "ring8")
    assert content["values"]["frechet_points_200"] > content["values"]["frechet_points_200_floor"] > 0


def test_evaluate_prints_a_row_per_metric_with_its_floor(run_id: str) -> None:
    lines = _run("evaluate", run_id, "--n", "200").stdout.splitlines()
    header = next(line for line in lines if line.startswith("metric"))
    assert header.split() == ["metric", "name", "value", "floor", "ratio", "samples"]
    assert any("frechet_points_200" in line for line in lines)


@pytest.fixture
def weights_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "weights"
    monkeypatch.setattr(weights, "WEIGHTS_DIR", folder)
    return folder


def test_publish_writes_weights_a_card_and_the_index(run_id: str, weights_dir: Path) -> None:
    result = _run("publish", run_id, "mlp-ring8", "--n", "200", "--note", "Shown to a class.")
    assert result.exit_code == 0, result.output
    card = json.loads((weights_dir / "mlp-ring8.json").read_text())
    assert card["command"].startswith("python -m gan_core train mlp --dataset ring8")
    assert "--steps 50" in card["command"]
    assert card["notes"] == "Shown to a class."
    assert "frechet_points_200" in [metric["name"] for metric in card["metrics"]]
    assert "mlp-ring8" in (weights_dir / "README.md").read_text()
    sampled = _run("sample", "mlp-ring8", "--n", "4", "--out", str(weights_dir / "out.npz"))
    assert sampled.exit_code == 0, sampled.output


def test_only_the_networks_that_draw_are_published_where_that_is_asked_for(
    run_id: str, weights_dir: Path
) -> None:
    assert _run("publish", run_id, "mlp-ring8", "--n", "50").exit_code == 0
    assert weights.load("mlp-ring8").family.can_score
    whole = (weights_dir / "mlp-ring8.safetensors").stat().st_size
    result = _run("publish", run_id, "mlp-ring8", "--n", "50", "--yes", "--sampling-only")
    assert result.exit_code == 0, result.output
    assert weights.load("mlp-ring8").card.modules == ("generator",)
    assert not weights.load("mlp-ring8").family.can_score
    assert (weights_dir / "mlp-ring8.safetensors").stat().st_size < whole
    sampled = _run("sample", "mlp-ring8", "--n", "4", "--out", str(weights_dir / "out.npz"))
    assert sampled.exit_code == 0, sampled.output


def test_the_cards_command_makes_the_same_config_again(
    run_id: str, weights_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _run("publish", run_id, "mlp-ring8", "--n", "50").exit_code == 0
    command = json.loads((weights_dir / "mlp-ring8.json").read_text())["command"]
    config = RunStore().get(run_id).config
    monkeypatch.setattr(follow, "run_to_its_end", lambda launcher, run_id: None)
    monkeypatch.setenv("GAN_RUNS_DIR", str(tmp_path / "again"))
    again = _run(*shlex.split(command.removeprefix("python -m gan_core ")))
    assert again.exit_code == 0, again.output
    assert RunStore().runs()[0].config == config


def test_publish_asks_before_it_replaces_weights(run_id: str, weights_dir: Path) -> None:
    assert _run("publish", run_id, "mlp-ring8", "--n", "50").exit_code == 0
    before = (weights_dir / "mlp-ring8.json").read_text()
    assert _run("publish", run_id, "mlp-ring8", "--n", "60", answer="n\n").exit_code == 1
    assert (weights_dir / "mlp-ring8.json").read_text() == before
    assert _run("publish", run_id, "mlp-ring8", "--n", "60", "--yes").exit_code == 0
    assert (weights_dir / "mlp-ring8.json").read_text() != before


@pytest.mark.parametrize("name", ["../elsewhere", "Digits", "a b", "", "-x", "a" * 61])
def test_a_name_that_is_no_file_name_is_refused(run_id: str, weights_dir: Path, name: str) -> None:
    result = _run("publish", "--", run_id, name)
    assert result.exit_code == 2
    assert "small letters" in result.stderr
    assert not weights_dir.exists()


def test_a_run_that_has_not_ended_is_not_published(weights_dir: Path) -> None:
    waiting = RunStore().create(RunConfig(family="mlp", dataset="ring8"))
    result = _run("publish", waiting, "mlp-ring8")
    assert result.exit_code == 2
    assert "queued" in result.stderr


def test_ctrl_c_stops_cleanly_and_says_how_to_resume(tmp_path: Path) -> None:
    runs_dir = tmp_path / "runs"
    process = _start(runs_dir, "train", "mlp", "--steps", "1000000", "--set", "precision=float32")
    assert process.stdout is not None
    told = next((line for line in process.stdout if " running, step" in line), None)
    assert told is not None, process.communicate()[1]
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    (run,) = RunStore(runs_dir).runs()
    assert run.state == "stopped"
    assert RunStore(runs_dir).checkpoint_steps(run.id)[-1] == run.step > 0
    assert f"runs resume {run.id}" in output
