"""The written-out gradients against autograd's, through whole training steps."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from gan_core.building import resolve_config
from gan_core.data import load_dataset
from gan_core.lab.config import LabConfig
from gan_core.lab.dense import DenseTrainer

# Penalties that bend under tanh and elu need the second derivative of the activation.
_PENALTIES = {"r1_gamma": 0.3, "r2_gamma": 0.2, "lambda_gp": 0.5}


def trainer(**settings: Any) -> DenseTrainer:
    small = {"generator_width": 12, "discriminator_width": 10, "optimizer": "sgd", "lr_generator": 0.05}
    config = LabConfig.parse({"dataset": "moons", "settings": small | settings, "batch_size": 16})
    run = resolve_config(config.run_config)
    dataset = load_dataset(run.dataset)
    return DenseTrainer.of(run, dataset)  # type: ignore[arg-type]


def weights(of: DenseTrainer) -> list[torch.Tensor]:
    return [w.detach().clone() for module in of.modules.values() for w in module.parameters()]


def assert_same_steps(written: DenseTrainer, graph: DenseTrainer, steps: int = 3, **options: Any) -> None:
    before = weights(written)
    records = list(zip(written.run(steps, **options), graph.run(steps, **options), strict=True))
    for mine, theirs in records:
        assert mine.values is not None
        assert theirs.values is not None
        shared = mine.values.keys() & theirs.values.keys()
        assert len(shared) >= 1
        assert {k: mine.values[k] for k in shared} == pytest.approx(
            {k: theirs.values[k] for k in shared}, rel=1e-4, abs=1e-6
        )
    for start, mine_w, theirs_w in zip(before, weights(written), weights(graph), strict=True):
        torch.testing.assert_close(mine_w - start, theirs_w - start, rtol=1e-3, atol=2e-6)
    assert any(not torch.equal(a, b) for a, b in zip(before, weights(written), strict=True))


def pair(**settings: Any) -> tuple[DenseTrainer, DenseTrainer]:
    written, graph = trainer(**settings), trainer(**settings)
    assert written.is_fast
    graph.use_autograd()
    return written, graph


@pytest.mark.parametrize("relativistic", [False, True])
@pytest.mark.parametrize("loss", ["non_saturating", "minimax", "least_squares", "hinge", "wasserstein"])
def test_every_loss_moves_the_weights_as_autograd_does(loss: str, relativistic: bool) -> None:
    assert_same_steps(*pair(loss=loss, relativistic=relativistic))


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "elu"])
def test_penalties_move_the_weights_as_autograd_does(activation: str) -> None:
    assert_same_steps(*pair(activation=activation, **_PENALTIES, penalty_every=2), steps=2)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("beta1", [0.0, 0.5])
def test_every_optimizer_moves_the_weights_as_torch_does(optimizer: str, beta1: float) -> None:
    assert_same_steps(*pair(optimizer=optimizer, beta1=beta1, activation="tanh"))


@pytest.mark.parametrize(
    "settings", [{"d_steps": 3}, {"g_steps": 2}, {"real_label": 0.9}, {"z_dim": 1, "generator_depth": 0}]
)
def test_ratios_smoothing_and_flat_networks(settings: dict[str, Any]) -> None:
    assert_same_steps(*pair(**settings), steps=4)


@pytest.mark.parametrize("role", ["generator", "discriminator"])
def test_one_network_can_learn_alone(role: str) -> None:
    written, graph = pair()
    other = "discriminator" if role == "generator" else "generator"
    before = [w.detach().clone() for w in written.modules[other].parameters()]
    assert_same_steps(written, graph, only=role)
    assert all(torch.equal(a, b) for a, b in zip(before, written.modules[other].parameters(), strict=True))


@pytest.mark.parametrize(
    "settings",
    [
        {"packing": 2},
        {"minibatch_std": True},
        {"spectral_norm": True},
        {"unroll_steps": 1},
        {"instance_noise": 0.1},
    ],
)
def test_what_is_not_written_out_is_left_to_autograd(settings: dict[str, Any]) -> None:
    assert not trainer(**settings).is_fast


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_a_setting_that_needs_autograd_keeps_the_moments(optimizer: str) -> None:
    """There and back: the optimiser goes on where the other way of computing left it."""
    written, graph = pair(optimizer=optimizer, activation="tanh", beta1=0.5)
    for trained in (written, graph):
        list(trained.run(3))
        for noise in (1e-9, 0.0):  # noise too faint to change a number, but not one that is written out
            trained.update_settings(trained.family.settings.changed(instance_noise=noise))
            assert trained.is_fast == (noise == 0)
            if trained is graph:
                trained.use_autograd()
            list(trained.run(2))
    for mine, theirs in zip(weights(written), weights(graph), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)
