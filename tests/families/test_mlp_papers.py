"""The papers' networks for points: maxout units, batch norm without bias, waves, small initial weights."""

import copy
import math

import numpy as np
import pytest
import torch

from gan_core.building import build_family, build_trainer, resolve_config
from gan_core.dense_layers import Maxout, Waves, dense
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.settings import RunConfig
from gan_core.trainer import Precision


def family(preset, **settings):
    config = resolve_config(RunConfig(family="mlp", dataset="ring8", preset=preset, settings=settings))
    return build_family(config, DataSpec("points", (2,)))


def test_a_maxout_unit_is_the_largest_of_its_linear_pieces():
    torch.manual_seed(0)
    linear, _ = network = dense((3, 4, 2), "relu", maxout_pieces=5)[:2]
    x = torch.randn(7, 3, requires_grad=True)
    weight, bias = linear.weight.detach().numpy(), linear.bias.detach().numpy()
    pieces = np.einsum("ni,juI,iI->nju", x.detach().numpy(), weight.reshape(5, 4, 3), np.eye(3))
    pieces = pieces + bias.reshape(5, 4)
    h = network(x)
    np.testing.assert_allclose(h.detach().numpy(), pieces.max(axis=1), rtol=1e-5, atol=1e-6)
    chosen = weight.reshape(5, 4, 3)[pieces.argmax(axis=1), np.arange(4)]  # (7, 4, 3)
    h.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), chosen.sum(axis=1), rtol=1e-5, atol=1e-6)
    assert Maxout(2)(torch.tensor([[1.0, 3.0, -2.0, 5.0]])).tolist() == [[1.0, 5.0]]


def test_a_maxout_unit_can_be_differentiated_twice_as_penalties_do():
    x = torch.randn(6, 15, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(Maxout(5), x)
    assert torch.autograd.gradgradcheck(lambda x: Maxout(5)(x) ** 2, x)


@pytest.mark.parametrize(("packing", "first_layer"), [(1, 3000), (4, 9000)])
def test_pacgan_has_as_many_weights_as_its_released_code(packing, first_layer):
    networks = family("paper-2018", packing=packing)
    generator, discriminator = (
        sum(p.numel() for p in module.parameters()) for module in networks.modules().values()
    )
    assert generator == 2 * 400 + 3 * 400 * 400 + 4 * 2 * 400 + 400 * 2 + 2  # no bias but the last; BN's two
    assert discriminator == first_layer + 2 * (200 * 1000 + 1000) + 201


def test_pacgan_starts_from_small_weights():
    networks = family("paper-2018")
    wide = [p.detach() for p in networks.discriminator.parameters() if p.dim() == 2 and p.numel() > 10_000]
    for weight in wide:
        assert float(weight.std()) == pytest.approx(0.02, rel=0.02)
    assert all(not p.any() for p in networks.discriminator.parameters() if p.dim() == 1)


def test_waves_are_sines_and_cosines_in_octaves():
    x = torch.tensor([[0.5, -2.0]])
    rates = (1, 2, 4)
    sines = [math.sin(v * rate) for v in (0.5, -2.0) for rate in rates]
    cosines = [math.cos(v * rate) for v in (0.5, -2.0) for rate in rates]
    torch.testing.assert_close(Waves(3)(x), torch.tensor([[0.5, -2.0, *sines, *cosines]]))


@pytest.mark.parametrize("packing", [1, 2])
def test_a_discriminator_with_waves_takes_points_and_packs(packing):
    networks = family("default", octaves=3, packing=packing, discriminator_width=8)
    assert networks.discriminator_scores(torch.randn(6, 2)).shape == (6,)


@pytest.mark.parametrize(("step", "share"), [(0, 1.0), (50, 0.1), (100, 0.01), (400, 0.01)])
def test_penalties_fall_by_the_same_factor_in_each_step(step, share):
    networks = family("default", penalty_end=0.01, penalty_fall_steps=100, r1_gamma=0.3)

    def penalty(at):
        rng = torch.Generator().manual_seed(0)
        ctx = StepContext(Batch(torch.randn(16, 2, generator=rng)), rng, at)
        return networks.phases()[0].compute(ctx).losses["r1"].detach()

    torch.testing.assert_close(penalty(step), share * penalty(0), rtol=1e-4, atol=0)


def gradients_of_g(networks, step, real):
    """The gradient of G's loss by G's weights in one step, and the batch it was taken for."""
    ctx = StepContext(Batch(real), torch.Generator().manual_seed(step), step)
    ctx.upcoming = frozenset({"generator"})
    loss = networks.phases()[1].compute(ctx).losses["adversarial"]
    return torch.autograd.grad(loss, list(networks.generator.parameters())), ctx.shared


def test_a_batch_norm_that_no_longer_measures_trains_the_generator_that_samples():
    networks = family("thorough", norm_steps=5, generator_width=8)
    layers = [m for m in networks.generator.modules() if isinstance(m, torch.nn.BatchNorm1d)]
    real = torch.randn(16, 2, generator=torch.Generator().manual_seed(0))
    for step in range(5):
        gradients_of_g(networks, step, real)
    measured = [layer.running_var.clone() for layer in layers]
    assert len(measured) == 4
    assert all(not torch.allclose(var, torch.ones(8)) for var in measured)
    networks.generator.train()  # as after a look at the run's samples
    gradients, shared = gradients_of_g(networks, 5, real)
    assert all(torch.equal(layer.running_var, var) for layer, var in zip(layers, measured, strict=True))
    networks.generator.eval()
    torch.testing.assert_close(shared["fake"], networks.generate(shared["z"]))
    assert any(g.abs().sum() > 0 for g in gradients)
    networks.generator.train()
    networks.settings = networks.settings.changed(norm_steps=0)  # live settings change while a run trains
    gradients_of_g(networks, 6, real)
    assert not any(torch.equal(layer.running_var, var) for layer, var in zip(layers, measured, strict=True))


def test_a_batch_norm_that_never_measures_makes_the_points_that_the_sampler_makes():
    networks = family("thorough", norm_steps=-1, generator_width=8)
    _, shared = gradients_of_g(networks, 0, torch.randn(16, 2, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(shared["fake"], networks.generator.eval()(shared["z"]))


def test_until_then_and_without_an_end_the_batch_norm_measures_each_batch():
    real = torch.randn(16, 2, generator=torch.Generator().manual_seed(0))
    for norm_steps, step in ((5, 4), (0, 1_000_000)):
        networks = family("thorough", norm_steps=norm_steps, generator_width=8)
        _, shared = gradients_of_g(networks, step, real)
        alone = networks.generator.eval()(shared["z"])
        assert not torch.allclose(shared["fake"], alone, atol=1e-3)


def test_a_run_resumed_after_its_batch_norm_stopped_measuring_equals_the_uninterrupted_one():
    settings = {"norm_steps": 3, "generator_width": 8, "discriminator_width": 8}
    config = RunConfig(family="mlp", dataset="ring8", preset="thorough", settings=settings)
    whole, first, second = (build_trainer(config, precision=Precision()) for _ in range(3))
    list(whole.run(7))
    list(first.run(5))
    with first.sampling():
        pass
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    list(second.run(2))
    theirs = second.modules["generator"].state_dict()
    assert all(torch.equal(v, theirs[k]) for k, v in whole.modules["generator"].state_dict().items())
