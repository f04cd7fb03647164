"""A reader of scenes: not a GAN, but the judge of what pictures made from sentences show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core import settings as base
from gan_core.capabilities import Guide
from gan_core.families.classifier import ConvClassifier
from gan_core.family import Family
from gan_core.phases import DataSpec, OptimizerSpec, Phase, StepContext, StepOutput
from gan_core.settings import UserError, setting


class ReaderSettings(base.Settings):
    """Size and learning rate of the reader."""

    width: int = setting(
        16,
        "Channels of the first stage; each later stage has twice as many, up to 128.",
        ge=8,
        le=64,
        advanced=False,
    )
    learning_rate: float = setting(
        2e-3,
        "Adam's step size at the start of the run.",
        gt=0,
        le=0.1,
        live=True,
        advanced=False,
        title="learning rate",
    )


class Reader(Family):
    """Reads every attribute of a scene: a head of its own for each, on the trunk of the classifier.

    The loss is the sum of the heads' cross-entropies. It learns from real scenes alone, so that its word on
    generated ones is that of a stranger to them.
    """

    name = "reader"
    title = "Scene reader"
    summary = "Tells which digits a scene shows, and their colours, sizes and places; the judge of StackGAN."
    paper = "LeCun et al. 1998, Gradient-based learning applied to document recognition"
    guide = Guide(
        ancestor="classifier",
        step="a head for each attribute",
        pitfalls=(
            "It names something in every picture, also where nothing is.",
            "It sees only what it has names for: a third digit or a smear goes unnoticed.",
        ),
    )
    Settings = ReaderSettings
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "default": {"steps": 4000, "batch_size": 64, "cosine_tail": 1.0, "ema_decay": 0.998},
    }
    data_kinds = ("images",)
    default_dataset = "captioned-digits"

    can_read_attributes = True
    sampling_modules = ("reader",)
    settings: ReaderSettings

    def __init__(self, settings: base.Settings, data: DataSpec) -> None:
        """Builds the network for images whose attributes are known.

        Raises:
            UserError: Nothing is known of the images.
        """
        super().__init__(settings, data)
        if not data.attributes:
            raise UserError(
                "family 'reader' needs images whose attributes are known, but of this data set none are; "
                "choose captioned-digits"
            )
        self.sizes = [len(values) for _, values in data.attributes]
        channels, height, width = data.shape
        self.network = ConvClassifier((channels, height, width), sum(self.sizes), self.settings.width)

    def modules(self) -> dict[str, nn.Module]:
        return {"reader": self.network}

    def formulas(self) -> dict[str, str]:
        return {"reader/cross_entropy": r"-\sum_k \mathbb{E}[\log p_k(y_k \mid x)]"}

    def phases(self) -> Sequence[Phase]:
        optimizer = OptimizerSpec("adam", lr=self.settings.learning_rate, betas=(0.9, 0.999))
        return [Phase("reader", (self.network,), self._learn, optimizer)]

    def read_attributes(self, x: Tensor) -> Tensor:
        logits = self.network(x).float().split(self.sizes, dim=1)
        return torch.stack([head.argmax(dim=1) for head in logits], dim=1)

    def features(self, x: Tensor) -> Tensor:
        """Penultimate features `(N, 128)` float32, at least 0, of images `(N, C, H, W)` in [-1, 1]."""
        return self.network.features(x).float()

    def _learn(self, ctx: StepContext) -> StepOutput:
        """Cross-entropy in nats, summed over attributes; the share of scenes read right in all of them."""
        wanted = ctx.batch.attributes
        if wanted is None:
            raise UserError("family 'reader' needs attributes, but this data set gives none")
        logits = self.network(ctx.batch.real).float().split(self.sizes, dim=1)
        losses = [F.cross_entropy(head, y) for head, y in zip(logits, wanted.T, strict=True)]
        right = torch.stack([head.argmax(dim=1) for head in logits], dim=1) == wanted
        return StepOutput(
            {"cross_entropy": torch.stack(losses).sum()}, {"accuracy": right.all(dim=1).float().mean()}
        )
