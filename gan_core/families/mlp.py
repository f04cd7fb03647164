"""The GAN of the first paper on points in the plane: two dense networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from gan_core.capabilities import Guide
from gan_core.dense_layers import Waves, dense
from gan_core.families.adversarial import AdversarialFamily
from gan_core.families.adversarial_settings import AdversarialSettings
from gan_core.families.unrolling import Judge, unrolled
from gan_core.latent_spec import LatentSpec
from gan_core.layers import Flat, MinibatchDeviation, add_spectral_norm, init_normal
from gan_core.losses import LOSSES
from gan_core.phases import DataSpec, Phase, StepContext, StepOutput
from gan_core.settings import setting


class MlpSettings(AdversarialSettings):
    """Settings of the 2-D MLP GAN."""

    z_dim: int = setting(
        2, "Dimensions of the noise z.", ge=1, le=256, advanced=False, title="noise dimensions"
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
    generator_norm: bool = setting(
        False, "Batch norm before each activation of the generator.", title="generator batch norm"
    )
    norm_steps: int = setting(
        0,
        "Steps in which the generator's batch norm measures each batch; then it keeps its running means and "
        "deviations, with which samples are drawn. 0: it always measures the batch; -1: it never does.",
        live=True,
        ge=-1,
        title="batch norm measures until",
    )
    maxout_pieces: int = setting(
        0,
        "Linear pieces of which each hidden unit of the discriminator takes the largest; 0: the activation.",
        ge=0,
        le=8,
        title="maxout pieces",
    )
    octaves: int = setting(
        0,
        "Sines and cosines of each coordinate, each twice as fine as the last, that the discriminator sees "
        "beside it; 0: none.",
        ge=0,
        le=10,
        title="octaves of waves",
    )
    init: Literal["torch", "normal"] = setting(
        "torch", "Initial weights: PyTorch's own, or normal with deviation 0.02.", title="initial weights"
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

# The papers' own: Lin et al. 2018 by its released configs, Metz et al. 2017 by its demonstration.
_PACGAN: dict[str, Any] = {
    "generator_width": 400, "generator_depth": 4, "generator_norm": True, "activation": "relu",
    "discriminator_width": 200, "discriminator_depth": 3, "maxout_pieces": 5, "init": "normal",
    "lr_generator": 1e-4, "lr_discriminator": 1e-4, "beta1": 0.8, "batch_size": 100, "steps": 400_000,
    "ema_decay": 0.0,
}  # fmt: skip
_UNROLLED: dict[str, Any] = {
    "z_dim": 256, "activation": "tanh", "unroll_steps": 5, "lr_generator": 1e-3, "lr_discriminator": 1e-4,
    "beta1": 0.5, "batch_size": 512, "steps": 25_000, "ema_decay": 0.0,
}  # fmt: skip

_SHARP: dict[str, Any] = {
    "z_dim": 8, "generator_width": 64, "generator_depth": 4, "generator_norm": True, "activation": "relu",
    "octaves": 5, "relativistic": True, "lr_generator": 3e-3, "lr_discriminator": 1e-3, "beta1": 0.0,
    "r1_gamma": 0.1, "r2_gamma": 0.1, "penalty_end": 0.01, "penalty_fall_steps": 12_000, "norm_steps": 5_000,
    "batch_size": 256, "steps": 12_000, "cosine_tail": 1.0, "ema_decay": 0.998,
}  # fmt: skip


class MlpGan(AdversarialFamily):
    """Dense generator and discriminator on 2-D points.

    Departs from the paper: leaky ReLU instead of maxout, Adam instead of momentum; the default recipe is the
    non-saturating loss with R1 and R2 (Mescheder et al. 2018), the form that keeps all modes of a ring.

    The preset "textbook" is the plain game. "many-generator-steps" and "high-generator-rate" spoil it: G is
    so quick that it gathers all its points where D happens to be most pleased, and hops when D follows.
    "packed", "minibatch-deviation" and "unrolled" leave the high rate as it is and add the remedy.

    "thorough" is the sharpest recipe: batch norm in a deeper G, waves beside what D sees, and penalties that
    fall while it trains, over as many steps as the run has. After five twelfths of it the batch norm keeps
    the means and deviations it has: while it measures each batch, G(z) hangs on the other points of the
    batch, and a G that samples by running ones is not quite the G that learned. Later, when the penalties
    are small, a G whose batch norm still measures grows unsteady and can lose a row of modes for good.
    "thorough-wide" is the same for data several units wide, such as the grid; a run of another length takes
    `penalty_fall_steps` and `norm_steps` along. "paper-2018" and "paper-2017" are PacGAN's and unrolled GANs'
    own networks and rates; packs of m need a `batch_size` of 100 m.

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
        "thorough": _SHARP,
        "thorough-wide": _SHARP | {
            "r1_gamma": 1.0, "r2_gamma": 1.0, "penalty_end": 0.003, "octaves": 4, "lr_generator": 4e-3,
        },
        "textbook": _TEXTBOOK,
        "many-generator-steps": _TEXTBOOK | {"g_steps": 5},
        "high-generator-rate": _HURRIED,
        "tiny-discriminator": _TEXTBOOK | {"discriminator_width": 4},
        "packed": _HURRIED | {"packing": 4},
        "minibatch-deviation": _HURRIED | {"minibatch_std": True},
        "unrolled": _HURRIED | {"unroll_steps": 5, "unroll_rate": 0.5},
        "paper-2018": _PACGAN,
        "paper-2017": _UNROLLED,
        "spectral-hinge": _TEXTBOOK | {"loss": "hinge", "spectral_norm": True, "beta1": 0.0, "beta2": 0.9},
        "wgan-gp": {
            "loss": "wasserstein", "lambda_gp": 0.1, "d_steps": 5, "lr_generator": 1e-3,
            "lr_discriminator": 1e-3, "beta1": 0.0, "beta2": 0.9, "batch_size": 256, "steps": 20_000,
        },
    }  # fmt: skip
    settings: MlpSettings

    def __init__(self, settings: MlpSettings, data: DataSpec) -> None:
        super().__init__(settings, data)
        if settings.init == "normal":
            init_normal(self.generator)
            init_normal(self.discriminator)
        if settings.spectral_norm:  # after the initial weights: it estimates their norms
            add_spectral_norm(self.discriminator)

    def build_latent(self) -> LatentSpec:
        return LatentSpec(self.settings.z_dim, self.settings.z_distribution)

    def build_generator(self) -> nn.Module:
        s = self.settings
        sizes = (s.z_dim, *[s.generator_width] * s.generator_depth, 2)
        return dense(sizes, s.activation, normalise=s.generator_norm)

    def build_discriminator(self) -> nn.Module:
        s = self.settings
        inputs = 2 * s.packing * (1 + 2 * s.octaves)
        sizes = (inputs, *[s.discriminator_width] * s.discriminator_depth, 1)
        network = dense(sizes, s.activation, maxout_pieces=s.maxout_pieces)
        if s.minibatch_std:
            network = self._told_deviation(network)
        waves = [Waves(s.octaves)] if s.octaves else []
        return nn.Sequential(*waves, network, Flat())

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

    def _fake(self, ctx: StepContext) -> Tensor:
        """This step's generated batch; a batch norm that no longer measures takes what it has measured.

        Until then every point depends on the batch it is made in, so that the G that samples is another than
        the one that learns: its layers were measured behind layers that were measured batch by batch.
        """
        measures = ctx.step < self.settings.norm_steps or not self.settings.norm_steps
        for layer in self.generator.modules():
            if isinstance(layer, nn.BatchNorm1d):
                layer.train(measures and self.generator.training)
        return super()._fake(ctx)

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
