"""SRGAN: a generator enlarges pictures, first by pixels alone, then against a discriminator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.averaging import Keepsake
from gan_core.capabilities import Guide, Translation
from gan_core.families.adversarial import AdversarialFamily, Verdict
from gan_core.families.dcgan import Judge, check_images
from gan_core.families.srgan_networks import Enlarger, judging_layers
from gan_core.families.srgan_settings import SrganSettings
from gan_core.formulas import Symbols
from gan_core.images import fit_to
from gan_core.layers import add_spectral_norm, packed
from gan_core.phases import DataSpec, OptimizerSpec, Phase, StepContext, StepOutput
from gan_core.settings import UserError

_RECIPE: dict[str, Any] = {
    "batch_size": 64, "lr_generator": 3e-4, "lr_discriminator": 1e-3, "r1_gamma": 0.05, "penalty_every": 8,
    "cosine_tail": 0.3,
}  # fmt: skip
KEPT_DECAY = 0.998  # of the averaged generator that is kept from the end of the warm-up


class Srgan(AdversarialFamily):
    """G(x) enlarges a small picture x of a picture y; it minimises differences and, later, D's suspicion.

    Warm-up (SRResNet): G minimises the mean squared difference |y - G(x)|^2 alone. What x leaves open comes
    out as the mean of all possibilities: blurred. After `warm_up_steps` D joins: it tells y from G(x), and G
    minimises lambda_pixels |y - G(x)|^2 + lambda_content |f(y) - f(G(x))|^2 + lambda_adversarial l_adv with
    f the last feature maps of a classifier. Now a plausible picture costs less than the mean of them, which
    is sharper and, pixel by pixel, further off: it holds invented detail. G as it was at the end of the
    warm-up, its weights averaged over some hundred steps, is kept beside for comparison.

    x is y with each square of scale x scale pixels averaged. G computes at the size of x: residual blocks,
    then sub-pixel convolutions; being convolutions only, it enlarges pictures of any size.

    Departs from the paper: f is the lab's classifier of the data set, frozen, instead of VGG, and |f|^2 is
    divided by the mean of f(y)^2; the pixel term stays after the warm-up, since such features hardly see
    shades; averaging squares replaces the Gaussian filter; a tanh bounds the output; 5 blocks of 24 channels
    instead of 16 of 64; D has no batch norm and as many halvings as leave 4 to 7 pixels; G's weights are
    averaged, and rates are this lab's. Without a classifier f can be D's last features, or there is no f.

    Source: Ledig et al. 2017 (arXiv:1609.04802), equations 3 to 6; its figure 4 has both networks.
    """

    name = "srgan"
    title = "SRGAN (sharper images)"
    summary = "Enlarges small pictures two or four times, with detail that it has learned to expect."
    paper = "Ledig et al. 2017, arXiv:1609.04802"
    guide = Guide(
        ancestor="pix2pix",
        step="detail for a small picture",
        pitfalls=(
            "The detail it adds is invented: it may turn a blurred 3 into a clear 8.",
            "Sharper pictures score fewer decibels than the soft ones of the mean.",
            "What its classifier does not look at, it does not care for.",
        ),
    )
    Settings = SrganSettings
    data_kinds = ("images",)
    default_dataset = "digits"
    presets = {
        "default": _RECIPE | {"steps": 3000},
        "classroom": _RECIPE | {"minutes": 3.0, "steps": 800, "warm_up_steps": 400, "ema_decay": 0.99},
        "thorough": _RECIPE | {"steps": 12000, "warm_up_steps": 6000},
        "pixels-alone": _RECIPE | {
            "steps": 3000, "warm_up_steps": 3000, "compare_by": "pixels", "lambda_adversarial": 0.0,
        },
        "paper-2017": {
            "batch_size": 16, "steps": 12000, "warm_up_steps": 10000, "lambda_pixels": 0.0,
            "lambda_content": 1.0, "lambda_adversarial": 1e-3, "lr_warm_up": 1e-4, "lr_generator": 1e-4,
            "lr_discriminator": 1e-4, "beta1": 0.9, "width": 64, "blocks": 16, "discriminator_width": 64,
            "head_width": 1024, "ema_decay": 0.0,
        },
    }  # fmt: skip
    can_translate = True
    can_enlarge = True
    symbols = Symbols("x", "G(s)")
    settings: SrganSettings
    generator: Enlarger
    discriminator: Judge
    translation: Translation

    def __init__(self, settings: SrganSettings, data: DataSpec) -> None:
        self.channels, self.core, self.halvings = check_images(self.name, 0, data)
        super().__init__(settings, data)
        if settings.discriminator_norm == "spectral":
            add_spectral_norm(self.discriminator)
        scale, small = settings.scale, data.shape[-1] // settings.scale
        self.translation = Translation(
            (self.channels, small, small), "low_res", scale=scale, reach=self.generator.reach
        )
        self.srresnet = Keepsake(self.generator, KEPT_DECAY)
        self.has_warm_up = settings.warm_up_steps > 0
        self.wants_reader = settings.compare_by == "classifier"

    def build_latent(self) -> None:
        """None: without a small picture there is nothing to draw."""

    def build_generator(self) -> Enlarger:
        return Enlarger(self.channels, self.settings.width, self.settings.blocks, self.settings.scale)

    def build_discriminator(self) -> Judge:
        s = self.settings
        layers = judging_layers(
            self.packing * self.channels, s.discriminator_width, self.halvings, self.core, s.head_width,
            s.deviation_group,
        )  # fmt: skip
        return Judge(layers, s.head_width)

    def modules(self) -> dict[str, nn.Module]:
        """Both networks, and "srresnet": what is kept of the generator from the end of the warm-up."""
        return {**super().modules(), "srresnet": self.srresnet}

    def phases(self) -> Sequence[Phase]:
        """Pixels alone until `warm_up_steps`, then the textbook pair."""
        s, pair = self.settings, super().phases()
        if not s.warm_up_steps:
            return pair
        optimizer = OptimizerSpec(s.optimizer, s.lr_warm_up, (s.beta1, s.beta2))
        warm_up = Phase(
            "warm-up/generator", (self.generator,), self._warm_up_phase, optimizer, stop=s.warm_up_steps
        )
        return (warm_up, *(replace(phase, start=s.warm_up_steps) for phase in pair))

    def formulas(self) -> dict[str, str]:
        return super().formulas() | {
            "warm-up/generator/pixels": r"\mathbb{E}[(x - G(s))^2]",
            "generator/pixels": r"\lambda\, \mathbb{E}[(x - G(s))^2]",
            "generator/content": r"\lambda\, \mathbb{E}[(\phi(x) - \phi(G(s)))^2]",
        }

    # --- what it makes ------------------------------------------------------------------------------------

    def condition_of(self, x: Tensor, rng: torch.Generator) -> Tensor:
        return F.avg_pool2d(x, self.settings.scale)  # as gan_core.enlarging.reduce makes a picture small

    def translate(self, x_condition: Tensor, z: Tensor | None = None) -> Tensor:
        made: Tensor = self.generator(x_condition)
        return made.float()

    def translate_after_warm_up(self, x_condition: Tensor) -> Tensor:
        if not self.has_warm_up:
            raise UserError("these networks had no warm-up; train some with warm_up_steps above 0")
        made: Tensor = self.srresnet(x_condition)
        return made.float()

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        raise UserError(f"family '{self.name}' draws nothing without a condition image; give it one")

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        raise UserError(f"family '{self.name}' judges what is made of a condition image; give both")

    def pair_scores(self, x_condition: Tensor, x: Tensor) -> Tensor:
        return super().discriminator_scores(x)  # D is not shown the small picture

    # --- the phases ---------------------------------------------------------------------------------------

    def _low_res(self, ctx: StepContext) -> Tensor:
        if "low_res" not in ctx.shared:
            ctx.shared["low_res"] = self.condition_of(ctx.batch.real, ctx.rng)
        low_res: Tensor = ctx.shared["low_res"]
        return low_res

    def _fake(self, ctx: StepContext) -> Tensor:
        if "fake" not in ctx.shared:
            with torch.set_grad_enabled("generator" in ctx.upcoming):
                ctx.shared["fake"] = self.generator(self._low_res(ctx))
        fake: Tensor = ctx.shared["fake"]
        return fake

    def judge(self, x: Tensor, condition: tuple[Tensor, ...]) -> Verdict:
        return self.discriminator.verdict(x)

    def _warm_up_phase(self, ctx: StepContext) -> StepOutput:
        """The mean squared difference of pixels, equation 4; D is not asked."""
        self.srresnet.follow(self.generator, ctx.step)
        made = self.generator(self._low_res(ctx)).float()
        difference = F.mse_loss(made, ctx.batch.real)
        return StepOutput({"pixels": difference}, {"psnr": _psnr(difference)})

    def _generator_phase(self, ctx: StepContext) -> StepOutput:
        losses, stats = super()._generator_phase(ctx)
        weight = self.settings.lambda_adversarial
        return StepOutput(losses | {"adversarial": weight * losses["adversarial"]}, stats)

    def generator_terms(self, ctx: StepContext, fake: Verdict) -> StepOutput:
        """The differences to the true pictures, of pixels and of features."""
        s, real, made = self.settings, ctx.batch.real, self._fake(ctx).float()
        difference = F.mse_loss(made, real)
        losses = {"pixels": s.lambda_pixels * difference}
        if s.compare_by != "pixels":
            losses["content"] = s.lambda_content * self._difference_of_features(real, made, fake)
        return StepOutput(losses, {"psnr": _psnr(difference)})

    def _difference_of_features(self, real: Tensor, made: Tensor, fake: Verdict) -> Tensor:
        """|f(y) - f(G(x))|^2 over the mean of f(y)^2, equation 5; a scalar."""
        if self.settings.compare_by == "classifier":
            if self.reader is None:
                raise RuntimeError("a family that wants a reader was given none; see build_trainer")
            shape = self.reader.data.shape
            with torch.no_grad():
                target = self.reader.feature_maps(fit_to(real, shape))
            features: Tensor = self.reader.feature_maps(fit_to(made, shape))
        else:
            assert fake.features is not None
            with torch.no_grad():
                target = self.judge(packed(real, self.packing), ()).features.float()  # type: ignore[union-attr]
            features = fake.features.float()
        return F.mse_loss(features, target) / target.square().mean().clamp(min=1e-8)


def _psnr(difference: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in decibels of a mean squared difference of pixels in [-1, 1]."""
    return 10 * torch.log10(4 / difference.detach().clamp(min=1e-10))
