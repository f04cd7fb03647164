"""How far a discriminator is from the best one against the generator it faces: D* = p / (p + q)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gan_core.settings import UserError

Field = npt.NDArray[np.float64]
_SHIFTS = 60  # halvings of the interval in which the free constant is sought
_WIDEST = 60.0  # log-odds


def optimal_scores(p: npt.ArrayLike, q: npt.ArrayLike) -> Field:
    """D* in every cell, NaN where neither law has mass.

    Args:
        p: Mass of the data in each cell, any shape.
        q: Mass of the generator in the same cells.

    Raises:
        UserError: The two differ in shape or a mass is negative.

    Source: Goodfellow et al. 2014 (arXiv:1406.2661), proposition 1.
    """
    data, made = np.asarray(p, np.float64), np.asarray(q, np.float64)
    if data.shape != made.shape or not (np.all(data >= 0) and np.all(made >= 0)):
        raise UserError(
            f"both laws need the same cells and masses of at least 0, got {data.shape} and {made.shape}"
        )
    best = np.full(data.shape, np.nan)
    np.divide(data, data + made, out=best, where=data + made > 0)
    return best


def optimality_gap(scores: npt.ArrayLike, p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    """Mean absolute difference of D and D*, 0 to 1, each cell weighted by (p + q) / 2.

    Args:
        scores: D in every cell, in [0, 1].
        p: Mass of the data in each cell.
        q: Mass of the generator.

    Raises:
        UserError: The three differ in shape, there is no mass, or a score is none.
    """
    best = optimal_scores(p, q)
    d, weights = np.asarray(scores, np.float64), (np.asarray(p, np.float64) + np.asarray(q, np.float64)) / 2
    there = weights > 0
    if d.shape != best.shape or not there.any() or not np.all((d[there] >= 0) & (d[there] <= 1)):
        raise UserError(
            f"D needs a score in 0..1 for every cell with mass, got shape {d.shape} for {best.shape}"
        )
    return float(np.average(abs(d[there] - best[there]), weights=weights[there]))


def without_constant(scores: npt.ArrayLike, weights: npt.ArrayLike) -> Field:
    """Scores whose log-odds are shifted by the constant that gives them a weighted mean of 1/2, as D* has.

    A discriminator trained on pairs (relativistic) learns log p - log q but for a constant, which its loss
    leaves free: only after such a shift can it be held against D*.

    Args:
        scores: D in every cell, in [0, 1].
        weights: (p + q) / 2 in the same cells.

    Source: Jolicoeur-Martineau 2018 (arXiv:1807.00734), section 4.1: only differences of outputs matter.
    """
    d = np.clip(np.asarray(scores, np.float64), 1e-12, 1 - 1e-12)
    weight = np.asarray(weights, np.float64)
    logits = np.log(d) - np.log1p(-d)
    low, high = -_WIDEST, _WIDEST
    for _ in range(_SHIFTS):
        shift = (low + high) / 2
        mean = np.average(1 / (1 + np.exp(-(logits + shift))), weights=weight)
        low, high = (shift, high) if mean < 0.5 else (low, shift)
    shifted: Field = 1 / (1 + np.exp(-(logits + (low + high) / 2)))
    return shifted
