"""pix2pix: a generator turns a condition image into a picture, a discriminator judges both together."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from gan_core import conditions
from gan_core.capabilities import Guide, Translation
from gan_core.families.adversarial import AdversarialFamily, Verdict
from gan_core.families.adversarial_settings import CLASSROOM, AdversarialSettings
from gan_core.families.dcgan import check_images
from gan_core.families.pix2pix_networks import PatchJudge, UNet
from gan_core.formulas import Symbols
from gan_core.latent_spec import LatentSpec
from gan_core.layers import add_spectral_norm, in_company, init_normal
from gan_core.losses import LOSSES
from gan_core.phases import DataSpec, StepContext, StepOutput
from gan_core.settings import UserError, setting

DIVERSITY_LIMIT = 1.0  # change of the picture per change of z beyond which more is not rewarded


class Pix2pixSettings(AdversarialSettings):
    """Settings of pix2pix."""

    condition: Literal["outline", "sketch", "partial"] = setting(
        "outline",
        "What the generator is given of a picture: its outline, its strokes thinned to lines, or the picture "
        "with a random part missing.",
        advanced=False,
        title="given",
    )
    lambda_l1: float = setting(
        10.0,
        "Weight of the mean absolute difference to the true picture.",
        live=True,
        advanced=False,
        ge=0,
        le=1000,
        title="L1 term",
    )
    lambda_diversity: float = setting(
        4.0,
        "Weight of making different pictures of different noise; 0: none.",
        live=True,
        advanced=False,
        ge=0,
        le=100,
        title="diversity term",
    )
    z_dim: int = setting(
        16, "Dimensions of the noise z.", ge=1, le=512, advanced=False, title="noise dimensions"
    )
    width: int = setting(
        32, "Channels next to the image; they double with every halving.", ge=4, le=128, advanced=False
    )
    discriminator_width: int = setting(
        0,
        "Channels of the discriminator next to the image; 0: as many as the generator has.",
        ge=0,
        le=128,
        title="discriminator width",
    )
    depth: int = setting(
        0, "Halvings in the generator; 0: as many as leave a 4- to 7-pixel core.", ge=0, le=4
    )
    code_width: int = setting(
        128,
        "Units of the dense layer in the generator's core, where the noise joins.",
        ge=4,
        le=1024,
        title="core width",
    )
    patch_layers: int = setting(
        2,
        "Strided layers of the discriminator: it judges patches of 10, 22 or 46 pixels.",
        ge=1,
        le=3,
        title="patch layers",
    )
    discriminator_norm: Literal["batch", "spectral", "none"] = setting(
        "batch",
        "Normalisation inside the discriminator: batch norm, spectral norm or none.",
        title="discriminator norm",
    )
    init: Literal["dcgan", "torch"] = setting(
        "dcgan",
        "Initial weights: normal with deviation 0.02 as in the paper, or PyTorch's own.",
        title="initial weights",
    )


class Pix2pix(AdversarialFamily):
    """min over G, max over D of V(D, G) + lambda_L1 E[|x - G(c, z)|], with c a condition image made from x.

    G is a U-Net: what a layer of its encoder saw goes straight to the layer of the decoder of the same size,
    so lines stay where they are. D sees c and x (or G(c, z)) together and judges every patch by itself; the
    L1 term, a mean over pixels from -1 to 1, takes care of the whole. With L1 alone G would draw the blurred
    median of all pictures an outline can have.

    c is computed from the real picture x: its outline, its strokes thinned to lines, or x with a part painted
    over in grey. At the core of G a dense layer sums c up; there the noise z joins, 16 normal numbers, so one
    c can become several pictures. As G would ignore z, it is also rewarded for
    |G(c, z) - G(c, z')| / |z - z'|: with a weight well below that of L1 it wins only where c leaves x open.

    Departs from the paper: z is an input at the core, where the paper has no z and draws noise by dropout,
    of which its authors saw little effect; the diversity term is from Yang et al. 2019; the core is dense;
    two to four halvings for 16 to 64 pixels; patches of 22 pixels instead of 70; G is averaged, D has R1,
    rates are this lab's. lambda_L1 is 10 rather than 100, which leaves noise and D nothing to say about such
    small pictures. The preset "paper-2017" has 100, the paper's rates, and neither diversity nor R1. Packs
    (PacGAN, an unconditional method) hold pictures beside their own c; the minibatch deviation is one more
    map for every patch.

    Source: Isola et al. 2017 (arXiv:1611.07004), equations 3 and 4; Yang et al. 2019 (arXiv:1901.09024),
    equation 2.
    """

    name = "pix2pix"
    title = "pix2pix (images from images)"
    summary = "Turns an outline, a sketch or a picture with a hole into a whole picture."
    paper = "Isola et al. 2017, arXiv:1611.07004"
    guide = Guide(
        ancestor="cgan",
        step="an image as the condition",
        pitfalls=(
            "With a large weight of L1 pictures turn blurred; with a small one they stray from the lines.",
            "It tends to ignore the noise: one outline, one picture.",
            "Lines unlike those it learned from make nonsense.",
        ),
    )
    Settings = Pix2pixSettings
    data_kinds = ("images",)
    default_dataset = "digits"
    presets = {
        "default": {"batch_size": 64, "steps": 3000, "r1_gamma": 1.0, "penalty_every": 8},
        "classroom": CLASSROOM,
        "thorough": {"batch_size": 64, "steps": 20000, "r1_gamma": 1.0, "penalty_every": 8},
        "paper-2017": {
            "lambda_l1": 100.0, "lambda_diversity": 0.0, "lr_generator": 2e-4, "lr_discriminator": 2e-4,
            "width": 64, "batch_size": 16, "ema_decay": 0.0, "steps": 5000,
        },
    }  # fmt: skip
    can_translate = True
    symbols = Symbols("x, c", "G(c, z), c")
    settings: Pix2pixSettings
    generator: UNet
    discriminator: PatchJudge
    translation: Translation

    def __init__(self, settings: Pix2pixSettings, data: DataSpec) -> None:
        self.channels, self.core, self.depth = check_images(self.name, settings.depth, data)
        given = self.channels if settings.condition == "partial" else 1
        shape = (given, data.shape[-1], data.shape[-1])
        self.translation = Translation(shape, settings.condition, LatentSpec(settings.z_dim))
        super().__init__(settings, data)
        if settings.init == "dcgan":
            init_normal(self.generator)
            init_normal(self.discriminator)
        if settings.discriminator_norm == "spectral":  # after the initial weights: it estimates their norms
            add_spectral_norm(self.discriminator)

    def build_latent(self) -> None:
        """None: without a condition there is nothing to draw."""

    def build_generator(self) -> UNet:
        s = self.settings
        widths = [s.width * 2**level for level in range(self.depth)]
        return UNet(self.translation.shape[0], self.channels, widths, self.core, s.code_width, s.z_dim)

    def build_discriminator(self) -> PatchJudge:
        s, normalise = self.settings, self.settings.discriminator_norm == "batch"
        channels = self.packing * (self.channels + self.translation.shape[0])
        return PatchJudge(
            channels, s.discriminator_width or s.width, s.patch_layers, normalise=normalise,
            deviation_group=s.deviation_group,
        )  # fmt: skip

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        raise UserError(f"family '{self.name}' draws nothing without a condition image; give it one")

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        raise UserError(f"family '{self.name}' judges a picture with its condition image; give both")

    def condition_of(self, x: Tensor, rng: torch.Generator) -> Tensor:
        with torch.no_grad():
            if self.settings.condition == "outline":
                return conditions.outline(x)
            if self.settings.condition == "sketch":
                return conditions.skeleton(x)
            return conditions.partial(x, conditions.hidden_parts(len(x), x.shape[-1], rng))

    def translate(self, x_condition: Tensor, z: Tensor | None = None) -> Tensor:
        if z is None:
            raise UserError(f"family '{self.name}' needs noise z beside the condition image; give z")
        fake: Tensor = self.generator(z, x_condition)
        return fake.float()

    def pair_scores(self, x_condition: Tensor, x: Tensor) -> Tensor:
        packs = in_company(x, self.packing), in_company(x_condition, self.packing)
        patches = self.discriminator.judge(*packs).float()
        scores: Tensor = LOSSES[self.settings.loss].score(patches)
        return scores.mean(1)

    def condition(self, ctx: StepContext) -> tuple[Tensor, ...]:
        """The conditions of the step's real images, made once."""
        if "x_condition" not in ctx.shared:
            ctx.shared["x_condition"] = self.condition_of(ctx.batch.real, ctx.rng)
        return (ctx.shared["x_condition"],)

    def formulas(self) -> dict[str, str]:
        return super().formulas() | {
            "generator/l1": r"\lambda\, \mathbb{E}\lvert x - G(c, z) \rvert",
            "generator/diversity": (
                r"-\lambda\, \mathbb{E}[\lvert G(c, z) - G(c, z') \rvert / \lvert z - z' \rvert]"
            ),
        }

    def judge(self, x: Tensor, condition: tuple[Tensor, ...]) -> Verdict:
        return Verdict(self.discriminator.judge(x, *condition))

    def generator_terms(self, ctx: StepContext, fake: Verdict) -> StepOutput:
        """The difference to the true pictures, and the reward, below 0, for making others of other noise."""
        s, made = self.settings, self._fake(ctx).float()
        difference = (made - ctx.batch.real).abs().mean()
        losses, stats = {"l1": s.lambda_l1 * difference}, {"difference": difference.detach() / 2}
        if s.lambda_diversity:
            ratio = self._diversity(ctx, made)
            losses["diversity"] = -s.lambda_diversity * ratio
            stats["diversity"] = ratio.detach()
        return StepOutput(losses, stats)

    def _diversity(self, ctx: StepContext, made: Tensor) -> Tensor:
        """Mean change of a picture over mean change of its z, up to the limit; a scalar."""
        z = self.sample_z(len(made), ctx.rng)
        other = self.generator(z, *self.condition(ctx)).float()
        moved = (z - ctx.shared["z"]).abs().mean(1)
        changed = (made - other).abs().mean((1, 2, 3))
        ratio: Tensor = changed / moved
        return ratio.clamp(max=DIVERSITY_LIMIT).mean()
