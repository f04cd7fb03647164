"""InfoGAN: codes in z come to mean something, because a third network must read them off the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Self

import torch
from pydantic import model_validator
from torch import Tensor, nn

from gan_core import settings as base
from gan_core.capabilities import Guide
from gan_core.families.adversarial import Verdict
from gan_core.families.adversarial_settings import CLASSROOM
from gan_core.families.dcgan import Dcgan, DcganSettings, Judge
from gan_core.images import distorted
from gan_core.latent_spec import CodeReading, LatentSpec
from gan_core.layers import ToVector, init_normal, packed
from gan_core.losses import categorical_information, gaussian_information, shared_information
from gan_core.phases import DataSpec, Phase, StepContext, StepOutput
from gan_core.settings import setting

LOG_VARIANCES = (-6.0, 2.0)  # a density has no upper bound: a Q that is ever surer would drown D's game


class InfoganSettings(DcganSettings):
    """Settings of InfoGAN."""

    z_dim: int = setting(
        62,
        "Dimensions of the noise beside the codes.",
        ge=1,
        le=512,
        advanced=False,
        title="noise dimensions",
    )
    cat_codes: int = setting(
        1, "Categorical codes: one of several kinds.", ge=0, le=4, advanced=False, title="categorical codes"
    )
    cat_size: int = setting(
        10,
        "Kinds in each categorical code.",
        ge=2,
        le=100,
        advanced=False,
        title="kinds in a categorical code",
    )
    cont_codes: int = setting(
        2, "Continuous codes, each from -1 to 1.", ge=0, le=8, advanced=False, title="continuous codes"
    )
    lambda_cat: float = setting(
        1.0,
        "Weight of the information about the categorical codes.",
        live=True,
        ge=0,
        le=100,
        title="categorical term",
    )
    lambda_cont: float = setting(
        0.1,
        "Weight of the information about the continuous codes.",
        live=True,
        ge=0,
        le=100,
        title="continuous term",
    )
    lambda_real: float = setting(
        0.0,
        "Weight of the information about its kind that a real image shares with a distorted copy; it makes "
        "kinds of what shear, turn, stretch and shift leave as it is.",
        live=True,
        ge=0,
        le=100,
        title="real-image term",
    )
    q_width: int = setting(
        128, "Units of the dense layer between the shared convolutions and Q's answer.", ge=4, le=1024,
        title="Q width",
    )  # fmt: skip

    @model_validator(mode="after")
    def _check_codes(self) -> Self:
        if not self.cat_codes and not self.cont_codes:
            raise ValueError("cat_codes and cont_codes are both 0; InfoGAN needs at least one code")
        return self


class QOutput(NamedTuple):
    """Q(c|x): a softmax for every categorical code, a Gaussian for every continuous one."""

    logits: Tensor  # (N, sum of the categorical codes' sizes)
    mean: Tensor  # (N, continuous codes)
    log_variance: Tensor  # (N, continuous codes), between LOG_VARIANCES


class SharedJudge(Judge):
    """A discriminator whose convolutions Q shares, while its dense layer is its own.

    Where it judges packs, the convolutions look at each example by itself, and packs are made of their
    features: Q reads the codes of single images.

    Args:
        layers: Maps examples to their last feature map as a vector `(N, features)`.
        features: Numbers in that vector.
        head: Maps the vector, or those of a pack, to `(N / packing, width)`.
        width: Numbers D's output is made from.
        packing: Examples in a pack.
    """

    def __init__(
        self, layers: Sequence[nn.Module], features: int, head: Sequence[nn.Module], width: int, packing: int
    ) -> None:
        super().__init__(layers, width)
        self.head = nn.Sequential(*head)
        self.features, self.packing = features, packing

    def verdict(self, x: Tensor) -> Verdict:
        """Raw outputs `(N,)` for packs `(N, packing * C, H, W)`, and `(N * packing, features)` of images."""
        packs, channels, *sides = x.shape
        features: Tensor = self.trunk(x.reshape(packs * self.packing, channels // self.packing, *sides))
        return Verdict(self.output(self.head(packed(features, self.packing))).flatten(), features)


class CodeReader(nn.Module):
    """Q's own layers, on top of D's convolutions.

    Args:
        features: Numbers in the last feature map.
        width: Units of the hidden layer.
        latent: Says which codes there are.
    """

    def __init__(self, features: int, width: int, latent: LatentSpec) -> None:
        super().__init__()
        self.sizes = [sum(latent.cat_sizes), latent.cont_codes, latent.cont_codes]
        self.layers = nn.Sequential(
            nn.Linear(features, width, bias=False),
            nn.BatchNorm1d(width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, sum(self.sizes)),
        )

    def forward(self, features: Tensor) -> QOutput:
        """Reads the codes from features `(N, d)`; float32."""
        answer: Tensor = self.layers(features).float()
        logits, mean, log_variance = torch.split(answer, self.sizes, dim=1)
        return QOutput(logits, mean, log_variance.clamp(*LOG_VARIANCES))


class Infogan(Dcgan):
    """min over G and Q, max over D of V(D, G) - lambda L_I(G, Q), with L_I a lower bound of I(c; G(z, c)).

    Part of G's input are codes c: one of ten kinds, and two numbers from -1 to 1. A network Q on D's last
    features must read them off the image. G can only let it by giving each code a visible meaning; nobody
    says which. L_I = H(c) + E[log Q(c|x)] in nats: cross-entropy for the categorical codes, the log density
    of a Gaussian with learned variance for the continuous ones. Q and the shared layers learn in D's phase.

    Departs from the paper: the networks and the recipe are this lab's DCGAN (normal noise, averaged
    generator, R1, batches of 64). Q shares D's convolutions, not its dense layer: with that shared too, the
    images of a kind came to resemble each other. The released code fixes the Gaussian's variance. With
    `lambda_real` Q also learns from real images, still without a label: the kind it reads and the one it
    reads off a distorted copy shall have much information in common (Ji et al. 2019). Which kinds the paper's
    objective alone finds is a matter of luck; this term asks for kinds that slant, stretch and place do not
    change. The presets "codes-only" and "paper-2016" are without it.

    Source: Chen et al. 2016 (arXiv:1606.03657), equations 5 and 6; Ji et al. 2019 (arXiv:1807.06653),
    equation 3.
    """

    name = "infogan"
    title = "InfoGAN (images)"
    summary = "A DCGAN that sorts images into kinds and finds what varies, without a single label."
    paper = "Chen et al. 2016, arXiv:1606.03657"
    guide = Guide(
        ancestor="dcgan",
        step="codes that must be readable",
        pitfalls=(
            "Which kinds it finds depends on the seed; two digits can share a kind.",
            "The information can be at its most while a kind mixes two digits.",
            "A continuous code may mean something else within each kind.",
        ),
    )
    Settings = InfoganSettings
    presets = {
        "default": {
            "batch_size": 64, "steps": 5000, "r1_gamma": 1.0, "penalty_every": 8, "lambda_real": 1.0,
        },
        "classroom": CLASSROOM | {"lambda_real": 1.0},
        "thorough": {
            "batch_size": 64, "steps": 30000, "r1_gamma": 1.0, "penalty_every": 8, "lambda_real": 1.0,
        },
        "codes-only": {"batch_size": 64, "steps": 5000, "r1_gamma": 1.0, "penalty_every": 8},
        "paper-2016": {
            "z_distribution": "uniform", "width": 64, "stem_width": 1024, "head_width": 1024,
            "lambda_cont": 1.0, "batch_size": 128, "ema_decay": 0.0, "steps": 5000,
        },
    }  # fmt: skip
    can_read_codes = True

    settings: InfoganSettings
    latent: LatentSpec
    discriminator: SharedJudge

    def __init__(self, settings: InfoganSettings, data: DataSpec) -> None:
        super().__init__(settings, data)
        self.code_reader = CodeReader(self.discriminator.features, settings.q_width, self.latent)
        if settings.init == "dcgan":
            init_normal(self.code_reader)

    @classmethod
    def kinds(cls, settings: base.Settings, data: DataSpec) -> int:
        assert isinstance(settings, InfoganSettings)
        return settings.cat_size if settings.cat_codes else 0

    def build_latent(self) -> LatentSpec:
        s = self.settings
        sizes = (s.cat_size,) * s.cat_codes
        return LatentSpec(s.z_dim + sum(sizes) + s.cont_codes, s.z_distribution, sizes, s.cont_codes)

    def build_discriminator(self) -> nn.Module:
        layers, width = self._trunk_layers(self.channels, self.packing)
        convolutions = 1 + next(i for i, layer in enumerate(layers) if isinstance(layer, ToVector))
        features = self._discriminator_widths()[-1] * self.core**2
        return SharedJudge(layers[:convolutions], features, layers[convolutions:], width, self.packing)

    def modules(self) -> dict[str, nn.Module]:
        return {**super().modules(), "code_reader": self.code_reader}

    def phases(self) -> Sequence[Phase]:
        discriminator, generator = super().phases()
        return replace(discriminator, trains=(self.discriminator, self.code_reader)), generator

    def read_codes(self, x: Tensor) -> CodeReading:
        q = self._q(self.discriminator.trunk(x))
        return CodeReading(q.logits, q.mean)

    def formulas(self) -> dict[str, str]:
        read = {
            "categorical_code": r"-\lambda\, (H(c) + \mathbb{E}[\log Q(c \mid G(z, c))])",
            "continuous_code": r"-\lambda\, (H(c) + \mathbb{E}[\log \mathcal{N}(c; \mu_Q, \sigma_Q^2)])",
        }
        both = {
            f"{role}/{name}": text for role in ("discriminator", "generator") for name, text in read.items()
        }
        return super().formulas() | both | {"discriminator/real_code": r"-\lambda\, I(Q(x); Q(x'))"}

    def judge(self, x: Tensor, condition: tuple[Tensor, ...]) -> Verdict:
        return self.discriminator.verdict(x)

    def discriminator_terms(self, ctx: StepContext, real: Verdict, fake: Verdict) -> StepOutput:
        """Q's part: the information it fails to read, and how much it reads, shown in nats."""
        losses, information = self._information(ctx, fake)
        if self.settings.lambda_real and self.settings.cat_codes:
            shared = self._shared_with_copies(ctx, real)
            losses["real_code"] = -self.settings.lambda_real * shared
            information["information_real"] = shared
        return StepOutput(losses, {name: bound.detach() for name, bound in information.items()})

    def generator_terms(self, ctx: StepContext, fake: Verdict) -> StepOutput:
        """G's part: the information its images do not show."""
        return StepOutput(self._information(ctx, fake)[0], {})

    def _shared_with_copies(self, ctx: StepContext, real: Verdict) -> Tensor:
        """Information in nats that the kinds of real images share with those of distorted copies."""
        copies = self.discriminator.trunk(distorted(ctx.batch.real, ctx.rng))
        seen = (real.features, copies)
        parts = [torch.split(self._q(x).logits, self.settings.cat_size, dim=1) for x in seen]
        return torch.stack([shared_information(a, b) for a, b in zip(*parts, strict=True)]).sum()

    def _q(self, features: Tensor | None) -> QOutput:
        q: QOutput = self.code_reader(features)
        return q

    def _information(self, ctx: StepContext, fake: Verdict) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Weighted losses and the bounds of I(c; x) in nats, each summed over the codes of its kind."""
        s, q = self.settings, self._q(fake.features)
        codes = self.latent.split(ctx.shared["z"])
        losses: dict[str, Tensor] = {}
        bounds: dict[str, Tensor] = {}
        if s.cat_codes:
            parts = zip(torch.split(q.logits, s.cat_size, dim=1), codes.c_cat.T, strict=True)
            bound = torch.stack([categorical_information(logits, c) for logits, c in parts]).sum()
            losses["categorical_code"] = -s.lambda_cat * bound
            bounds["information_cat"] = bound
        if s.cont_codes:
            bound = gaussian_information(q.mean, q.log_variance, codes.c_cont)
            losses["continuous_code"] = -s.lambda_cont * bound
            bounds["information_cont"] = bound
        return losses, bounds
