"""Fréchet distance, precision, recall, density and coverage as metrics with floors."""

from __future__ import annotations

from torch import Tensor

from gan_core.data.progress import Progress
from gan_core.metrics import Metric, frechet_distance, frechet_name, metric_name, prdc

NEIGHBOURS = 5
NEIGHBOUR_SAMPLES = 5_000  # the cost grows with the square


def frechet_metric(extractor: str, fake: Tensor, floor: Tensor, real: Tensor) -> Metric:
    """Fréchet distance of generated features `(n, d)` to those of unseen real ones; the floor is as large."""
    return Metric(
        name=frechet_name(extractor, len(fake)),
        title="Fréchet distance",
        value=frechet_distance(fake, real),
        count=len(fake),
        floor=frechet_distance(floor, real),
        better="lower",
    )


def neighbour_metrics(
    extractor: str, real: Tensor, fake: Tensor, floor: Tensor, progress: Progress
) -> list[Metric]:
    """Precision, recall, density and coverage; nothing if there are too few examples for neighbours."""
    n = min(len(real), len(fake), len(floor), NEIGHBOUR_SAMPLES)
    if n <= NEIGHBOURS:
        return []
    progress("Comparing neighbours", 0.0)
    measured = prdc(real[:n], fake[:n], NEIGHBOURS)
    progress("Comparing neighbours", 0.5)
    best = prdc(real[:n], floor[:n], NEIGHBOURS)
    return [
        Metric(
            name=metric_name(name, extractor, n),
            title=name.capitalize(),
            value=value,
            count=n,
            floor=getattr(best, name),
            better="higher",
        )
        for name, value in measured._asdict().items()
    ]
