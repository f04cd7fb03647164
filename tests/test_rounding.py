"""Weights in eight bits a number."""

from __future__ import annotations

from pathlib import Path

import torch

from gan_core import weights
from gan_core.building import build_family, resolve_config
from gan_core.phases import DataSpec
from gan_core.settings import RunConfig
from gan_core.weights.rounding import restored, rounded
from tests.test_weights import card_for

SPEC = DataSpec("images", (1, 16, 16))


def test_no_number_is_off_by_more_than_half_a_step_of_its_row() -> None:
    matrix = torch.randn(4, 3, 2, 2) * torch.tensor([1e-3, 1.0, 50.0, 0.0]).view(4, 1, 1, 1)
    back = restored(rounded({"w": matrix}))["w"]
    step = matrix.flatten(1).abs().amax(1) / 127
    assert ((back - matrix).flatten(1).abs().amax(1) <= 0.5001 * step).all()
    assert not torch.equal(back, matrix)


def test_vectors_and_counters_stay_as_they_are() -> None:
    tensors = {"bias": torch.randn(5), "steps": torch.tensor(7), "table": torch.arange(6).view(2, 3)}
    back = restored(rounded(tensors))
    assert all(torch.equal(back[name], tensor) for name, tensor in tensors.items())


def test_what_is_measured_is_what_is_loaded_and_takes_a_quarter(tmp_path: Path) -> None:
    config = resolve_config(RunConfig(family="autoencoder", dataset="digits", settings={"width": 16}))
    family = build_family(config, SPEC)
    data = {"kind": "images", "shape": SPEC.shape}
    card = card_for(
        family="autoencoder", dataset="digits", data=data, settings=config.settings,
        training=config.training.model_dump(),
    )  # fmt: skip
    whole = weights.save(tmp_path / "whole.safetensors", family, card)
    plain = {name: value.clone() for name, value in family.decoder.state_dict().items()}
    weights.round_as_stored(family)
    assert any(not torch.equal(plain[name], value) for name, value in family.decoder.state_dict().items())
    small = weights.save(tmp_path / "small.safetensors", family, card.changed(storage="int8"))
    assert small.bytes < 0.3 * whole.bytes
    loaded = weights.load(tmp_path / "small.safetensors")
    assert loaded.card.storage == "int8"
    for name, value in family.modules()["encoder"].state_dict().items():
        torch.testing.assert_close(loaded.family.modules()["encoder"].state_dict()[name], value)
