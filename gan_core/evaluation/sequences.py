"""Generators of sequences against the law they should have learned."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gan_core.data import SequenceDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.generating import generate
from gan_core.evaluation.result import Evaluation
from gan_core.family import Family
from gan_core.metrics import Metric, Waves, jensen_shannon, metric_name, nearest_sines, squared_mmd
from gan_core.metrics.discrepancy import usual_bandwidths

CLEAN = 0.95  # share of its energy that a sequence must have in one sine to count as a sine
BINS = 16  # between the limits of the law; one more at either end holds what lies outside


def evaluate_sequences(
    family: Family, name: str, dataset: SequenceDataset, *, n: int, seed: int, progress: Progress
) -> Evaluation:
    """Measures n generated sequences against fresh real ones; the floor is what n more real ones score."""
    fake = torch.cat([batch.cpu() for batch in generate(family, n, seed, None, progress)])
    rng = torch.Generator().manual_seed(0)
    real, fresh = dataset.sample(n, rng), dataset.sample(n, rng)
    bandwidths = usual_bandwidths(real.flatten(1))
    waves = [nearest_sines(x.squeeze(2)) for x in (fake, fresh)]

    def metric(name: str, title: str, measure: Callable[[int], float], better: str) -> Metric:
        value, floor = measure(0), measure(1)
        return Metric.parse(
            {
                "name": metric_name(name, "sequences", n), "title": title, "value": value, "count": n,
                "floor": floor, "better": better,
            }
        )  # fmt: skip

    def discrepancy(which: int) -> float:
        return squared_mmd((fake, fresh)[which].flatten(1), real.flatten(1), bandwidths)

    def cycles(which: int) -> float:
        return cycles_divergence(waves[which], dataset)

    def heights(which: int) -> float:
        return heights_divergence(waves[which], dataset)

    metrics = (
        metric("squared_mmd", "Squared maximum mean discrepancy", discrepancy, "lower"),
        metric("clean_sines", "Share that are clean sines", lambda i: clean_share(waves[i]), "higher"),
        metric("js_cycles", "Divergence of the cycles", cycles, "lower"),
        metric("js_heights", "Divergence of the heights", heights, "lower"),
    )  # fmt: skip
    return Evaluation(name, "sequences", seed, metrics)


def clean_share(waves: Waves) -> float:
    """Share of sequences that are nearly all one sine."""
    return float((waves.fit >= CLEAN).float().mean())


def cycles_divergence(waves: Waves, dataset: SequenceDataset) -> float:
    """Jensen-Shannon divergence in nats between the histogram of cycles and the law's."""
    return _divergence(waves.cycles, dataset.cycles)


def heights_divergence(waves: Waves, dataset: SequenceDataset) -> float:
    """Jensen-Shannon divergence in nats between the histogram of heights and the law's."""
    return _divergence(waves.heights, dataset.heights)


def histogram(values: Tensor, limits: tuple[float, float]) -> Tensor:
    """Shares `(BINS + 2,)` of values below, within equal parts of, and above the limits of a uniform law."""
    edges = torch.linspace(*limits, BINS + 1)
    return torch.bincount(torch.bucketize(values.cpu(), edges), minlength=BINS + 2).double() / len(values)


def cycle_names(dataset: SequenceDataset) -> list[str]:
    """The parts that `cycle_shares` counts, in words."""
    low, high = dataset.cycles
    width = (high - low) / BINS
    return [f"<{low:g}", *(f"{low + (i + 0.5) * width:.1f}" for i in range(BINS)), f">{high:g}"]


def cycle_shares(dataset: SequenceDataset, x: Tensor) -> list[float]:
    """Share of sequences `(n, T, 1)` in each part of the law's cycles, fewer and more included."""
    shares: list[float] = histogram(nearest_sines(x.squeeze(2)).cycles, dataset.cycles).tolist()
    return shares


def _divergence(values: Tensor, limits: tuple[float, float]) -> float:
    law = torch.zeros(BINS + 2, dtype=torch.float64)
    law[1:-1] = 1 / BINS
    return jensen_shannon(histogram(values, limits).numpy(), law.numpy())
