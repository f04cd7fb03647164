"""The GAN of the first paper on points in the plane: two dense networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from gan_core.families.adversarial import AdversarialFamily
from gan_core.families.adversarial_settings import DiversitySettings
from gan_core.families.unrolling import Judge, unrolled
from gan_core.family import DataSpec, Guide, Phase, StepContext, StepOutput
from gan_core.latent_spec import LatentSpec
from gan_core.layers import Flat, MinibatchDeviation, add_spectral_norm, dense
from gan_core.losses import LOSSES
from gan_core.settings import setting


class MlpSettings(DiversitySettings):
    """Settings of the 2-D MLP GAN."""

    z_dim: int = setting(
        2, "Dimensions of the noise z.", ge=1, le=64, advanced=False, title="noise dimensions"
    )
    z_distribution: Literal["normal", "uniform"] = setting("normal", "Law of the noise.", title="noise")
    generator_width: int = setting(
        128, "Units per hidden layer of the generator.", ge=1, le=1024, title="generator width"
    )
    generator_depth: int = setting(2, "Hidden layers of the generator.", ge=0, le=6, title="generator depth")
    discriminator_width: int = setting(
        128, "Units per hidden layer of the discriminator.", ge=1, le=1024, title="discriminator width"
    )
    discriminator_depth: int = setting(
        2, "Hidden layers of the discriminator.", ge=0, le=6, title="discriminator depth"
    )
    activation: Literal["relu", "leaky_relu", "tanh", "elu"] = setting(
        "leaky_relu", "Activation of the hidden layers."
    )
    spectral_norm: bool = setting(
        False, "Divide each discriminator weight by its largest singular value.", title="spectral norm"
    )
    unroll_steps: int = setting(
        0,
        "Steps of the discriminator that the generator foresees and plans for; 0: it takes D as it is.",
        live=True,
        ge=0,
        le=20,
        title="unrolled D steps",
    )
    unroll_rate: float = setting(
        0.1,
        "Learning rate of the foreseen steps, which are plain gradient descent.",
        live=True,
        gt=0,
        le=10,
        title="unrolled D learning rate",
    )


# The plain game of the first paper: what the remedies start from, and what the mistakes spoil.
_TEXTBOOK: dict[str, Any] = {
    "lr_generator": 1e-3, "lr_discriminator": 1e-3, "batch_size": 256, "steps": 20_000, "ema_decay": 0.0,
}  # fmt: skip
_HURRIED = _TEXTBOOK | {"lr_discriminator": 1e-4}  # G learns ten times as fast as D


class MlpGan(AdversarialFamily):
    """Dense generator and discriminator on 2-D points.

    Departs from the paper: leaky ReLU instead of maxout, Adam instead of momentum; the default recipe is the
    non-saturating loss with R1 and R2 (Mescheder et al. 2018), the form that keeps all modes of a ring.

    The preset "textbook" is the plain game. "many-generator-steps" and "high-generator-rate" spoil it: G is
    so quick that it gathers all its points where D happens to be most pleased, and hops when D follows.
    "packed", "minibatch-deviation" and "unrolled" leave the high rate as it is and add the remedy.

    Source: Goodfellow et al. 2014 (arXiv:1406.2661).
    """

    name = "mlp"
    title = "MLP GAN (2-D points)"
    summary = "Two small dense networks on points in the plane: the whole game is visible."
    paper = "Goodfellow et al. 2014, arXiv:1406.2661"
    guide = Guide(
        ancestor=None,
        step="two networks against each other",
        pitfalls=(
            "It loses modes: G is rewarded for one good point, not for all of them.",
            "It runs in circles: D follows G, G moves on, and nothing is learned.",
            "A D that is far ahead leaves G without a gradient, with the minimax loss above all.",
        ),
    )
    Settings = MlpSettings
    data_kinds = ("points",)
    default_dataset = "ring8"
    presets = {
        "default": {
            "lr_generator": 1e-3, "lr_discriminator": 1e-3, "beta1": 0.0, "r1_gamma": 0.1, "r2_gamma": 0.1,
            "relativistic": True, "batch_size": 256, "steps": 20_000, "cosine_tail": 1.0,
        },
        "thorough": {
            "lr_generator": 1e-3, "lr_discriminator": 1e-3, "beta1": 0.0, "r1_gamma": 0.02, "r2_gamma": 0.02,
            "relativistic": True, "z_dim": 8, "batch_size": 256, "steps": 100_000, "cosine_tail": 1.0,
        },
        "textbook": _TEXTBOOK,
        "many-generator-steps": _TEXTBOOK | {"g_steps": 5},
        "high-generator-rate": _HURRIED,
        "tiny-discriminator": _TEXTBOOK | {"discriminator_width": 4},
        "packed": _HURRIED | {"packing": 4},
        "minibatch-deviation": _HURRIED | {"minibatch_std": True},
        "unrolled": _HURRIED | {"unroll_steps": 5, "unroll_rate": 0.5},
        "spectral-hinge": _TEXTBOOK | {"loss": "hinge", "spectral_norm": True, "beta1": 0.0, "beta2": 0.9},
        "wgan-gp": {
            "loss": "wasserstein", "lambda_gp": 0.1, "d_steps": 5, "lr_generator": 1e-3,
            "lr_discriminator": 1e-3, "beta1": 0.0, "beta2": 0.9, "batch_size": 256, "steps": 20_000,
        },
    }  # fmt: skip
    settings: MlpSettings

    def __init__(self, settings: MlpSettings, data: DataSpec) -> None:
        self.packing = settings.packing
        super().__init__(settings, data)

    def build_latent(self) -> LatentSpec:
        return LatentSpec(self.settings.z_dim, self.settings.z_distribution)

    def build_generator(self) -> nn.Module:
        s = self.settings
        return dense((s.z_dim, *[s.generator_width] * s.generator_depth, 2), s.activation)

    def build_discriminator(self) -> nn.Module:
        s = self.settings
        network = dense((2 * s.packing, *[s.discriminator_width] * s.discriminator_depth, 1), s.activation)
        if s.minibatch_std:
            network = self._told_deviation(network)
        if s.spectral_norm:
            add_spectral_norm(network)
        return nn.Sequential(network, Flat())

    def _told_deviation(self, network: nn.Sequential) -> nn.Sequential:
        """The network with the deviation of the batch as one more input of its last hidden layer."""
        s, layers = self.settings, list(network)
        where = max(0, len(layers) - 3)  # linear, activation, linear
        reader = layers[where]
        assert isinstance(reader, nn.Linear)
        layers[where] = nn.Linear(reader.in_features + 1, reader.out_features)
        return nn.Sequential(*layers[:where], MinibatchDeviation(s.minibatch_std_group), *layers[where:])

    def phases(self) -> Sequence[Phase]:
        discriminator, generator = super().phases()
        if self.settings.unroll_steps:
            generator = replace(generator, compute=self._unrolled_generator_phase)
        return discriminator, generator

    def _unrolled_generator_phase(self, ctx: StepContext) -> StepOutput:
        """G against the D that its points would teach, in float32: it differentiates gradients."""
        s, loss = self.settings, LOSSES[self.settings.loss]
        with torch.autocast(ctx.batch.real.device.type, enabled=False):
            fake = self._shown(ctx, self._fake(ctx).float())
            real = self._shown(ctx, ctx.batch.real)

            def objective(judge: Judge) -> Tensor:
                return loss.discriminator_loss(
                    judge(real), judge(fake), real_target=s.real_label, relativistic=s.relativistic
                )

            judge = unrolled(self.discriminator, objective, s.unroll_steps, s.unroll_rate)
            real_logits = judge(real) if s.relativistic else None
            return StepOutput({"adversarial": loss.generator_loss(judge(fake), real_logits)}, {})
