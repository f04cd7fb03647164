"""From the words of a train command to a run in the store; mistakes are told before a run exists."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from gan_core.cli import follow
from gan_core.cli.app import app
from gan_core.data import DATASETS
from gan_core.families import FAMILIES
from gan_core.runs.records import Run
from gan_core.runs.store import RunStore


@pytest.fixture(autouse=True)
def queued_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is queued and nothing starts it."""
    monkeypatch.setattr(follow, "run_to_its_end", lambda launcher, run_id: None)


def _train(*words: str) -> Result:
    return CliRunner().invoke(app, ["train", *words])


def _only_run() -> Run:
    (run,) = RunStore().runs()
    return run


def test_everything_said_is_in_the_config() -> None:
    result = _train(
        "mlp", "--dataset", "grid25", "--preset", "textbook", "--steps", "70", "--seed", "5", "--name", "try",
        "--device", "cpu", "--set", "lr_generator=0.01", "--set", "batch-size=32",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    run = _only_run()
    assert (run.name, run.state, run.total_steps) == ("try", "queued", 70)
    assert (run.config.family, run.config.dataset, run.config.preset) == ("mlp", "grid25", "textbook")
    assert run.config.settings["lr_generator"] == 0.01
    assert run.config.settings["lr_discriminator"] == 1e-3  # the preset's
    assert (run.seed, run.config.training.batch_size, run.config.training.device) == (5, 32, "cpu")


def test_the_data_set_is_the_familys_own_by_default() -> None:
    assert _train("dcgan").exit_code == 0
    assert _only_run().config.dataset == "digits"


def test_minutes_replace_the_steps_of_the_preset() -> None:
    assert _train("mlp", "--minutes", "0.5").exit_code == 0
    run = _only_run()
    assert (run.config.training.minutes, run.total_steps) == (0.5, None)


@pytest.mark.parametrize(("length", "steps"), [(("--steps", "60"), 60), (("--epochs", "2"), 47)])
def test_steps_replace_the_minutes_of_the_preset(length: tuple[str, str], steps: int) -> None:
    result = _train("dcgan", "--preset", "classroom", *length)
    assert result.exit_code == 0, result.output
    run = _only_run()
    assert (run.config.training.minutes, run.total_steps) == (None, steps)


def test_epochs_become_steps_of_the_data_set() -> None:
    assert _train("dcgan", "--epochs", "2", "--set", "batch_size=100").exit_code == 0
    assert _only_run().total_steps == 30  # 1,500 training digits


def test_a_path_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).normal(size=(50, 2)))
    monkeypatch.chdir(tmp_path)
    result = _train("mlp", "--dataset", "mine.npy")
    assert result.exit_code == 0, result.output
    assert Path(_only_run().config.dataset) == tmp_path / "mine.npy"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["dcgn"], "did you mean 'dcgan'?"),
        (["mlp", "--dataset", "ring9"], "did you mean 'ring8'?"),
        (["mlp", "--preset", "textbok"], "did you mean 'textbook'?"),
        (["mlp", "--set", "lr_generater=1"], "did you mean 'lr_generator'?"),
        (["mlp", "--set", "lr_generator"], "key=value"),
        (["mlp", "--set", "lr_generator=fast"], "lr_generator"),
        (["mlp", "--set", "lr_generator=-1"], "lr_generator"),
        (["mlp", "--steps", "0"], "steps"),
        (["mlp", "--steps", "10", "--minutes", "1"], "--steps and --minutes"),
        (["mlp", "--epochs", "1"], "give --steps"),
        (["dcgan", "--epochs", "-1"], "--epochs must be above 0"),
        (["mlp", "--device", "tpu"], "device"),
        (["mlp", "--dataset", "digits"], "learns points"),
        (["dcgan", "--set", "image_size=30"], "image_size"),
        (["mlp", "--name", " "], "name"),
    ],
)
def test_a_mistake_is_one_sentence_and_no_run(words: list[str], told: str) -> None:
    result = _train(*words)
    assert result.exit_code == 2, result.output
    *progress, last = result.stderr.splitlines()
    assert last.startswith("Error: ")
    assert told in last
    assert progress in ([], ["Decoding Digits (small)"])
    assert not RunStore().runs()


def test_the_help_lists_what_there_is_to_train() -> None:
    text = " ".join(_train("--help").output.split())
    for name, cls in FAMILIES.items():
        assert f"- {name}: " in text
        assert all(preset in text for preset in cls.presets)
    assert all(f"- {name}: " in text for name in DATASETS)
