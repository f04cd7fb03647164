"""Autoencoder and VAE: likelihoods and KL against torch's own, capacity, codes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from gan_core.building import build_family, build_trainer, resolve_config
from gan_core.families.autoencoder import Autoencoder
from gan_core.families.dcgan import Dcgan, DcganSettings
from gan_core.families.likelihood import bernoulli_nats, gaussian_nats, kl_to_standard_normal
from gan_core.families.vae import Vae, VaeSettings
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Precision

SPEC = DataSpec("images", (1, 16, 16), 10)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).requires_grad_(True)


def make(family: str, **settings: Any) -> Any:
    small = {"width": 4, "stem_width": 8, "head_width": 8, "z_dim": 4} | settings
    return build_family(resolve_config(RunConfig(family=family, dataset="-", settings=small)), SPEC)


def context(seed: int = 0) -> StepContext:
    real = torch.rand(8, 1, 16, 16, generator=torch.Generator().manual_seed(5)) * 2 - 1
    return StepContext(Batch(real), torch.Generator().manual_seed(seed), 0)


def assert_same_gradients(ours: Tensor, theirs: Tensor, *inputs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs)
    for mine, other in zip(
        torch.autograd.grad(ours.sum(), inputs), torch.autograd.grad(theirs.sum(), inputs), strict=True
    ):
        torch.testing.assert_close(mine, other)


def test_kl_is_that_of_torch() -> None:
    mean, log_variance = numbers(6, 3), numbers(6, 3, seed=1)
    theirs = kl_divergence(Normal(mean, (0.5 * log_variance).exp()), Normal(0.0, 1.0))
    assert_same_gradients(kl_to_standard_normal(mean, log_variance), theirs, mean, log_variance)
    assert float(kl_to_standard_normal(torch.zeros(1), torch.zeros(1))) == 0.0


def test_bernoulli_likelihood_is_that_of_torch() -> None:
    outputs = numbers(4, 1, 3, 3)
    white = (numbers(4, 1, 3, 3, seed=2) > 0).float()
    theirs = -Bernoulli(probs=(outputs.tanh() + 1) / 2).log_prob(white).flatten(1).sum(1)
    assert_same_gradients(bernoulli_nats(outputs, white * 2 - 1), theirs, outputs)


def test_gaussian_likelihood_is_that_of_torch() -> None:
    outputs, x = numbers(4, 1, 3, 3), numbers(4, 1, 3, 3, seed=3).detach().tanh()
    theirs = -Normal((outputs.tanh() + 1) / 2, 0.2).log_prob((x + 1) / 2).flatten(1).sum(1)
    assert_same_gradients(gaussian_nats(outputs, x, 0.2), theirs, outputs)


def test_a_sure_and_wrong_output_still_has_a_gradient() -> None:
    outputs = torch.full((1, 1), -25.0, requires_grad=True)
    (gradient,) = torch.autograd.grad(bernoulli_nats(outputs, torch.ones(1, 1)).sum(), outputs)
    torch.testing.assert_close(gradient, torch.tensor([[-2.0]]))


@pytest.mark.parametrize("family", ["autoencoder", "vae"])
def test_the_networks_are_those_of_the_gan(family: str) -> None:
    gan = Dcgan(DcganSettings(), DataSpec("images", (1, 28, 28)))
    mine = build_family(resolve_config(RunConfig(family=family, dataset="-")), gan.data)
    assert mine.latent == gan.latent

    def weights(network: nn.Module) -> list[torch.Size]:
        return [weight.shape for weight in network.parameters()]

    assert weights(mine.modules()["decoder"]) == weights(gan.generator)
    trunk = weights(gan.discriminator)[:-2]  # less the last layer, to one number
    assert weights(mine.modules()["encoder"])[: len(trunk)] == trunk


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_losses_of_the_vae_are_reconstruction_and_weighted_kl(likelihood: str) -> None:
    plain, heavy = make("vae", likelihood=likelihood), make("vae", likelihood=likelihood, beta=4.0)
    once, four_times = plain.learn(context()), heavy.learn(context())
    assert once.losses.keys() == {"reconstruction", "kl"}
    torch.testing.assert_close(four_times.losses["kl"], 4 * once.losses["kl"])
    torch.testing.assert_close(four_times.losses["reconstruction"], once.losses["reconstruction"])
    torch.testing.assert_close(once.stats["kl_nats"], once.losses["kl"].detach())
    torch.testing.assert_close(once.stats["elbo"], -(once.losses["reconstruction"] + once.losses["kl"]))


def test_the_noise_of_the_vae_comes_from_the_step() -> None:
    vae = make("vae")
    with torch.no_grad():  # initial clouds are wide enough to see, whatever the weights
        first, again, other = (vae.learn(context(seed)).losses["reconstruction"] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_gradients_reach_mean_and_variance_through_the_sample() -> None:
    vae = make("vae")
    loss = vae.learn(context()).losses["reconstruction"]
    (gradient,) = torch.autograd.grad(loss, vae.encoder[-1].weight)
    mean, log_variance = gradient.chunk(2)
    assert mean.abs().sum() > 0
    assert log_variance.abs().sum() > 0


def test_beta_may_change_while_a_run_trains() -> None:
    config = RunConfig(family="vae", dataset="digits", settings={"width": 4, "stem_width": 8, "z_dim": 2})
    trainer = build_trainer(config, precision=Precision(), threads=1)
    trainer.update_settings(trainer.family.settings.changed(beta=0.0))
    (record,) = trainer.run(1)
    assert record.values is not None
    assert record.values["autoencoder/kl"] == 0.0
    assert record.values["kl_nats"] > 0.0
    with pytest.raises(UserError, match="beta"):
        VaeSettings.parse({"beta": -1})


@pytest.mark.parametrize(("family", "steps"), [("autoencoder", 150), ("vae", 250)])
def test_it_learns_to_rebuild_digits(family: str, steps: int) -> None:
    settings = {"width": 8, "stem_width": 32, "head_width": 32, "z_dim": 8}
    training = TrainingSettings(steps=steps, cosine_tail=0.0, ema_decay=0.9)
    config = RunConfig(family=family, dataset="digits", settings=settings, training=training)
    trainer = build_trainer(config, precision=Precision(), threads=1)
    real = torch.cat([trainer.stream.next().real for _ in range(8)])
    for _ in trainer.run(record=lambda step: False):
        pass
    with trainer.sampling() as trained:
        assert isinstance(trained, Autoencoder)
        z = trained.encode(real)
        error = (trained.generate(z) - real).square().mean()
    assert error < 0.6 * (real - real.mean(0)).square().mean()  # better than the mean image for all
    if not isinstance(trained, Vae):  # codes are normalised, so that N(0, 1) means something
        assert z.mean(0).abs().max() < 0.3
        assert (z.std(0) - 1).abs().max() < 0.3
