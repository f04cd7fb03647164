"""A store, tiny runs, and waiting for conditions."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig, TrainingSettings

DEADLINE_S = 60.0  # reached only if the condition never comes true

Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def store(runs_dir: Path) -> RunStore:
    return RunStore(runs_dir)


@pytest.fixture
def until() -> Until:
    """Waits for a condition; fails if it does not come true."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true"
            time.sleep(0.002)

    return wait


@pytest.fixture
def tiny() -> Callable[..., RunConfig]:
    """Makes the config of a run with minute networks; takes settings of the training."""

    def config(**training: object) -> RunConfig:
        settings = {
            "generator_width": 4, "generator_depth": 1, "discriminator_width": 4, "discriminator_depth": 1,
        }  # fmt: skip
        general = {"steps": 40, "batch_size": 4, "precision": "float32", "device": "cpu", **training}
        return RunConfig(
            family="mlp",
            dataset="ring8",
            preset="textbook",
            settings=settings,
            training=TrainingSettings.parse(general),
        )

    return config
