"""Gauges of collapse for points while a run trains: modes, sharpness, distance from the true law."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import PointDataset
from gan_core.evaluation.subject import SEED, Finding, Subject
from gan_core.family import Family
from gan_core.runs.probes import Probe, Reference

POINTS = 2_500  # the sample count of the published tables


def modes_covered(subject: Subject) -> Finding:
    """How many modes at least one sharp point reaches."""
    dataset = _mixture(subject)
    if dataset is None or dataset.centres is None or dataset.std is None:
        return None
    from gan_core.metrics import mode_coverage

    z, centres, std, k = _latents(subject), dataset.centres, dataset.std, len(dataset.centres)
    return Probe(
        "modes",
        "Modes reached",
        f"{{value}} of {k} modes are reached by {POINTS:,} points",
        lambda family: float(mode_coverage(family.generate(z), centres, std).covered),
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

    z, centres, std = _latents(subject), dataset.centres, dataset.std
    real = dataset.sample(POINTS, torch.Generator().manual_seed(SEED))
    return Probe(
        "high_quality",
        "Points within 3 σ of a mode",
        f"{{value}} of {POINTS:,} points lie within three deviations of a mode",
        lambda family: mode_coverage(family.generate(z), centres, std).high_quality,
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

    z, plane = _latents(subject), Plane.of(dataset)

    def compute(family: Family) -> float:
        return plane.divergence(family.generate(z))

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
    can_make = subject.family.data.kind == "points" and subject.family.latent is not None
    return subject.data if can_make and isinstance(subject.data, PointDataset) else None


def _latents(subject: Subject) -> Tensor:
    return subject.fixed_latents(POINTS)[0]
