"""The textbook pair: a generator against a discriminator, with every objective and penalty as a setting."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal, NamedTuple, Self

import torch
from pydantic import model_validator
from torch import Tensor, nn

from gan_core.family import (
    DataSpec,
    Family,
    LatentSpec,
    OptimizerSpec,
    Phase,
    ScoreMeaning,
    StepContext,
    StepOutput,
)
from gan_core.layers import groups_apart
from gan_core.losses import LOSSES, gradient_penalty, zero_centred_penalty
from gan_core.settings import Settings, setting


class AdversarialSettings(Settings):
    """Settings every generator-discriminator pair shares."""

    loss: Literal["non_saturating", "minimax", "least_squares", "hinge", "wasserstein"] = setting(
        "non_saturating", "What generator and discriminator minimise.", live=True, advanced=False
    )
    relativistic: bool = setting(
        False,
        "Score each real example against one generated example instead of on its own.",
        live=True,
        title="relativistic pairing",
    )
    lr_generator: float = setting(
        1e-3,
        "Learning rate of the generator.",
        live=True,
        advanced=False,
        gt=0,
        le=10,
        title="generator learning rate",
    )
    lr_discriminator: float = setting(
        2e-4,
        "Learning rate of the discriminator.",
        live=True,
        advanced=False,
        gt=0,
        le=10,
        title="discriminator learning rate",
    )
    d_steps: int = setting(
        1,
        "Discriminator updates per generator update.",
        live=True,
        advanced=False,
        ge=1,
        le=20,
        title="D updates per G update",
    )
    g_steps: int = setting(
        1,
        "Generator updates per discriminator update.",
        live=True,
        advanced=False,
        ge=1,
        le=20,
        title="G updates per D update",
    )
    optimizer: Literal["adam", "sgd", "rmsprop"] = setting("adam", "Optimiser of both networks.")
    beta1: float = setting(
        0.5, "Momentum: decay of Adam's first moment.", live=True, ge=0, lt=1, title="beta 1"
    )
    beta2: float = setting(0.999, "Decay of Adam's second moment.", live=True, ge=0, lt=1, title="beta 2")
    real_label: float = setting(
        1.0,
        "Target for real examples; 0.9 is one-sided label smoothing.",
        live=True,
        ge=0.5,
        le=1,
        title="real label",
    )
    lambda_gp: float = setting(
        0.0,
        "Weight of the gradient penalty (gradient norm 1 between real and fake).",
        live=True,
        ge=0,
        le=1000,
        title="gradient penalty",
    )
    r1_gamma: float = setting(
        0.0, "Weight of R1: zero gradient at real examples.", live=True, ge=0, le=1000, title="R1 penalty"
    )
    r2_gamma: float = setting(
        0.0,
        "Weight of R2: zero gradient at generated examples.",
        live=True,
        ge=0,
        le=1000,
        title="R2 penalty",
    )
    penalty_every: int = setting(
        1,
        "Penalties are computed in one of this many discriminator updates, with the weight raised to match.",
        live=True,
        ge=1,
        le=64,
        title="penalty interval",
    )

    @model_validator(mode="after")
    def _check_combinations(self) -> Self:
        if self.d_steps > 1 and self.g_steps > 1:
            raise ValueError(
                f"d_steps is {self.d_steps} and g_steps is {self.g_steps}; one of them must be 1"
            )
        if self.real_label < 1 and not LOSSES[self.loss].smoothable:
            raise ValueError(
                f"real_label {self.real_label} has no meaning for the {self.loss} loss; set it to 1"
            )
        return self


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

    def __init__(self, settings: AdversarialSettings, data: DataSpec) -> None:
        super().__init__(settings, data)
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
        """Maps examples `(N, *data.shape)` to raw outputs `(N,)`."""

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

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        fake: Tensor = self.generator(z)
        return fake.float()

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return LOSSES[self.settings.loss].score(self.discriminator(x).float())

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
        """D's output for examples `(N, *data.shape)`."""
        return Verdict(self.discriminator(x, *condition))

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

    def _verdicts(self, ctx: StepContext, real: Tensor, fake: Tensor) -> tuple[Verdict, Verdict]:
        """D's output for both, in one pass that keeps the statistics of the two batches apart."""
        condition = tuple(torch.cat([told, told]) for told in self.condition(ctx))
        with groups_apart(self.discriminator, 2):
            logits, features = self.judge(torch.cat([real.to(fake.dtype), fake]), condition)
        real_logits, fake_logits = logits.chunk(2)
        real_features, fake_features = (None, None) if features is None else features.chunk(2)
        return Verdict(real_logits, real_features), Verdict(fake_logits, fake_features)

    def _discriminator_phase(self, ctx: StepContext) -> StepOutput:
        s, loss, real = self.settings, LOSSES[self.settings.loss], ctx.batch.real
        fake = self._fake(ctx).detach()
        on_real, on_fake = self._verdicts(ctx, real, fake)
        losses = {
            "adversarial": loss.discriminator_loss(
                on_real.logits, on_fake.logits, real_target=s.real_label, relativistic=s.relativistic
            )
        }
        more = self.discriminator_terms(ctx, on_real, on_fake)
        losses |= more.losses | self._penalties(ctx, real, fake)
        with torch.no_grad():
            stats = {
                "d_real": loss.score(on_real.logits.float()).mean(),
                "d_fake": loss.score(on_fake.logits.float()).mean(),
            }
        return StepOutput(losses, stats | more.stats)

    def _penalties(self, ctx: StepContext, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """The weighted penalties that are switched on, in float32: they differentiate a gradient."""
        s = self.settings
        losses: dict[str, Tensor] = {}
        if (ctx.step // s.g_steps) % s.penalty_every:
            return losses
        condition = self.condition(ctx)

        def critic(x: Tensor) -> Tensor:
            return self.judge(x, condition).of_example

        with torch.autocast(real.device.type, enabled=False):
            if s.lambda_gp:
                penalty = gradient_penalty(critic, real, fake, ctx.rng)
                losses["gradient_penalty"] = s.lambda_gp * s.penalty_every * penalty
            if s.r1_gamma:
                losses["r1"] = s.r1_gamma * s.penalty_every * zero_centred_penalty(critic, real)
            if s.r2_gamma:
                losses["r2"] = s.r2_gamma * s.penalty_every * zero_centred_penalty(critic, fake)
        return losses

    def _generator_phase(self, ctx: StepContext) -> StepOutput:
        loss, fake = LOSSES[self.settings.loss], self._fake(ctx)
        if self.settings.relativistic:
            on_real, on_fake = self._verdicts(ctx, ctx.batch.real, fake)
            adversarial = loss.generator_loss(on_fake.logits, on_real.logits)
        else:
            on_fake = self.judge(fake, self.condition(ctx))
            adversarial = loss.generator_loss(on_fake.logits)
        more = self.generator_terms(ctx, on_fake)
        return StepOutput({"adversarial": adversarial} | more.losses, more.stats)
