"""Gradient norms of networks that do not train."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from gan_core.building import build_family, resolve_config
from gan_core.evaluation.generating import evaluation_mode
from gan_core.evaluation.gradients import batch_size, gradient_norms
from gan_core.family import Family
from gan_core.phases import Batch, DataSpec
from gan_core.settings import RunConfig, TrainingSettings

torch.set_num_threads(1)


def family_of(**settings: object) -> Family:
    training = TrainingSettings(batch_size=255)
    config = RunConfig(family="mlp", dataset="ring8", preset="textbook", settings=settings, training=training)
    return build_family(resolve_config(config), DataSpec("points", (2,)))


def test_the_norm_is_that_of_the_loss_and_the_networks_stay_as_they_are() -> None:
    family = family_of()
    networks = family.modules()
    for network in networks.values():
        network.requires_grad_(False)
    real = torch.randn(32, 2, generator=torch.Generator().manual_seed(1))
    with evaluation_mode(family):
        norms = gradient_norms(family, Batch(real), seed=4)
    assert not any(w.requires_grad for network in networks.values() for w in network.parameters())
    d, g = networks["discriminator"].requires_grad_(True), networks["generator"].requires_grad_(True)
    fake = g(family.sample_z(32, torch.Generator().manual_seed(4)))
    on_d = F.softplus(-d(real)).mean() + F.softplus(d(fake.detach())).mean()
    on_g = F.softplus(-d(fake)).mean()
    for name, loss, network in (("discriminator", on_d, d), ("generator", on_g, g)):
        expected = torch.nn.utils.get_total_norm(torch.autograd.grad(loss, list(network.parameters())))
        assert norms[name] == pytest.approx(float(expected), rel=1e-4)
    assert all(w.grad is None for network in networks.values() for w in network.parameters())


def test_a_batch_holds_whole_packs() -> None:
    assert batch_size(family_of()) == 64
    assert batch_size(family_of(packing=5)) == 65
