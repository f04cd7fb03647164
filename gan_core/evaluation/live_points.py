"""Gauges of collapse for points while a run trains: modes, sharpness, distance from the true law."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gan_core.data import PointDataset
from gan_core.evaluation.subject import SEED, Finding, Subject
from gan_core.family import Family
from gan_core.runs.probes import Probe, Reference
from gan_core.translating import noise

POINTS = 2_500  # the sample count of the published tables


def modes_covered(subject: Subject) -> Finding:
    """How many modes at least one sharp point reaches."""
    dataset = _mixture(subject)
    if dataset is None or dataset.centres is None or dataset.std is None:
        return None
    from gan_core.metrics import mode_coverage

    make, centres, std, k = _maker(subject), dataset.centres, dataset.std, len(dataset.centres)
    return Probe(
        "modes",
        "Modes reached",
        f"{{value}} of {k} modes are reached by {POINTS:,} points",
        lambda family: float(mode_coverage(make(family), centres, std).covered),
        worst=Reference(0.0, "none"),
        best=Reference(float(k), "all of them"),
        is_share=False,
    )


def high_quality(subject: Subject) -> Finding:
    """Share of points within three deviations of a mode."""
    dataset = _mixture(subject)
    if dataset is None or dataset.centres is None or dataset.std is None:
        return None
    from gan_core.metrics import mode_coverage

    make, centres, std = _maker(subject), dataset.centres, dataset.std
    real = dataset.sample(POINTS, torch.Generator().manual_seed(SEED))
    return Probe(
        "high_quality",
        "Points within 3 σ of a mode",
        f"{{value}} of {POINTS:,} points lie within three deviations of a mode",
        lambda family: mode_coverage(make(family), centres, std).high_quality,
        worst=Reference(0.0, "none"),
        best=Reference(mode_coverage(real, centres, std).high_quality, "real points"),
    )


def divergence(subject: Subject) -> Finding:
    """Jensen-Shannon divergence from the true law."""
    dataset = _mixture(subject)
    if dataset is None:
        return None
    from gan_core.evaluation.plane import Plane
    from gan_core.metrics.divergence import LN2

    make, plane = _maker(subject), Plane.of(dataset)

    def compute(family: Family) -> float:
        return plane.divergence(make(family))

    return Probe(
        "js_divergence",
        "Divergence from the true law",
        f"{{value}} nats of Jensen-Shannon divergence between {POINTS:,} points and the true law",
        compute,
        worst=Reference(LN2, "nothing in common"),
        best=Reference(plane.divergence_floor(POINTS), "real points"),
        is_share=False,
    )


def _mixture(subject: Subject) -> PointDataset | None:
    family = subject.family
    can_make = family.data.kind == "points" and (family.latent is not None or family.can_translate_back)
    return subject.data if can_make and isinstance(subject.data, PointDataset) else None


def _maker(subject: Subject) -> Callable[[Family], Tensor]:
    """Makes points `(POINTS, 2)` of the same latents, or the same points of another domain, at every call."""
    other = subject.data.other if isinstance(subject.data, PointDataset) else None
    if other is not None and subject.family.can_translate_back:
        rng = torch.Generator().manual_seed(SEED)
        a, z = other.sample(POINTS, rng), noise(subject.family, POINTS, rng)
        given, drawn = a.to(subject.device), None if z is None else z.to(subject.device)
        return lambda family: family.translate(given, drawn)
    latents = subject.fixed_latents(POINTS)[0]
    return lambda family: family.generate(latents)
