"""LAPGAN: one GAN draws a very small picture, others add the detail of each doubling of its side."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from gan_core import settings as base
from gan_core.capabilities import Guide
from gan_core.families.dcgan import check_images
from gan_core.families.lapgan_levels import DetailGan, LapganSettings, LevelGan
from gan_core.family import Family, ScoreMeaning
from gan_core.latent_spec import LatentSpec
from gan_core.layers import in_company
from gan_core.losses import LOSSES
from gan_core.phases import Batch, DataSpec, Phase, StepContext, StepOutput
from gan_core.pyramid import Level, PyramidSpec, expand, take_apart
from gan_core.settings import UserError

COARSEST = 8  # pixels: sides are halved until they are no longer than that

_RECIPE: dict[str, Any] = {
    "batch_size": 64, "lr_generator": 1e-3, "lr_discriminator": 8e-4, "r1_gamma": 1.0, "penalty_every": 8,
    "cosine_tail": 0.3,
}  # fmt: skip


class Lapgan(Family):
    """A Laplacian pyramid of GANs, e.g. of 7, 14 and 28 pixels.

    The coarsest level is a plain GAN: G_1(z_1) is a picture I_1 of 7 pixels. Level k is given l_k = u(I_k-1),
    the picture so far at twice its side, and makes the residual: I_k = l_k + h_k with h_k = G_k(z_k, l_k).
    z holds the noise of all levels side by side.

    Levels are trained independently: level k sees l_k = u(d(I_k)) of real pictures I_k, never what another
    level makes, and its D_k tells (I_k, l_k) from (l_k + h_k, l_k). As p(I) = p(I_1) prod_k p(h_k | l_k), the
    log-odds of a whole picture are the sum of what all D say, which is what its score is made from.

    Departs from the paper: levels are counted from the coarsest. G_k computes at the side of I_k-1, each
    square of 2 x 2 pixels of l_k being four channels; its noise is a short vector which a linear layer
    spreads over planes, as the paper does with the class ("plane" is the paper's: one number a pixel). D_k is
    given l_k beside l_k + h_k, the paper's sees only the sum. h_k is so bounded that I_k lies in (-1, 1):
    I_k = tanh(atanh(l_k) + G_k). All levels are convolutional, the paper's coarsest is dense; batch norm, no
    dropout; D is told the class by projection; the coarse picture behind l_k carries a little noise in
    training (as in Ho et al. 2022, arXiv:2106.15282). The recipe, with R1 and averaged generators, is this
    lab's; "paper-2015" has the paper's gradient descent and noise instead. The remedies for collapse act on
    every level's D; packs (PacGAN, an unconditional method) hold pictures beside their own l.

    Source: Denton et al. 2015 (arXiv:1506.05751), section 3.
    """

    name = "lapgan"
    title = "LAPGAN (images, coarse to fine)"
    summary = "Draws a tiny picture first, then adds the detail of each doubling of its size."
    paper = "Denton et al. 2015, arXiv:1506.05751"
    guide = Guide(
        ancestor="cgan",
        step="coarse to fine",
        pitfalls=(
            "A fault of the coarsest level stays: finer levels can only add detail to it.",
            "A finer level may ignore its noise, as the coarse picture leaves little open.",
            "Finer levels learn from real coarse pictures, and meet generated ones only when drawing.",
            'The paper\'s plain gradient descent, preset "paper-2015", turned these networks all white.',
        ),
    )
    Settings = LapganSettings
    data_kinds = ("images",)
    default_dataset = "digits"
    presets = {
        "default": _RECIPE | {"steps": 6000},
        "classroom": _RECIPE | {"minutes": 3.0, "ema_decay": 0.995},
        "thorough": _RECIPE | {"steps": 30000},
        "with-classes": _RECIPE | {"steps": 6000, "class_conditional": True},
        "paper-2015": {
            "optimizer": "sgd", "lr_generator": 0.02, "lr_discriminator": 0.02, "z_dim": 100,
            "z_distribution": "uniform", "detail_noise": "plane", "condition_noise": 0.0, "ema_decay": 0.0,
            "batch_size": 100, "steps": 10_000,
        },
    }  # fmt: skip
    can_score = True
    settings: LapganSettings
    latent: LatentSpec
    pyramid: PyramidSpec

    def __init__(self, settings: LapganSettings, data: DataSpec) -> None:
        super().__init__(settings, data)
        channels = check_images(self.name, 0, data)[0]
        sides = _sides(settings.levels, data.shape[-1])
        if settings.class_conditional and data.num_classes < 2:
            raise UserError(
                f"class_conditional needs images with at least 2 classes, got {data.num_classes}; "
                "choose a labelled data set such as digits or mnist, or set class_conditional=false"
            )
        self.num_classes = data.num_classes if settings.class_conditional else 0
        self.level_gans = [
            (DetailGan if index else LevelGan)(
                settings, DataSpec("images", (channels, side, side), self.num_classes),
                is_finest=index == len(sides) - 1,
            )
            for index, side in enumerate(sides)
        ]  # fmt: skip
        dims = [level.build_latent().z_dim for level in self.level_gans]
        ends = list(itertools.accumulate(dims))
        self.latent = LatentSpec(ends[-1], settings.z_distribution)
        parts = tuple(slice(end - size, end) for end, size in zip(ends, dims, strict=True))
        self.pyramid = PyramidSpec(tuple(sides), parts)
        self.sampling_modules = tuple(f"{name}_generator" for name, _ in self._named())

    @classmethod
    def kinds(cls, settings: base.Settings, data: DataSpec) -> int:
        return data.num_classes if isinstance(settings, LapganSettings) and settings.class_conditional else 0

    @property
    def score_meaning(self) -> ScoreMeaning:
        return self.level_gans[0].score_meaning

    def _named(self) -> list[tuple[str, LevelGan]]:
        return [(f"level{number}", level) for number, level in enumerate(self.level_gans, 1)]

    def modules(self) -> dict[str, nn.Module]:
        return {
            f"{name}_{role}": network
            for name, level in self._named()
            for role, network in level.modules().items()
        }

    def phases(self) -> Sequence[Phase]:
        found: list[Phase] = []
        for name, level in self._named():
            level.settings = self._settings_of(level)
            found += [
                replace(phase, name=f"{name}/{phase.name}", compute=partial(self._phase, name, phase.compute))
                for phase in level.phases()
            ]
        return tuple(found)

    def _settings_of(self, level: LevelGan) -> LapganSettings:
        """Penalties in proportion to the pixels of a level.

        A coarse pixel stands for many fine ones, and so D's gradient is as much larger there.
        """
        s, share = self.settings, (level.side / self.data.shape[-1]) ** 2
        return s.changed(r1_gamma=s.r1_gamma * share, r2_gamma=s.r2_gamma * share)

    def formulas(self) -> dict[str, str]:
        """h: the residual of a picture, l: its coarser version at full side, on which nothing is learned."""
        coarsest, *_, finest = [*self.level_gans, self.level_gans[-1]]
        first = {f"level1/{name}": latex for name, latex in coarsest.formulas().items()}
        return finest.formulas() | first

    # --- drawing and judging ------------------------------------------------------------------------------

    def build_up(self, z: Tensor, y: Tensor | None = None) -> list[Level]:
        told = self._told(y)
        parts = [z[:, part] for part in self.pyramid.parts]
        levels = [Level(self.level_gans[0].generator(parts[0], *told).float())]
        for level, part in zip(self.level_gans[1:], parts[1:], strict=True):
            low = expand(levels[-1].image)
            image = level.generator(part, low, *told).float()
            levels.append(Level(image, low, image - low))
        return levels

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return self.build_up(z, y)[-1].image

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """See `Family`. The log-odds of a whole picture are the sum of those of its levels."""
        logits = self._level_logits(take_apart(x, len(self.level_gans)), y)
        return LOSSES[self.settings.loss].score(logits.sum(0))

    def level_scores(self, levels: Sequence[Level], y: Tensor | None = None) -> Tensor:
        return LOSSES[self.settings.loss].score(self._level_logits(levels, y))

    def _level_logits(self, levels: Sequence[Level], y: Tensor | None) -> Tensor:
        """Each D's raw output for its level of N pictures, `(levels, N)`."""
        told = self._told(y)
        found = []
        for gan, level in zip(self.level_gans, levels, strict=True):
            low = () if level.upsampled is None else (level.upsampled,)
            image, *beside = (in_company(x, gan.packing) for x in (level.image, *low, *told))
            found.append(gan.judge(image, tuple(beside)).logits.float())
        return torch.stack(found)

    def _told(self, y: Tensor | None) -> tuple[Tensor, ...]:
        """What all networks are told beside: the classes, or nothing; UserError if they are missing."""
        if not self.num_classes:
            return ()
        if y is None:
            raise UserError(
                f"family '{self.name}' needs the class of every example, 0 to {self.num_classes - 1}; give y"
            )
        if y.is_floating_point() and y.shape[1:] != (self.num_classes,):
            raise UserError(
                f"shares of classes must be a table of {self.num_classes} numbers per example, "
                f"got shape {tuple(y.shape)}"
            )
        return (y,)

    # --- the phases ---------------------------------------------------------------------------------------

    def _phase(self, name: str, compute: Callable[[StepContext], StepOutput], ctx: StepContext) -> StepOutput:
        """A phase of one level, which sees only what belongs to it."""
        output = compute(self._context(name, ctx))
        if not output.stats:
            return output
        answers = ctx.shared.setdefault("answers", {})
        answers[name] = output.stats
        stats = {f"{key}_{name}": value for key, value in output.stats.items()}
        if len(answers) == len(self.level_gans):  # of all levels: the mean
            for key in output.stats:
                stats[key] = torch.stack([found[key] for found in answers.values()]).mean()
        return StepOutput(output.losses, stats)

    def _context(self, name: str, ctx: StepContext) -> StepContext:
        """The step as one level sees it: real pictures of its side, l, its own phases and values."""
        if "pyramid" not in ctx.shared:
            self._told(ctx.batch.y)
            levels = take_apart(ctx.batch.real, len(self.level_gans))
            ctx.shared["pyramid"] = {
                key: level for (key, _), level in zip(self._named(), levels, strict=True)
            }
        part: Level = ctx.shared["pyramid"][name]
        own = ctx.shared.setdefault(name, {})
        if part.upsampled is not None and "low" not in own:
            own["low"] = self._noisy(part.upsampled, ctx.rng)
        upcoming = frozenset(
            phase.removeprefix(f"{name}/") for phase in ctx.upcoming if phase.startswith(f"{name}/")
        )
        return StepContext(Batch(part.image, ctx.batch.y), ctx.rng, ctx.step, upcoming, own)

    def _noisy(self, low: Tensor, rng: torch.Generator) -> Tensor:
        """l_k as a level gets it in training: of a slightly noisy coarse picture."""
        if not self.settings.condition_noise:
            return low
        n, channels, side, _ = low.shape
        noise = torch.randn(n, channels, side // 2, side // 2, generator=rng, device=low.device)
        return (low + self.settings.condition_noise * expand(noise)).clamp(-1, 1)


def _sides(levels: int, side: int) -> list[int]:
    """Sides in pixels of the pictures, the smallest first.

    Raises:
        UserError: The side cannot be halved so often.
    """
    sides = [side]
    while len(sides) < levels or (not levels and sides[0] > COARSEST):
        if sides[0] % 2 or sides[0] < 8:
            if not levels and len(sides) > 1:
                break
            raise UserError(
                f"levels must leave a coarsest picture of 4 pixels or more and halve {side} pixels evenly, "
                f"got {levels}; set levels=0"
            )
        sides.insert(0, sides[0] // 2)
    return sides
