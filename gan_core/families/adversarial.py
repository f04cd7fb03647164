"""The textbook pair: a generator against a discriminator, with every objective and penalty as a setting."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from gan_core import formulas
from gan_core.families.adversarial_settings import AdversarialSettings
from gan_core.family import Family, ScoreMeaning
from gan_core.formulas import Symbols
from gan_core.latent_spec import LatentSpec
from gan_core.layers import groups_apart, in_company, packed
from gan_core.losses import LOSSES, gradient_penalty, zero_centred_penalty
from gan_core.phases import DataSpec, OptimizerSpec, Phase, StepContext, StepOutput

__all__ = ["AdversarialFamily", "AdversarialSettings", "Verdict"]

FIELD_COMPANY = 8  # packs of generated points over which D's field is averaged


class Verdict(NamedTuple):
    """What D makes of examples."""

    logits: Tensor  # (N,), raw, or (N, ...) where D judges each part of an example by itself
    features: Tensor | None = None  # (N, d), its last features, where other heads share them

    @property
    def of_example(self) -> Tensor:
        """One raw output per example `(N,)`: the mean over its parts."""
        return self.logits if self.logits.dim() == 1 else self.logits.flatten(1).mean(1)


class AdversarialFamily(Family):
    """A family of one generator and one discriminator; a subclass builds the two networks.

    The generator's output is computed once per step and serves both phases. A family with labels, codes or
    further heads on D says so in `condition`, `judge`, `discriminator_terms` and `generator_terms`.
    """

    settings: AdversarialSettings
    can_score = True
    sampling_modules = ("generator",)
    symbols: ClassVar[Symbols] = Symbols()  # how the examples D judges are written in formulas

    def __init__(self, settings: AdversarialSettings, data: DataSpec) -> None:
        super().__init__(settings, data)
        self.packing = settings.packing  # examples D judges at a time
        self.latent = self.build_latent()
        self.generator = self.build_generator()
        self.discriminator = self.build_discriminator()

    @abstractmethod
    def build_latent(self) -> LatentSpec | None:
        """The law of z; None where the family generates nothing without a condition image."""

    @abstractmethod
    def build_generator(self) -> nn.Module:
        """Maps z `(N, z_dim)` to examples `(N, *data.shape)`."""

    @abstractmethod
    def build_discriminator(self) -> nn.Module:
        """Maps examples, or packs of them, `(N, packing * data.shape[0], ...)` to raw outputs `(N,)`."""

    def modules(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "discriminator": self.discriminator}

    def phases(self) -> Sequence[Phase]:
        s = self.settings
        betas = (s.beta1, s.beta2)
        return (
            Phase(
                "discriminator", (self.discriminator,), self._discriminator_phase,
                OptimizerSpec(s.optimizer, s.lr_discriminator, betas), every=s.g_steps,
            ),
            Phase(
                "generator", (self.generator,), self._generator_phase,
                OptimizerSpec(s.optimizer, s.lr_generator, betas), every=s.d_steps,
            ),
        )  # fmt: skip

    def formulas(self) -> dict[str, str]:
        s = self.settings
        losses = formulas.adversarial(s.loss, relativistic=s.relativistic, symbols=self.symbols)
        return losses | formulas.penalties(self.symbols)

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        fake: Tensor = self.generator(z)
        return fake.float()

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """See `Family`. A D that judges packs sees each example with those that follow it in x.

        So real examples are judged among real ones and generated ones among generated ones, as in training;
        a pack filled with copies would look like a generator that always makes the same.
        """
        return self._scores(in_company(x, self.packing))

    def discriminator_field(self, points: Tensor) -> Tensor:
        """See `Family`. A D that judges packs sees each point with generated ones, as G's points are seen."""
        if self.packing == 1:
            return self.discriminator_scores(points)
        rng = torch.Generator(points.device).manual_seed(0)
        fake = self.generate(self.sample_z(FIELD_COMPANY * (self.packing - 1), rng))
        companies = packed(fake, self.packing - 1)
        packs = [torch.cat([points, each.expand(len(points), -1)], dim=1) for each in companies]
        return torch.stack([self._scores(pack) for pack in packs]).mean(0)

    def _scores(self, packs: Tensor) -> Tensor:
        return LOSSES[self.settings.loss].score(self.judge(packs, ()).of_example.float())

    @property
    def score_meaning(self) -> ScoreMeaning:
        s = self.settings
        if not LOSSES[s.loss].estimates_density or s.real_label < 1:
            return "ranking"  # with smoothed labels D approaches a multiple of p / (p + q)
        if s.relativistic:
            return "odds" if LOSSES[s.loss].score is torch.sigmoid else "ranking"
        return "probability"

    # --- what a family with labels, codes or further heads changes ----------------------------------------

    def condition(self, ctx: StepContext) -> tuple[Tensor, ...]:
        """What both networks are told beside z or x, `(N, ...)` each: nothing, or y in a conditional GAN."""
        return ()

    def judge(self, x: Tensor, condition: tuple[Tensor, ...]) -> Verdict:
        """D's output for examples `(N, *data.shape)`, or for packs `(N, packing * data.shape[0], ...)`."""
        return Verdict(self.discriminator(x, *condition))

    def discriminator_loss(self, ctx: StepContext, real: Verdict, fake: Verdict) -> Tensor:
        """D's adversarial loss: real examples against generated ones."""
        s = self.settings
        return LOSSES[s.loss].discriminator_loss(
            real.logits, fake.logits, real_target=s.real_label, relativistic=s.relativistic
        )

    def discriminator_terms(self, ctx: StepContext, real: Verdict, fake: Verdict) -> StepOutput:
        """Further losses and stats of D's phase: none here."""
        return StepOutput({}, {})

    def generator_terms(self, ctx: StepContext, fake: Verdict) -> StepOutput:
        """Further losses and stats of G's phase: none here."""
        return StepOutput({}, {})

    # --- the phases ---------------------------------------------------------------------------------------

    def _fake(self, ctx: StepContext) -> Tensor:
        """This step's generated batch, with its graph if the generator is still to be trained on it."""
        if "fake" not in ctx.shared:
            ctx.shared["z"] = self.sample_z(ctx.batch.real.shape[0], ctx.rng)
            with torch.set_grad_enabled("generator" in ctx.upcoming):
                ctx.shared["fake"] = self.generator(ctx.shared["z"], *self.condition(ctx))
        fake: Tensor = ctx.shared["fake"]
        return fake

    def _shown(self, ctx: StepContext, x: Tensor) -> Tensor:
        """Examples as D gets them in training: with instance noise, in packs.

        D(x + e), e ~ N(0, s^2) drawn anew for every look, with s the setting, falling linearly to 0.

        Source: Sonderby et al. 2017 (arXiv:1610.04490), section 3.2.
        """
        s = self.settings
        left = max(0.0, 1.0 - ctx.step / s.instance_noise_steps) if s.instance_noise_steps else 1.0
        if s.instance_noise * left:
            noise = torch.empty_like(x, dtype=torch.float32).normal_(generator=ctx.rng)
            x = x + s.instance_noise * left * noise
        return packed(x, self.packing)

    def _told(self, ctx: StepContext) -> tuple[Tensor, ...]:
        """What D is told beside the packs."""
        return tuple(packed(told, self.packing) for told in self.condition(ctx))

    def _verdicts(self, ctx: StepContext, real: Tensor, fake: Tensor) -> tuple[Verdict, Verdict]:
        """D's output for both, as shown, in one pass that keeps the statistics of the two batches apart."""
        condition = tuple(torch.cat([told, told]) for told in self._told(ctx))
        with groups_apart(self.discriminator, 2):
            logits, features = self.judge(torch.cat([real.to(fake.dtype), fake]), condition)
        real_logits, fake_logits = logits.chunk(2)
        real_features, fake_features = (None, None) if features is None else features.chunk(2)
        return Verdict(real_logits, real_features), Verdict(fake_logits, fake_features)

    def _discriminator_phase(self, ctx: StepContext) -> StepOutput:
        loss = LOSSES[self.settings.loss]
        real, fake = self._shown(ctx, ctx.batch.real), self._shown(ctx, self._fake(ctx).detach())
        on_real, on_fake = self._verdicts(ctx, real, fake)
        losses = {"adversarial": self.discriminator_loss(ctx, on_real, on_fake)}
        more = self.discriminator_terms(ctx, on_real, on_fake)
        losses |= more.losses | self._penalties(ctx, real, fake)
        with torch.no_grad():
            stats = {
                "d_real": loss.score(on_real.logits.float()).mean(),
                "d_fake": loss.score(on_fake.logits.float()).mean(),
            }
        return StepOutput(losses, stats | more.stats)

    def _penalties(self, ctx: StepContext, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """The weighted penalties that are switched on, in float32: they differentiate a gradient.

        They act where D was trained: on examples as shown. The input of a D that judges packs is the pack.
        A weight that falls lets D be smooth while G spreads over the data, and sharp at the end.
        """
        s = self.settings
        losses: dict[str, Tensor] = {}
        if (ctx.step // s.g_steps) % s.penalty_every:
            return losses
        condition = self._told(ctx)
        weight = s.penalty_every * s.penalties_left(ctx.step)

        def critic(x: Tensor) -> Tensor:
            return self.judge(x, condition).of_example

        with torch.autocast(real.device.type, enabled=False):
            if s.lambda_gp:
                penalty = gradient_penalty(critic, real, fake, ctx.rng)
                losses["gradient_penalty"] = s.lambda_gp * weight * penalty
            if s.r1_gamma:
                losses["r1"] = s.r1_gamma * weight * zero_centred_penalty(critic, real)
            if s.r2_gamma:
                losses["r2"] = s.r2_gamma * weight * zero_centred_penalty(critic, fake)
        return losses

    def _generator_phase(self, ctx: StepContext) -> StepOutput:
        loss, fake = LOSSES[self.settings.loss], self._shown(ctx, self._fake(ctx))
        if self.settings.relativistic:
            on_real, on_fake = self._verdicts(ctx, self._shown(ctx, ctx.batch.real), fake)
            adversarial = loss.generator_loss(on_fake.logits, on_real.logits)
        else:
            on_fake = self.judge(fake, self._told(ctx))
            adversarial = loss.generator_loss(on_fake.logits)
        more = self.generator_terms(ctx, on_fake)
        return StepOutput({"adversarial": adversarial} | more.losses, more.stats)
