"""The lab's trainer: the trainer's own steps, several times as fast where the gradients are written out."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gan_core.building import build_family
from gan_core.data import BatchStream, PointDataset
from gan_core.lab.flat import FlatOptimizer
from gan_core.lab.gradients import SLOPES, DenseNetwork, LossSlopes, Pass
from gan_core.layers import Flat
from gan_core.losses import LOSSES, AdversarialLoss
from gan_core.phases import Batch, Phase
from gan_core.settings import RunConfig, Settings
from gan_core.trainer import Trainer, TrainingDivergedError

# Settings that make D or G something else than a chain of dense layers on single points, and the values at
# which they do not.
_PLAIN: dict[str, Any] = {
    "packing": 1, "minibatch_std": False, "spectral_norm": False, "unroll_steps": 0, "instance_noise": 0.0,
}  # fmt: skip
_STEPS_DRAWN = 32  # steps whose points are drawn at once


class _Plan(NamedTuple):
    """The two networks with their gradients written out, their optimisers by phase, and the settings."""

    generator: DenseNetwork
    discriminator: DenseNetwork
    optimizers: dict[str, FlatOptimizer]
    settings: dict[str, Any]
    loss: AdversarialLoss
    slopes: LossSlopes


class DenseTrainer(Trainer):
    """Trains dense networks on points, with the same steps as `Trainer`.

    Where the settings allow it the gradients come from `gan_core.lab.gradients`; elsewhere from autograd.
    """

    _plan: _Plan | None = None
    _points: list[Tensor] | None = None

    @classmethod
    def of(cls, run: RunConfig, dataset: PointDataset) -> DenseTrainer:
        """A trainer of a resolved config, without averaging, on points held in memory."""
        family = build_family(run, dataset.spec)
        order = torch.Generator().manual_seed(run.training.seed + 1)
        stream = BatchStream(dataset, _STEPS_DRAWN * run.training.batch_size, order)
        trainer = cls(family, stream, run.training, torch.device("cpu"))
        trainer._make_plan()
        return trainer

    @property
    def is_fast(self) -> bool:
        """Whether the present settings have their gradients written out."""
        return self._plan is not None

    def update_settings(self, settings: Settings) -> None:
        """See `Trainer`; the gradients of the new settings are written out if they can be."""
        super().update_settings(settings)
        self._make_plan()

    def use_autograd(self) -> None:
        """Leaves the gradients to autograd from here on, until a setting changes."""
        if self._plan is not None:
            for optimizer in self._plan.optimizers.values():
                optimizer.release()
        self._plan = None

    def _make_plan(self) -> None:
        self.use_autograd()
        values = self.family.settings.model_dump()
        if self.ema or any(values[name] != plain for name, plain in _PLAIN.items()):
            return
        optimizers = {name: FlatOptimizer(optimizer) for name, optimizer in self._optimizers.items()}
        generator = DenseNetwork.of(self.modules["generator"])
        discriminator = DenseNetwork.of(self.modules["discriminator"], (Flat,))
        if generator is not None and discriminator is not None:
            loss = values["loss"]
            self._plan = _Plan(generator, discriminator, optimizers, values, LOSSES[loss], SLOPES[loss])

    def _one_step(self, wanted: bool, only: str | None) -> dict[str, float] | None:
        if self._plan is None:
            return super()._one_step(wanted, only)
        with torch.no_grad():
            due = [p for p in self._phases if (p.runs_in(self.step) if only is None else p.role == only)]
            batch, values = self._batch(), dict[str, Tensor]()
            made = self._plan.generator.forward(self.family.sample_z(len(batch.real), self.rng))
            for phase in due:
                learn = self._teach_discriminator if phase.role == "discriminator" else self._teach_generator
                values |= learn(self._plan, phase, batch, made, wanted)
        return {name: float(value) for name, value in values.items()} if wanted else None

    def _batch(self) -> Batch:
        """The next points, drawn for many steps at once: one by one that takes four times as long."""
        if not self._points:
            self._points = list(torch.split(super()._batch().real, self.training.batch_size))
        return Batch(self._points.pop())

    def _teach_discriminator(
        self, plan: _Plan, phase: Phase, batch: Batch, made: Pass, wanted: bool
    ) -> dict[str, Tensor]:
        s, loss, n = plan.settings, plan.loss, len(batch.real)
        rows = [batch.real, made.output]
        penalised = (self.step // s["g_steps"]) % s["penalty_every"] == 0
        if penalised and s["lambda_gp"]:
            mix = torch.rand((n, 1), generator=self.rng)
            rows.append(torch.lerp(batch.real, made.output, mix))
        values = plan.discriminator.forward(torch.cat(rows))
        real, fake = values.output[:n], values.output[n : 2 * n]
        self._check_outputs(phase, values)
        slopes = plan.slopes.of_discriminator(real, fake, s["real_label"], s["relativistic"])
        between = torch.zeros_like(values.output[2 * n :])  # points that are only penalised
        slope = torch.cat((*slopes, between)).div_(n)
        penalty = None
        if penalised and (s["r1_gamma"] or s["r2_gamma"] or s["lambda_gp"]):
            penalty = plan.discriminator.penalty(values, lambda g: self._weighed(g, s, n))
        plan.discriminator.train_on(values, slope, penalty)
        found: dict[str, Tensor] = {}
        if wanted:
            found[f"{phase.name}/adversarial"] = loss.discriminator_loss(
                real, fake, real_target=s["real_label"], relativistic=s["relativistic"]
            )
            found |= {"d_real": loss.score(real).mean(), "d_fake": loss.score(fake).mean()}
        self._move(plan, phase)
        return found

    @staticmethod
    def _weighed(g: Tensor, s: dict[str, Any], n: int) -> Tensor:
        """The penalties' derivative by g, D's gradient at real points, fakes and points between them."""
        weights = g.new_zeros(len(g), 1)
        weights[:n], weights[n : 2 * n] = s["r1_gamma"], s["r2_gamma"]
        if s["lambda_gp"]:
            norm = torch.sqrt(g[2 * n :].square().sum(1, keepdim=True) + 1e-12)
            weights[2 * n :] = 2 * s["lambda_gp"] * (norm - 1) / norm
        weighed: Tensor = g * weights * (s["penalty_every"] / n)
        return weighed

    def _teach_generator(
        self, plan: _Plan, phase: Phase, batch: Batch, made: Pass, wanted: bool
    ) -> dict[str, Tensor]:
        s, loss, n = plan.settings, plan.loss, len(batch.real)
        rows = torch.cat([made.output, batch.real]) if s["relativistic"] else made.output
        judged = plan.discriminator.forward(rows)
        fake, real = judged.output[:n], judged.output[n:] if s["relativistic"] else None
        self._check_outputs(phase, judged)
        slope = plan.slopes.of_generator(fake, real, loss.saturating) / n
        plan.generator.train_on(made, plan.discriminator.to_input(judged.rows(slice(n)), slope))
        self._move(plan, phase)
        return {f"{phase.name}/adversarial": loss.generator_loss(fake, real)} if wanted else {}

    def _check_outputs(self, phase: Phase, values: Pass) -> None:
        if not math.isfinite(float(values.output.sum())):
            raise TrainingDivergedError(phase.name, self.step, "the loss")

    def _move(self, plan: _Plan, phase: Phase) -> None:
        for group in self._optimizers[phase.name].param_groups:
            group["lr"] = phase.optimizer.lr * self._rate_factor(phase)
        plan.optimizers[phase.name].step()
