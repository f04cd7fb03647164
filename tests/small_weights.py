"""Weights that need no training: tiny networks on points, with random weights and a card."""

from __future__ import annotations

from pathlib import Path

from gan_core import weights
from gan_core.building import build_family, resolve_config
from gan_core.phases import DataSpec
from gan_core.settings import RunConfig, TrainingSettings

NAME = "mlp-ring8"


def add_ring_weights(folder: Path) -> weights.Card:
    """Puts "mlp-ring8" into a folder; returns its card."""
    config = resolve_config(
        RunConfig(
            family="mlp", dataset="ring8", training=TrainingSettings(seed=5),
            settings={"generator_width": 9, "discriminator_width": 7, "z_dim": 2},
        )
    )  # fmt: skip
    family = build_family(config, DataSpec("points", (2,)))
    card = weights.Card(
        name=NAME, title="MLP GAN on the ring", family="mlp", dataset="ring8",
        data=weights.DataCard(kind="points", shape=(2,)), settings=config.settings, training=config.training,
        preset="default", command="", seed=5, steps=0, images_seen=0, seconds=0.0, device="cpu", hardware="",
        versions={}, created="2026-11-24",
    )  # fmt: skip
    return weights.save(folder / f"{NAME}.safetensors", family, card)
