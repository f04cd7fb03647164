"""Class-conditional GAN: G makes the class it is asked for, D judges whether an image is a real one of it."""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from gan_core import settings as base
from gan_core.capabilities import Guide
from gan_core.families.adversarial import Verdict
from gan_core.families.adversarial_settings import CLASSROOM
from gan_core.families.cgan_networks import (
    ClassifierJudge,
    ConcatenationJudge,
    EmbeddingGenerator,
    NormGenerator,
    ProjectionJudge,
)
from gan_core.families.dcgan import Dcgan, DcganSettings
from gan_core.formulas import Symbols
from gan_core.layers import in_company
from gan_core.losses import LOSSES
from gan_core.phases import DataSpec, StepContext, StepOutput
from gan_core.settings import UserError, setting


class CganSettings(DcganSettings):
    """Settings of the class-conditional GAN."""

    generator_condition: Literal["batch_norm", "embedding"] = setting(
        "batch_norm",
        "How the generator is told the class: by the class's own gain and shift in every batch norm, or by a "
        "learned vector beside the noise.",
        advanced=False,
        title="class in the generator",
    )
    discriminator_condition: Literal["projection", "concatenation", "classifier"] = setting(
        "projection",
        "How the discriminator is told the class: a product of a class vector with its features, one more "
        "channel of the image, or not at all: it names the class itself.",
        advanced=False,
        title="class in the discriminator",
    )
    label_dims: int = setting(
        32, "Numbers in the vector of a class beside the noise.", ge=1, le=256, title="class dimensions"
    )
    lambda_class: float = setting(
        1.0,
        "Weight of naming the class right; for a discriminator that is a classifier too.",
        live=True,
        ge=0,
        le=100,
        title="class term",
    )


class Cgan(Dcgan):
    """DCGAN told the class y of every image: G(z, y) and D(x, y).

    The batch of fakes is asked for the classes of the batch of real images, so both have the data's mix. G
    learns y through the gains and shifts of its batch norms, where it cannot drown the noise, as a vector
    beside z does. D judges by projection; it can instead read y as one more channel of the image, or name y
    itself (AC-GAN).

    Departs from the papers: the networks and the recipe are this lab's DCGAN. Mirza and Osindero join y to a
    hidden layer of dense networks, here D reads it as a picture. Odena et al. teach D the classes of fakes
    too, after which G can please it with private marks instead of the class; here D learns them from real
    images alone. They and Miyato and Koyama draw the classes of fakes evenly. PacGAN (`packing`) is an
    unconditional method: here D judges packs of images of any classes and is told the class of each.

    Source: Mirza and Osindero 2014 (arXiv:1411.1784), equation 2; Miyato and Koyama 2018 (arXiv:1802.05637).
    """

    name = "cgan"
    title = "Conditional GAN (images with labels)"
    summary = "A DCGAN that makes the class it is asked for."
    paper = "Mirza and Osindero 2014, arXiv:1411.1784"
    guide = Guide(
        ancestor="dcgan",
        step="a class asked for",
        pitfalls=(
            "G may ignore the class when the data's classes are hard to tell apart.",
            "G may ignore the noise and make one picture per class when the class drowns it.",
            "A rare class is learned worst: it is asked for as rarely as it is seen.",
        ),
    )
    Settings = CganSettings
    presets = {
        "default": {"batch_size": 64, "steps": 3000, "r1_gamma": 1.0, "penalty_every": 8},
        "classroom": CLASSROOM,
        "thorough": {"batch_size": 64, "steps": 30000, "r1_gamma": 1.0, "penalty_every": 8},
        "mirza-2014": {
            "generator_condition": "embedding", "discriminator_condition": "concatenation", "batch_size": 64,
            "steps": 3000, "r1_gamma": 1.0, "penalty_every": 8,
        },
        "ac-gan": {
            "discriminator_condition": "classifier", "batch_size": 64, "steps": 3000, "r1_gamma": 1.0,
            "penalty_every": 8,
        },
        "projection-2018": {
            "discriminator_norm": "spectral", "loss": "hinge",
            "lr_generator": 2e-4, "lr_discriminator": 2e-4, "beta1": 0.0, "beta2": 0.9, "d_steps": 5,
            "batch_size": 64, "steps": 15000,
        },
    }  # fmt: skip
    symbols = Symbols("x, y", "G(z, y), y")
    settings: CganSettings
    discriminator: ProjectionJudge | ConcatenationJudge | ClassifierJudge

    def __init__(self, settings: CganSettings, data: DataSpec) -> None:
        """Builds the networks for labelled images.

        Raises:
            UserError: The images have no labels, or a size or number of channels that does not fit.
        """
        if data.kind == "images" and data.num_classes < 2:
            raise UserError(
                f"family 'cgan' needs images with at least 2 classes, got {data.num_classes}; "
                "choose a labelled data set such as digits or mnist, or the family 'dcgan'"
            )
        super().__init__(settings, data)
        self.num_classes = data.num_classes
        self.can_describe = False  # what D sees depends on the class it is told

    @classmethod
    def kinds(cls, settings: base.Settings, data: DataSpec) -> int:
        return data.num_classes

    def build_generator(self) -> nn.Module:
        s, num_classes = self.settings, self.data.num_classes
        if s.generator_condition == "batch_norm":
            return NormGenerator(self._generator_layers(s.z_dim), num_classes)
        layers = self._generator_layers(s.z_dim + s.label_dims)
        return EmbeddingGenerator(layers, num_classes, s.label_dims)

    def build_discriminator(self) -> nn.Module:
        how, num_classes = self.settings.discriminator_condition, self.data.num_classes
        if how == "concatenation":
            layers, width = self._trunk_layers(self.packing * (self.channels + 1))
            return ConcatenationJudge(layers, width, num_classes, self.data.shape[-1])
        layers, width = self._trunk_layers(self.packing * self.channels)
        judge = ProjectionJudge if how == "projection" else ClassifierJudge
        return judge(layers, width, num_classes, self.packing)

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        y = self._asked(y)
        if y.is_floating_point() and y.shape[1:] != (self.num_classes,):
            raise UserError(
                f"shares of classes must be a table of {self.num_classes} numbers per example, "
                f"got shape {tuple(y.shape)}"
            )
        fake: Tensor = self.generator(z, y)
        return fake.float()

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        told = in_company(self._asked(y), self.packing)
        logits = self.judge(in_company(x, self.packing), (told,)).logits
        return LOSSES[self.settings.loss].score(logits.float())

    def condition(self, ctx: StepContext) -> tuple[Tensor, ...]:
        return (self._asked(ctx.batch.y),)

    def formulas(self) -> dict[str, str]:
        return super().formulas() | {
            "discriminator/class": r"-\lambda\, \mathbb{E}[\log D_{class}(y \mid x)]",
            "generator/class": r"-\lambda\, \mathbb{E}[\log D_{class}(y \mid G(z, y))]",
        }

    def judge(self, x: Tensor, condition: tuple[Tensor, ...]) -> Verdict:
        return self.discriminator.judge(x, *condition)

    def discriminator_terms(self, ctx: StepContext, real: Verdict, fake: Verdict) -> StepOutput:
        """For AC-GAN, the cross-entropy in nats of the classes of real images; the share named right."""
        if not isinstance(self.discriminator, ClassifierJudge):
            return StepOutput({}, {})
        y, logits = self._asked(ctx.batch.y), self._class_logits(real)
        loss = F.cross_entropy(logits, y)
        named_right = (logits.detach().argmax(dim=1) == y).float().mean()
        return StepOutput({"class": self.settings.lambda_class * loss}, {"class_accuracy": named_right})

    def generator_terms(self, ctx: StepContext, fake: Verdict) -> StepOutput:
        """For AC-GAN, the cross-entropy in nats of the classes asked for."""
        if not isinstance(self.discriminator, ClassifierJudge):
            return StepOutput({}, {})
        loss = F.cross_entropy(self._class_logits(fake), self._asked(ctx.batch.y))
        return StepOutput({"class": self.settings.lambda_class * loss}, {})

    def _class_logits(self, verdict: Verdict) -> Tensor:
        logits: Tensor = self.discriminator.get_submodule("classes")(verdict.features)
        return logits.float().view(-1, self.data.num_classes)  # a row for each image of a pack

    def _asked(self, y: Tensor | None) -> Tensor:
        """The classes, or UserError if they are missing."""
        if y is None:
            raise UserError(
                f"family '{self.name}' needs the class of every example, 0 to {self.data.num_classes - 1}; "
                "give y"
            )
        return y
