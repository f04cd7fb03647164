"""The diagnosis of a generator of points, whose true law is known."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import PointDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.diagnosis import Diagnosis, DiscriminatorReport, KindCensus, KindShare
from gan_core.evaluation.generating import generate
from gan_core.evaluation.gradients import batch_size, gradient_norms
from gan_core.evaluation.neighbours import frechet_metric, neighbour_metrics
from gan_core.evaluation.plane import DiscriminatorField, Plane
from gan_core.evaluation.points import mode_metrics
from gan_core.evaluation.verdicts import report, scores
from gan_core.family import Family
from gan_core.metrics import Metric, birthday, metric_name, mode_coverage
from gan_core.metrics.divergence import LN2
from gan_core.metrics.duplicates import FEWEST
from gan_core.phases import Batch

FIELD_POINTS = 20_000  # read the generator's law off these for the comparison with the best D
_REFERENCE = 10_000


def diagnose_points(
    family: Family, name: str, dataset: PointDataset, *, n: int, seed: int, progress: Progress
) -> Diagnosis:
    """Everything that applies to points."""
    fake = _points(family, n, seed, progress)
    rng = torch.Generator().manual_seed(0)
    real, fresh, unseen = (dataset.sample(count, rng) for count in (max(n, _REFERENCE), n, n))
    progress("Comparing with the true law", 0.0)
    plane = Plane.of(dataset)
    metrics = [
        *mode_metrics(dataset, fake, fresh),
        frechet_metric("points", fake, fresh, real),
        *neighbour_metrics("points", real, fake, fresh, progress),
        divergence_metric(plane, fake),
    ]
    missing = [
        "Copies of training examples cannot be looked for: points are drawn afresh for every batch, so there "
        "is no training set to copy.",
        "Variety within a class is not measured: points have no classes.",
    ]
    if dataset.centres is None:
        missing.append(
            "Modes are not counted: these data are one piece; the divergence from the true law says how much "
            "of it is missing."
        )
    duplicates = None
    if n >= FEWEST:
        progress("Looking for repetitions", 0.0)
        duplicates = birthday(fake, unseen, torch.Generator().manual_seed(seed))
    else:
        missing.append(f"Repetitions are not looked for: that needs {FEWEST} generated points.")
    discriminator = _discriminator(family, fresh, unseen, fake, missing)
    field = _field(family, plane, max(n, FIELD_POINTS), seed + 1, missing, progress)
    if field is not None:
        metrics.append(_gap_metric(field.gap, field.floor, max(n, FIELD_POINTS)))
    return Diagnosis(
        family.name, name, "points", n, seed, tuple(metrics), _census(dataset, fake, fresh),
        duplicates=duplicates, discriminator=discriminator, field=field,
        gradients=gradient_norms(family, Batch(dataset.sample(batch_size(family), rng)), seed),
        missing=tuple(missing),
    )  # fmt: skip


def _discriminator(
    family: Family, fresh: Tensor, unseen: Tensor, fake: Tensor, missing: list[str]
) -> DiscriminatorReport | None:
    """D on two sets of real points, which it has both not seen, and on generated ones."""
    if not family.can_score:
        missing.append("There is no discriminator to examine.")
        return None
    return report(family, *(scores(family, x) for x in (fresh, unseen, fake)))


def _field(
    family: Family, plane: Plane, n: int, seed: int, missing: list[str], progress: Progress
) -> DiscriminatorField | None:
    """D beside the best D against n generated points; None where D's output is no probability."""
    if not family.can_score:
        return None
    if family.score_meaning == "ranking":
        missing.append(
            "D is not held against the best discriminator p / (p + q): with this loss its output is a "
            "score and no probability."
        )
        return None
    progress("Comparing D with the best one", 0.0)
    return plane.discriminator(family, _points(family, n, seed, progress))


def divergence_metric(plane: Plane, points: Tensor) -> Metric:
    """Jensen-Shannon divergence of points `(N, 2)` from the true law, in nats; at most ln 2."""
    return Metric(
        name=metric_name("js_divergence", "points", len(points)),
        title=f"Jensen-Shannon divergence, nats of {LN2:.3f}",
        value=plane.divergence(points),
        count=len(points),
        floor=plane.divergence_floor(len(points)),
        better="lower",
    )


def _gap_metric(gap: float, floor: float, n: int) -> Metric:
    return Metric(
        name=metric_name("optimality_gap", "points", n),
        title="Mean distance of D from the best D",
        value=gap,
        count=n,
        floor=floor,
        better="lower",
    )


def _points(family: Family, n: int, seed: int, progress: Progress) -> Tensor:
    return torch.cat([batch.cpu() for batch in generate(family, n, seed, None, progress)])


def _census(dataset: PointDataset, fake: Tensor, fresh: Tensor) -> KindCensus | None:
    """Points of each mode, within three deviations of its centre; None without separate modes."""
    if dataset.centres is None or dataset.std is None:
        return None
    measured, best = (mode_coverage(x, dataset.centres, dataset.std) for x in (fake, fresh))
    total, k = max(1, int(measured.counts.sum())), len(dataset.centres)
    kinds = tuple(
        KindShare(
            f"({round(x, 2) + 0.0:.2f}, {round(y, 2) + 0.0:.2f})", int(count), int(count) / total, 1 / k
        )
        for (x, y), count in zip(dataset.centres.tolist(), measured.counts, strict=True)
    )
    return KindCensus("centres", measured.covered, 1 - measured.high_quality, 1 - best.high_quality, kinds)
