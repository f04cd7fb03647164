"""One domain of DiscoGAN: its discriminator against whatever a generator makes for it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_core.families.adversarial import AdversarialFamily, Verdict
from gan_core.families.discogan_networks import Judge, image_judge, point_judge
from gan_core.families.discogan_settings import DiscoganSettings
from gan_core.layers import add_spectral_norm
from gan_core.phases import Batch, DataSpec, StepContext, StepOutput


class DomainGan(AdversarialFamily):
    """The textbook pair in one domain; the whole makes its examples, and trains its generator.

    Args:
        settings: Of the whole.
        data: The domain's examples.
        generator: What arrives in this domain.
        core: Side of the generators' core map, for images.
    """

    name = "discogan"
    data_kinds = ("images", "points")
    settings: DiscoganSettings
    discriminator: Judge

    def __init__(self, settings: DiscoganSettings, data: DataSpec, generator: nn.Module, core: int) -> None:
        self._arriving, self._core = generator, core
        super().__init__(settings, data)
        if settings.discriminator_norm == "spectral":
            add_spectral_norm(self.discriminator)

    def build_latent(self) -> None:
        """None: examples are made of those of the other domain."""

    def build_generator(self) -> nn.Module:
        return self._arriving

    def build_discriminator(self) -> Judge:
        s = self.settings
        width, inputs = s.discriminator_width or s.width, self.packing * self.data.shape[0]
        if self.data.kind == "points":
            return point_judge(inputs, width, s.deviation_group)
        return image_judge(inputs, width, self._core, s.deviation_group)

    def judge(self, x: Tensor, condition: tuple[Tensor, ...]) -> Verdict:
        """D's output; its features are those of every layer, one after the other, where they are compared.

        Only G is paid for them, whose examples come with a graph: in D's phase nobody reads them.
        """
        logits, seen = self.discriminator.verdict(x)
        compared = self.settings.lambda_features > 0 and x.requires_grad
        return Verdict(logits, torch.cat([part.flatten(1) for part in seen], dim=1) if compared else None)

    def generator_terms(self, ctx: StepContext, fake: Verdict) -> StepOutput:
        """Feature matching, if it has a weight."""
        if fake.features is None:
            return StepOutput({}, {})
        with torch.no_grad():
            _, wanted = self.discriminator.verdict(self._shown(ctx, ctx.batch.real).to(fake.features.dtype))
        seen = torch.split(fake.features, [part[0].numel() for part in wanted], dim=1)
        matched = feature_matching([part.flatten(1) for part in wanted], seen)
        return StepOutput({"features": self.settings.lambda_features * matched}, {})

    def judged(self, ctx: StepContext, real: Tensor, fake: Tensor) -> StepOutput:
        """Losses and stats of D for a step's real and generated examples."""
        return self._discriminator_phase(self._own(ctx, real, fake))

    def deceived(self, ctx: StepContext, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """What the generator pays for its examples."""
        losses = self._generator_phase(self._own(ctx, real, fake)).losses
        return losses | {"adversarial": self.settings.lambda_adversarial * losses["adversarial"]}

    @staticmethod
    def _own(ctx: StepContext, real: Tensor, fake: Tensor) -> StepContext:
        return StepContext(Batch(real), ctx.rng, ctx.step, ctx.upcoming, {"fake": fake})


def feature_matching(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """Mean squared difference of the batch means of features, summed over the layers they come from.

    Args:
        real: Features of real examples `(N, ...)`, one tensor a layer.
        fake: Those of generated ones.

    Source: the authors' code of Kim et al. 2017; Salimans et al. 2016 (arXiv:1606.03498), section 3.1.
    """
    terms = [(a.float().mean(0) - b.float().mean(0)).square().mean() for a, b in zip(real, fake, strict=True)]
    return torch.stack(terms).sum()
