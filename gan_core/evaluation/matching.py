"""Translations between two mixtures of points: which mode goes to which."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import PointDataset
from gan_core.evaluation.generating import device_of
from gan_core.evaluation.result import Evaluation
from gan_core.family import Family
from gan_core.metrics import Metric, ModeMatch, match_modes, metric_name
from gan_core.settings import UserError
from gan_core.translating import noise


def source_points(dataset: PointDataset, n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Points `(m, 2)` of the domain to translate from, equally many of each mode, n at most, and their modes.

    Raises:
        UserError: The data set has no second domain made of modes.
    """
    other = dataset.other
    if other is None or other.centres is None or other.std is None or dataset.centres is None:
        raise UserError(
            f"data set '{dataset.name}' has no two domains of separate modes to match; take modes"
        )
    rng = torch.Generator().manual_seed(seed)
    mode = torch.arange(len(other.centres)).repeat_interleave(n // len(other.centres))
    return other.centres[mode] + other.std * torch.randn(len(mode), 2, generator=rng), mode


def matched(family: Family, dataset: PointDataset, n: int, seed: int) -> tuple[ModeMatch, Tensor, Tensor]:
    """Where the modes go, with the points `(m, 2)` that were translated and what was made of them."""
    a, mode = source_points(dataset, n, seed)
    z, device = noise(family, len(a), torch.Generator().manual_seed(seed)), device_of(family)
    with torch.no_grad():
        ab = family.translate(a.to(device), None if z is None else z.to(device)).cpu()
    assert dataset.centres is not None
    assert dataset.std is not None
    return match_modes(ab, mode, dataset.centres, dataset.std), a, ab


def evaluate_matching(family: Family, name: str, dataset: PointDataset, *, n: int, seed: int) -> Evaluation:
    """Modes reached, source modes with targets of their own, and how far loops end from their start."""
    match, a, ab = matched(family, dataset, n, seed)
    assert dataset.centres is not None
    assert dataset.other is not None
    sources, targets = len(match.shares), len(dataset.centres)
    device = device_of(family)
    with torch.no_grad():
        again = family.translate_back(ab.to(device)).x_condition.cpu()
    loop = float((again - a).norm(dim=1).mean())

    def metric(key: str, title: str, value: float, floor: float, better: str) -> Metric:
        key = metric_name(key, "points", len(a))
        found = {"name": key, "title": title, "value": value, "count": len(a), "floor": floor}
        return Metric.parse(found | {"better": better})

    return Evaluation(
        name,
        "points",
        seed,
        (
            metric("targets", f"Target modes reached, of {targets}", match.covered, targets, "higher"),
            metric(
                "own", f"Source modes with targets of their own, of {sources}", match.own, sources, "higher"
            ),
            metric("shared", "Target modes that several source modes reach", match.collapsed, 0, "lower"),
            metric("sharp", "Share within 3 σ of a target mode", match.sharp, 0.989, "higher"),
            metric("loop", "Mean distance from start to end of the loop A → B → A", loop, 0, "lower"),
        ),
    )
