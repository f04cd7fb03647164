"""Runs on points that were really trained, for a few steps, in this process."""

from __future__ import annotations

from gan_core.building import resolve_config
from gan_core.kitchen.dials import changed, plain_game
from gan_core.runs.store import RunStore
from gan_core.runs.worker import run_worker
from gan_core.settings import RunConfig

_TINY = {"generator_width": 8, "discriminator_width": 8, "batch_size": 16}


def tiny_game(steps: int = 20, dataset: str = "ring8", seed: int = 0) -> RunConfig:
    """The plain game on points with minute networks."""
    return changed(plain_game("mlp", dataset, steps=steps, seed=seed), _TINY)


def trained_run(store: RunStore, config: RunConfig, name: str = "mine") -> str:
    """Trains a run to its end and returns its id."""
    run_id = store.create(resolve_config(config), name=name)
    assert store.claim(run_id, 1) is not None
    run_worker(store, run_id)
    assert store.get(run_id).state == "finished", store.get(run_id).error
    return run_id
