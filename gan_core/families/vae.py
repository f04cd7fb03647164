"""The variational autoencoder: an autoencoder whose codes are kept close to a standard normal."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_core import settings as base
from gan_core.capabilities import Guide
from gan_core.families.autoencoder import Autoencoder, AutoencoderSettings
from gan_core.families.likelihood import kl_to_standard_normal
from gan_core.phases import StepContext, StepOutput
from gan_core.settings import setting

IN_USE = 0.01  # nats of KL from which a number of the code carries something


class VaeSettings(AutoencoderSettings):
    """Settings of the autoencoder and the weight of the KL."""

    beta: float = setting(
        1.0,
        "Weight of the KL: 1 is the VAE; more makes a tidier code and blurrier pictures, 0 an autoencoder.",
        live=True,
        advanced=False,
        ge=0,
        le=100,
    )


class Vae(Autoencoder):
    """Gives every picture a cloud of codes, N(mean, diag(deviation^2)), and keeps all clouds near N(0, 1).

    Minimises reconstruction + beta KL per example, both in nats: -log p(x | z) at one z drawn from the cloud,
    z = mean + deviation e with e ~ N(0, 1) (the reparameterisation, section 2.4), and the closed-form
    KL(q(z | x) || N(0, 1)) of appendix B. With beta = 1 this is the negative evidence lower bound. Because
    clouds overlap and together fill N(0, 1), a z drawn from there means something: samples are possible.

    The networks are those of `autoencoder`, but the encoder has two outputs per number of the code, mean and
    log variance, and no batch norm on them. `encode` gives the mean.

    Departs from the paper: convolutional networks; beta as in Higgins et al. 2017 (beta-VAE); grey pixels
    count as shares of white in the Bernoulli model.

    Source: Kingma and Welling 2014 (arXiv:1312.6114).
    """

    name = "vae"
    title = "VAE (images)"
    summary = "An autoencoder whose codes are kept close to a normal distribution, so that it can sample."
    paper = "Kingma and Welling 2014, arXiv:1312.6114"
    guide = Guide(
        ancestor="autoencoder",
        step="codes kept near a normal law",
        pitfalls=(
            "Pictures are soft: it is paid for the average, not for looking real.",
            "With a large beta codes fall silent and all pictures come to look alike.",
            "With a small beta it turns into an autoencoder, whose samples are poor.",
        ),
    )
    Settings: ClassVar[type[base.Settings]] = VaeSettings
    settings: VaeSettings

    def formulas(self) -> dict[str, str]:
        return {
            "autoencoder/reconstruction": (
                r"\mathbb{E}[-\log p(x \mid z)], \quad z = \mu(x) + \sigma(x)\, \varepsilon"
            ),
            "autoencoder/kl": (
                r"\beta\, \mathbb{E}[\mathrm{KL}(\mathcal{N}(\mu, \sigma^2) \,\Vert\, \mathcal{N}(0, 1))]"
            ),
        }

    def code_layers(self, features: int) -> list[nn.Module]:
        return [nn.Linear(features, 2 * self.settings.z_dim)]

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the cloud of codes of examples, `(N, z_dim)` float32 each."""
        both: Tensor = self.encoder(x)
        mean, log_variance = both.float().chunk(2, dim=1)
        return mean, log_variance

    def encode(self, x: Tensor) -> Tensor:
        return self.posterior(x)[0].contiguous()

    def learn(self, ctx: StepContext) -> StepOutput:
        """Rebuilds the batch from codes drawn from its clouds; see the class."""
        mean, log_variance = self.posterior(ctx.batch.real)
        noise = torch.empty_like(mean).normal_(generator=ctx.rng)
        z = mean + (0.5 * log_variance).exp() * noise
        reconstruction, difference = self.rebuilt(z, ctx.batch.real)
        kl = kl_to_standard_normal(mean, log_variance).mean(0)
        stats = {
            "difference": difference,
            "elbo": -(reconstruction + kl.sum()).detach(),
            "kl_nats": kl.detach().sum(),
            "codes_in_use": (kl.detach() > IN_USE).sum(),
        }
        return StepOutput({"reconstruction": reconstruction, "kl": self.settings.beta * kl.sum()}, stats)
