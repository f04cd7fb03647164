"""Gauges of collapse for points while a run trains: modes, sharpness, distance from the true law."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gan_core.data import PointDataset
from gan_core.evaluation.overlap import SELDOM, overlap_probes, support_probe, turnover_probe
from gan_core.evaluation.subject import POINTS, SEED, Finding, SeenPoints, Subject
from gan_core.family import Family
from gan_core.runs.probes import Probe, Reference

NEIGHBOURLY = 500  # points whose neighbours are looked for: the cost grows with the square
GAP_POINTS = 10_000  # that the generator's law is read off for the best D


def modes_covered(subject: Subject) -> Finding:
    """How many modes at least one sharp point reaches."""
    dataset = _with_modes(subject)
    if dataset is None or dataset.centres is None:
        return None
    k = len(dataset.centres)
    return Probe(
        "modes",
        "Modes reached",
        f"{{value}} of {k} modes are reached by {POINTS:,} points",
        lambda seen: float(seen.modes.covered),
        worst=Reference(0.0, "none"),
        best=Reference(float(k), "all of them"),
        is_share=False,
        counts="modes",
        look=subject.look,
    )


def modes_surrounded(subject: Subject) -> Finding:
    """How many modes points lie around, sharp or not."""
    dataset = _with_modes(subject)
    if dataset is None or dataset.centres is None:
        return None
    from gan_core.metrics import modes_near

    centres, k = dataset.centres, len(dataset.centres)
    return Probe(
        "modes_near",
        "Modes that points lie around",
        f"{{value}} of {k} modes are nearest to a tenth or more of their share of {POINTS:,} points",
        lambda seen: float(modes_near(seen.points, centres)),
        worst=Reference(1.0, "a single one"),
        best=Reference(float(k), "all of them"),
        is_share=False,
        counts="modes",
        look=subject.look,
    )


def high_quality(subject: Subject) -> Finding:
    """Share of points within three deviations of a mode."""
    dataset = _with_modes(subject)
    if dataset is None:
        return None
    real = SeenPoints(subject, _real(dataset, POINTS))
    return Probe(
        "high_quality",
        "Points within 3 σ of a mode",
        f"{{value}} of {POINTS:,} points lie within three deviations of a mode",
        lambda seen: float(seen.modes.high_quality),
        worst=Reference(0.0, "none"),
        best=Reference(real.modes.high_quality, "real points"),
        look=subject.look,
    )


def mode_kl(subject: Subject) -> Finding:
    """How unevenly the modes are filled."""
    dataset = _with_modes(subject)
    if dataset is None or dataset.centres is None:
        return None
    from gan_core.metrics import reverse_kl_floor

    k = len(dataset.centres)
    return Probe(
        "mode_kl",
        "Unevenness of the modes",
        f"{{value}} nats is the divergence of the points' share of each of {k} modes from an even share",
        lambda seen: float(seen.modes.reverse_kl),
        best=Reference(reverse_kl_floor(k, POINTS), "real points"),
        is_share=False,
        look=subject.look,
    )


def divergence(subject: Subject) -> Finding:
    """Jensen-Shannon divergence from the true law."""
    dataset = _mixture(subject)
    if dataset is None:
        return None
    from gan_core.evaluation.plane import Plane
    from gan_core.metrics.divergence import LN2

    plane = Plane.of(dataset)
    return Probe(
        "js_divergence",
        "Divergence from the true law",
        f"{{value}} nats of Jensen-Shannon divergence between {POINTS:,} points and the true law",
        lambda seen: plane.divergence(seen.points),
        worst=Reference(LN2, "nothing in common"),
        best=Reference(plane.divergence_floor(POINTS), "real points"),
        is_share=False,
        look=subject.look,
    )


def turnover(subject: Subject) -> Finding:
    """Does the same noise stay in its mode?"""
    dataset = _with_modes(subject)
    if dataset is None or dataset.centres is None:
        return None
    from gan_core.metrics import nearest_mode

    centres = dataset.centres
    return turnover_probe(lambda seen: nearest_mode(seen.points, centres), "mode", subject.look)


def optimality(subject: Subject) -> Finding:
    """How far D is from the best D against this generator."""
    dataset = _mixture(subject)
    family = subject.family
    if dataset is None or not family.can_score:
        return None
    if family.score_meaning == "ranking":
        return (
            "How far D is from the best D is not measured: with this loss its output is a score and no "
            "probability."
        )
    from gan_core.evaluation.plane import Plane

    plane = Plane.of(dataset)
    make = subject.maker(GAP_POINTS)

    def compute(family: Family) -> float:
        return plane.gap(family, make(family))

    return Probe(
        "optimality_gap",
        "Distance of D from the best D",
        f"{{value}} is how far D's answer is from the best D's, on average, judged by {GAP_POINTS:,} points",
        compute,
        worst=Reference(0.5, "as far as guessing from certainty"),
        best=Reference(plane.gap_floor(GAP_POINTS), "noise of the sample"),
        is_share=False,
        every=SELDOM,
    )


def frechet(subject: Subject) -> Finding:
    """Distance of the points' mean and spread from those of real ones."""
    dataset = _mixture(subject)
    if dataset is None:
        return None
    from gan_core.metrics import frechet_distance

    real, fresh = _real(dataset, 4 * POINTS, 1), _real(dataset, POINTS)
    return Probe(
        "frechet",
        "Fréchet distance",
        f"{{value}} between the mean and spread of {POINTS:,} points and those of real ones",
        lambda seen: frechet_distance(seen.points, real),
        best=Reference(frechet_distance(fresh, real), "real points"),
        is_share=False,
        look=subject.look,
    )


def neighbours(subject: Subject) -> tuple[Finding, ...]:
    """Precision, recall, density and coverage."""
    dataset = _mixture(subject)
    if dataset is None:
        return ()
    real, fresh = _real(dataset, NEIGHBOURLY, 1), _real(dataset, NEIGHBOURLY)
    return overlap_probes(real, fresh, _first(NEIGHBOURLY), "points", subject.look)


def support(subject: Subject) -> Finding:
    """How many different points are made, by how soon they repeat."""
    dataset = _mixture(subject)
    if dataset is None:
        return None
    real, fresh = _real(dataset, NEIGHBOURLY, 1), _real(dataset, NEIGHBOURLY)
    return support_probe(real, fresh, _first(NEIGHBOURLY), "points", subject.look)


def _first(n: int) -> Callable[[SeenPoints], Tensor]:
    return lambda seen: seen.points[:n]


def _real(dataset: PointDataset, n: int, number: int = 0) -> Tensor:
    """Points `(n, 2)` of the true law; those of another number are others."""
    return dataset.sample(n, torch.Generator().manual_seed(SEED + number))


def _with_modes(subject: Subject) -> PointDataset | None:
    dataset = _mixture(subject)
    return None if dataset is None or dataset.centres is None or dataset.std is None else dataset


def _mixture(subject: Subject) -> PointDataset | None:
    family = subject.family
    can_make = family.data.kind == "points" and (family.latent is not None or family.can_translate_back)
    return subject.data if can_make and isinstance(subject.data, PointDataset) else None
