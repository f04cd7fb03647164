"""Measured figures of a model, from its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.percent import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gan_core.metrics import Metric
    from gan_core.weights import Card

_FRECHET = "frechet_"


def found(metrics: Sequence[Metric], start: str) -> Metric | None:
    """The first metric whose name begins with `start`."""
    return next((metric for metric in metrics if metric.name.startswith(start)), None)


def frechet(metrics: Sequence[Metric]) -> str | None:
    """The distance, and what real pictures score; None: not measured."""
    metric = found(metrics, _FRECHET)
    if metric is None:
        return None
    floor = "" if metric.floor is None else f" (real: {metric.floor:.2g})"
    return f"{metric.value:.3g}{floor}"


def reconstruction(metrics: Sequence[Metric]) -> str | None:
    """The difference of rebuilt test pictures; None: not measured."""
    from gan_core.evaluation.rebuilding import RECONSTRUCTION

    metric = found(metrics, RECONSTRUCTION)
    return None if metric is None else percent(metric.value, 1)


def frechet_of(card: Card) -> str:
    """As `frechet`, of a card; empty: not measured."""
    return frechet(card.metrics) or ""


def reconstruction_of(card: Card) -> str:
    """As `reconstruction`, of a card; empty: not measured."""
    return reconstruction(card.metrics) or ""
