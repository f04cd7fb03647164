"""The levels of LAPGAN: a pair of networks each, and the settings they share."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from gan_core.families.adversarial import AdversarialFamily, Verdict
from gan_core.families.adversarial_settings import AdversarialSettings
from gan_core.families.cgan_networks import ProjectionJudge
from gan_core.families.dcgan import Judge
from gan_core.families.lapgan_networks import BaseGenerator, DetailGenerator, Look, base_trunk, detail_trunk
from gan_core.formulas import Symbols
from gan_core.latent_spec import LatentSpec
from gan_core.layers import add_spectral_norm
from gan_core.phases import DataSpec, StepContext
from gan_core.settings import setting

COARSER_WIDTH = 4  # times as many channels as the finest level has


class LapganSettings(AdversarialSettings):
    """Settings of the Laplacian pyramid of GANs; every level is trained by the same."""

    z_dim: int = setting(
        64, "Dimensions of the noise of the coarsest level.", ge=1, le=512, advanced=False,
        title="noise dimensions",
    )  # fmt: skip
    detail_dims: int = setting(
        32, "Dimensions of the noise of each finer level.", ge=1, le=512, advanced=False,
        title="noise of a finer level",
    )  # fmt: skip
    detail_noise: Literal["vector", "plane"] = setting(
        "vector",
        "The noise of a finer level: a few numbers that change the whole picture, or one for every pixel.",
        title="kind of detail noise",
    )
    z_distribution: Literal["normal", "uniform"] = setting("normal", "Law of the noise.", title="noise")
    class_conditional: bool = setting(
        False, "Tell all networks the class of each picture, so that one can be asked for.", advanced=False,
        title="ask for a class",
    )  # fmt: skip
    levels: int = setting(
        0, "Pictures in the pyramid; 0: halve the side until it has at most 8 pixels.", ge=0, le=5,
        advanced=False,
    )  # fmt: skip
    width: int = setting(
        16, "Channels at the finest level; the others, which decide more, have four times as many.", ge=4,
        le=64, advanced=False,
    )  # fmt: skip
    discriminator_width: int = setting(
        0,
        "Channels of the finest level's discriminator, of which the others have four times as many; 0: as "
        "many as the generators have.",
        ge=0, le=64, title="discriminator width",
    )  # fmt: skip
    head_width: int = setting(
        256, "Units of the dense layers: in the discriminators, and at the start of the coarsest generator.",
        ge=4, le=2048, title="dense width",
    )  # fmt: skip
    discriminator_norm: Literal["batch", "spectral", "none"] = setting(
        "batch",
        "Normalisation inside the discriminators: batch norm, spectral norm or none.",
        title="discriminator norm",
    )
    condition_noise: float = setting(
        0.15,
        "Deviation of noise on the coarse picture that a finer level is given in training, so that it bears "
        "the small faults of generated ones.",
        live=True, ge=0, le=2, title="noise on coarse pictures",
    )  # fmt: skip


class LevelGan(AdversarialFamily):
    """The pair of networks of one level, which knows nothing of the others: a plain GAN, the coarsest.

    Its examples are the pictures of its side.

    Args:
        settings: Of the whole.
        data: Pictures of this level; `num_classes` above 0: the networks are told the class.
        is_finest: No level comes after it.
    """

    name = "lapgan"
    data_kinds = ("images",)
    settings: LapganSettings
    discriminator: Judge | ProjectionJudge

    def __init__(self, settings: LapganSettings, data: DataSpec, *, is_finest: bool) -> None:
        times = 1 if is_finest else COARSER_WIDTH
        self.width = times * settings.width
        self.discriminator_width = times * (settings.discriminator_width or settings.width)
        super().__init__(settings, data)
        if settings.discriminator_norm == "spectral":
            add_spectral_norm(self.discriminator)

    @property
    def side(self) -> int:
        """Height and width of its pictures in pixels."""
        return self.data.shape[-1]

    def build_latent(self) -> LatentSpec:
        return LatentSpec(self.settings.z_dim, self.settings.z_distribution)

    def build_generator(self) -> nn.Module:
        s, classes = self.settings, self.data.num_classes
        return BaseGenerator(self.data.shape, self.width, s.head_width, s.z_dim, classes)

    def trunk(self) -> list[nn.Module]:
        """D's layers from what it sees to features `(N, head_width)`."""
        return base_trunk(self.data.shape, self.discriminator_width, self.settings.head_width, self.look())

    def look(self) -> Look:
        """How D looks at pictures, as the settings say."""
        s = self.settings
        return Look(self.packing, s.discriminator_norm == "batch", s.deviation_group)

    def build_discriminator(self) -> nn.Module:
        layers, width, classes = self.trunk(), self.settings.head_width, self.data.num_classes
        return ProjectionJudge(layers, width, classes, self.packing) if classes else Judge(layers, width)

    def condition(self, ctx: StepContext) -> tuple[Tensor, ...]:
        return (ctx.batch.y,) if self.data.num_classes and ctx.batch.y is not None else ()

    def judge(self, x: Tensor, condition: tuple[Tensor, ...]) -> Verdict:
        if isinstance(self.discriminator, ProjectionJudge):
            return self.discriminator.judge(x, *condition)
        return self.discriminator.verdict(x)


class DetailGan(LevelGan):
    """A level that is told l, the upsampled coarser picture, and adds to it: a conditional GAN."""

    symbols = Symbols("l + h, l", "l + G(z, l), l")

    def build_latent(self) -> LatentSpec:
        s = self.settings
        return LatentSpec(self.side**2 if s.detail_noise == "plane" else s.detail_dims, s.z_distribution)

    def build_generator(self) -> nn.Module:
        return DetailGenerator(
            self.data.shape, self.width, self.build_latent().z_dim, self.data.num_classes,
            pixelwise=self.settings.detail_noise == "plane",
        )  # fmt: skip

    def trunk(self) -> list[nn.Module]:
        return detail_trunk(self.data.shape, self.discriminator_width, self.settings.head_width, self.look())

    def condition(self, ctx: StepContext) -> tuple[Tensor, ...]:
        return (ctx.shared["low"], *super().condition(ctx))

    def judge(self, x: Tensor, condition: tuple[Tensor, ...]) -> Verdict:
        """Verdict on pictures x beside l, both `(N, C, s, s)`, or on packs of both."""
        low, *told = condition
        return super().judge(torch.cat([x, low.to(x.dtype)], dim=1), tuple(told))
