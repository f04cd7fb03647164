"""Generators of points against the law they should have learned."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import PointDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.generating import generate
from gan_core.evaluation.neighbours import frechet_metric, neighbour_metrics
from gan_core.evaluation.result import Evaluation
from gan_core.family import Family
from gan_core.metrics import Metric, metric_name, mode_coverage, reverse_kl_floor

_REFERENCE_POINTS = 10_000


def evaluate_points(
    family: Family, name: str, dataset: PointDataset, *, n: int, seed: int, progress: Progress
) -> Evaluation:
    """Measures n generated points against fresh real ones; the floor is what n more real ones score."""
    fake = torch.cat([batch.cpu() for batch in generate(family, n, seed, None, progress)])
    rng = torch.Generator().manual_seed(0)
    real, fresh = dataset.sample(max(n, _REFERENCE_POINTS), rng), dataset.sample(n, rng)
    distance = frechet_metric("points", fake, fresh, real)
    overlap = neighbour_metrics("points", real, fake, fresh, progress)
    metrics = (*mode_metrics(dataset, fake, fresh), distance, *overlap)
    return Evaluation(name, "points", seed, metrics)


def mode_metrics(dataset: PointDataset, fake: Tensor, fresh: Tensor) -> list[Metric]:
    """Modes reached, their sharpness and balance; nothing for a data set without separate modes."""
    if dataset.centres is None or dataset.std is None:
        return []
    measured, best = (mode_coverage(points, dataset.centres, dataset.std) for points in (fake, fresh))
    n, k = len(fake), len(dataset.centres)

    def metric(name: str, title: str, value: float, floor: float, better: str) -> Metric:
        name = metric_name(name, "points", n)
        return Metric.parse(
            {"name": name, "title": title, "value": value, "count": n, "floor": floor, "better": better}
        )

    return [
        metric("modes", f"Modes of {k}", measured.covered, best.covered, "higher"),
        metric(
            "high_quality", "Share within 3 σ of a mode", measured.high_quality, best.high_quality, "higher"
        ),
        metric(
            "reverse_kl",
            "KL of the modes to equal shares",
            measured.reverse_kl,
            reverse_kl_floor(k, n),
            "lower",
        ),
    ]
