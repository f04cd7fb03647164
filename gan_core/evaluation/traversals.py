"""What each continuous code does to the pictures: traits measured while the code is swept, all else fixed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_core.data.progress import Progress, silent
from gan_core.evaluation.generating import device_of
from gan_core.family import Family
from gan_core.images import from_uint8
from gan_core.latent.codes import evenly_coded, with_number
from gan_core.latent.paths import drawer
from gan_core.latent.traits import TRAITS, measure
from gan_core.metrics import Metric, metric_name, monotone_ways, monotonicity, rank_correlations
from gan_core.settings import UserError

STOPS = tuple(round(-1 + index / 5, 1) for index in range(11))
BEYOND = 2.0  # also measured, to be shown: training never draws a code beyond 1
LATENTS = 500
EXTRACTOR = "traits"
LOOKED_FOR = ("slant", "width", "thickness")  # what the paper's codes do to digits
_TOLERANCE = 0.1  # backward step a monotone curve may have, in deviations of the reference
_AT_ONCE = 250


@dataclass(frozen=True)
class TraitEffect:
    """What one code does to one trait between -1 and 1.

    Attributes:
        trait: Name of the trait.
        curve: Mean over all latents at each of `STOPS`, in the trait's unit.
        beyond: The same at -BEYOND and at BEYOND.
        change: From -1 to 1 along the curve, in the trait's unit.
        relative: The change in standard deviations of the trait over the reference.
        rank: Spearman's correlation of code and trait within a latent, averaged over the latents.
        monotone: Share of latents whose trait goes that way throughout, up to a small tolerance.
    """

    trait: str
    curve: tuple[float, ...]
    beyond: tuple[float, float]
    change: float
    relative: float
    rank: float
    monotone: float

    @property
    def straightness(self) -> float:
        """How monotone the mean curve is, 0 to 1: the way it gets of the way it goes."""
        return monotonicity(self.curve)


@dataclass(frozen=True)
class CodeEffect:
    """What one continuous code does.

    Attributes:
        code: Its number, from 0.
        effects: One for each of `TRAITS`, in their order.
        count: Latents it was measured on.
    """

    code: int
    effects: tuple[TraitEffect, ...]
    count: int

    @property
    def main(self) -> TraitEffect:
        """The trait it changes most, in deviations of the reference."""
        return max(self.effects, key=lambda effect: abs(effect.relative))

    def on(self, trait: str) -> TraitEffect:
        """What it does to a trait."""
        return self.effects[TRAITS.index(trait)]


def trait_deviations(images: Tensor) -> Tensor:
    """Standard deviation of each trait over images `(N, C, H, W)` uint8, N at least 2, as `(traits,)`."""
    parts = [measure(from_uint8(part)) for part in torch.split(images, _AT_ONCE)]
    return torch.cat(parts).std(0)


def code_effects(
    family: Family,
    *,
    n: int = LATENTS,
    seed: int = 0,
    deviations: Tensor | None = None,
    progress: Progress = silent,
) -> list[CodeEffect]:
    """Measures every continuous code on n latents, all kinds equally often.

    Args:
        family: Samples images; in evaluation mode.
        n: Latents; each is drawn at every stop.
        seed: Of the latents.
        deviations: Of each trait in real data, from `trait_deviations`; None: of the generated images.
        progress: Told how far it is.

    Raises:
        UserError: The family has no continuous codes, or n is below 2.
    """
    latent = family.latent
    if latent is None or not latent.cont_codes:
        raise UserError(f"family '{family.name}' has no continuous codes to sweep; choose one that has")
    if n < 2:
        raise UserError(f"codes are measured on 2 latents at least, got {n}")
    z = evenly_coded(latent, n, torch.Generator().manual_seed(seed))
    device, draw = device_of(family), drawer(family)

    def traits(z: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.cat([measure(draw(part.to(device))).cpu() for part in torch.split(z, _AT_ONCE)])

    reference = (traits(z).std(0) if deviations is None else deviations).clamp_min(1e-6)
    found = []
    for code in range(latent.cont_codes):
        progress("Sweeping the codes", code / latent.cont_codes)
        curves = [traits(with_number(latent, z, code, stop)) for stop in (-BEYOND, *STOPS, BEYOND)]
        found.append(_effect(code, torch.stack(curves, dim=1), reference))
    return found


def _effect(code: int, curves: Tensor, reference: Tensor) -> CodeEffect:
    """One code from the traits of all latents at all stops `(n, stops, traits)`."""
    effects = []
    for index, trait in enumerate(TRAITS):
        values = curves[:, :, index].double().numpy()
        low, mean, high = values[:, 0].mean(), values[:, 1:-1].mean(0), values[:, -1].mean()
        deviation, change = float(reference[index]), float(mean[-1] - mean[0])
        ways = monotone_ways(values[:, 1:-1], _TOLERANCE * deviation)
        effects.append(
            TraitEffect(
                trait=trait,
                curve=tuple(mean.tolist()),
                beyond=(float(low), float(high)),
                change=change,
                relative=change / deviation,
                rank=float(rank_correlations(values[:, 1:-1]).mean()),
                monotone=float((ways == np.sign(change)).mean()) if change else 0.0,
            )
        )
    return CodeEffect(code, tuple(effects), len(curves))


def traversal_metrics(
    family: Family, test: Tensor, *, n: int = LATENTS, seed: int = 0, progress: Progress = silent
) -> list[Metric]:
    """Of every continuous code the trait it changes most; of every trait looked for its best code.

    Args:
        family: Samples images.
        test: Images of the test split `(N, C, H, W)` uint8: their deviation is the unit of a change.
        n: Latents.
        seed: Of the latents.
        progress: Told how far it is.
    """
    if family.latent is None or not family.latent.cont_codes:
        return []
    effects = code_effects(family, n=n, seed=seed, deviations=trait_deviations(test), progress=progress)
    metrics = []
    for effect in effects:
        name, main = f"code{effect.code + 1}", effect.main
        metrics += _metrics(f"{name}_{main.trait}", f"Code {effect.code + 1}, {main.trait}", main, n)
    for trait in LOOKED_FOR:
        best = max(effects, key=lambda effect: abs(effect.on(trait).rank))
        title = f"{trait.capitalize()} by its best code, {best.code + 1}"
        metrics += _metrics(f"best_{trait}", title, best.on(trait), n)
    return metrics


_NUMBERS: tuple[tuple[str, str, Callable[[TraitEffect], float]], ...] = (
    ("change", "change from -1 to 1 in σ of real images", lambda effect: abs(effect.relative)),
    ("rank", "rank correlation within a z", lambda effect: abs(effect.rank)),
    ("monotone", "share of z that never turn back", lambda effect: effect.monotone),
    ("curve", "monotonicity of the mean curve", lambda effect: effect.straightness),
)


def _metrics(name: str, title: str, effect: TraitEffect, n: int) -> list[Metric]:
    """The numbers of one code and trait; their names begin with `name`, their titles with `title`."""
    return [
        Metric(
            name=metric_name(f"{name}_{which}", EXTRACTOR, n),
            title=f"{title}: {words}",
            value=number(effect),
            count=n,
            better="higher",
        )
        for which, words, number in _NUMBERS
    ]
