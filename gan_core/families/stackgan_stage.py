"""One stage of StackGAN: its discriminator against whatever its generator makes of sentences."""

from __future__ import annotations

from torch import Tensor, nn

from gan_core.families.adversarial import AdversarialFamily, Verdict
from gan_core.families.stackgan_parts import MatchJudge
from gan_core.families.stackgan_settings import StackganSettings
from gan_core.layers import add_spectral_norm, in_company
from gan_core.losses import LOSSES
from gan_core.phases import DataSpec, StepContext, StepOutput


class StageGan(AdversarialFamily):
    """The textbook pair of one stage; the whole draws its pictures, and reads the sentences.

    The context's `shared` holds what they were drawn from: "fake" the pictures, "embedding" the sentences,
    "wrong" those that do not belong to the real pictures, "said" what they say of each attribute.

    Args:
        settings: Of the whole.
        data: The stage's pictures.
        generator: What draws them.
        small: The pictures are sketches.
    """

    name = "stackgan"
    data_kinds = ("images",)
    settings: StackganSettings
    discriminator: MatchJudge

    def __init__(
        self, settings: StackganSettings, data: DataSpec, generator: nn.Module, *, small: bool
    ) -> None:
        self._drawing, self._small = generator, small
        super().__init__(settings, data)
        if settings.discriminator_norm == "spectral":
            for part in (self.discriminator.trunk, self.discriminator.realness, self.discriminator.matching):
                add_spectral_norm(part)

    def build_latent(self) -> None:
        """None: pictures are made of sentences."""

    def build_generator(self) -> nn.Module:
        return self._drawing

    def build_discriminator(self) -> MatchJudge:
        s = self.settings
        return MatchJudge(
            self.data.shape, s.discriminator_width or s.width, 2 * s.text_dims, s.text_dims,
            [len(values) for _, values in self.data.attributes],
            small=self._small, packing=s.packing, deviation_group=s.deviation_group,
            normalise=s.discriminator_norm == "group",
        )  # fmt: skip

    def scores_of(self, x: Tensor, embedding: Tensor) -> Tensor:
        """D's output in [0, 1] for pictures with their sentences `(N, text_dims)`, each in company."""
        logits = self.judge(in_company(x, self.packing), (in_company(embedding, self.packing),)).logits
        return LOSSES[self.settings.loss].score(logits.float())

    def judged(self, ctx: StepContext) -> StepOutput:
        """Losses and stats of D."""
        return self._discriminator_phase(ctx)

    def drawn(self, ctx: StepContext) -> StepOutput:
        """What the generator pays for its pictures."""
        return self._generator_phase(ctx)

    def condition(self, ctx: StepContext) -> tuple[Tensor, ...]:
        return (ctx.shared["embedding"].float(),)

    def judge(self, x: Tensor, condition: tuple[Tensor, ...]) -> Verdict:
        return self.discriminator.verdict(x, *condition)

    def discriminator_loss(self, ctx: StepContext, real: Verdict, fake: Verdict) -> Tensor:
        """Real pictures with their sentences: half against drawn ones, half against wrong sentences."""
        against_drawn = super().discriminator_loss(ctx, real, fake)
        return 0.5 * (against_drawn + super().discriminator_loss(ctx, real, self._on_wrong(ctx, real)))

    def discriminator_terms(self, ctx: StepContext, real: Verdict, fake: Verdict) -> StepOutput:
        """Names what the captions say of real pictures; D's view of them with wrong sentences."""
        naming = self.discriminator.heads(real.features, ctx.shared["said"])
        score = LOSSES[self.settings.loss].score(self._on_wrong(ctx, real).logits.detach().float())
        return StepOutput({"naming": naming}, {"d_wrong_text": score.mean()})

    def generator_terms(self, ctx: StepContext, fake: Verdict) -> StepOutput:
        """Being named otherwise than the captions say, if it has a weight."""
        weight = self.settings.lambda_naming
        if not weight:
            return StepOutput({}, {})
        naming = self.discriminator.heads(fake.features, ctx.shared["said"])
        return StepOutput({"naming": weight * naming}, {})

    def _on_wrong(self, ctx: StepContext, real: Verdict) -> Verdict:
        """D's output for real pictures with wrong sentences t': as v is linear, v(t' - t) . f(x) more."""
        if "on_wrong" not in ctx.shared:
            assert real.features is not None
            change = ctx.shared["wrong"] - ctx.shared["embedding"]
            ctx.shared["on_wrong"] = real.logits + self.discriminator.match(real.features, change)
        return Verdict(ctx.shared["on_wrong"])
