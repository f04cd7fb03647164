"""Runs as the store would give them, for tests of what pages make of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gan_core.runs.records import Run
from gan_core.settings import RunConfig, TrainingSettings

MakeRun = Callable[..., Run]


@pytest.fixture
def make_run() -> MakeRun:
    def make(run_id: str = "abc234", state: str = "running", **changes: Any) -> Run:
        training = changes.pop("training", TrainingSettings(steps=1000))
        config = changes.pop("config", RunConfig(family="dcgan", dataset="digits", training=training))
        known: dict[str, Any] = {
            "id": run_id, "name": "first try", "state": state, "config": config, "device": "cpu",
            "precision": "float32", "step": 250, "total_steps": 1000, "seconds": 5.0,
            "images_per_s": 3200.0, "created": 1.0, "started": 2.0, "finished": None, "heartbeat": 3.0,
            "pid": 1, "host": "here", "error": None, "activity": None, "parent_id": None, "parent_step": None,
            "versions": {"torch": "2.13.0"}, "rewinds": 0,
        }  # fmt: skip
        return Run(**(known | changes))

    return make
