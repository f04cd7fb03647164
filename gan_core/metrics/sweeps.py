"""What a measured trait does while one number is swept: its order, its steps back, how straight it goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gan_core.settings import UserError

Curves = npt.NDArray[np.float64]


def rank_correlations(curves: npt.ArrayLike) -> Curves:
    """Spearman's correlation of each curve with the order of its stops, `(N,)` in [-1, 1].

    A curve that is flat throughout has no order and counts as 0.

    Args:
        curves: Values `(N, stops)` at rising stops, at least 2.

    Raises:
        UserError: There is no curve, or it has one stop.

    Source: Spearman 1904; ties get their average rank.
    """
    values = _checked(curves)
    from scipy.stats import rankdata  # 24 MB that a page must not pay for

    ranks = rankdata(values, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    order = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
    sizes = np.sqrt(np.square(ranks).sum(axis=1) * np.square(order).sum())
    found = np.zeros(len(values))
    np.divide(ranks @ order, sizes, out=found, where=sizes > 0)
    return found


def monotone_ways(curves: npt.ArrayLike, tolerance: float) -> npt.NDArray[np.int64]:
    """Which way each curve goes throughout: 1 up, -1 down, 0 neither, `(N,)`.

    A curve goes up if its end lies above its start by more than the tolerance, and it never falls below what
    it had reached by more than the tolerance.

    Args:
        curves: Values `(N, stops)` at rising stops, at least 2.
        tolerance: In the unit of the values; 0 or more.

    Raises:
        UserError: There is no curve, or it has one stop.
    """
    values = _checked(curves)
    change = values[:, -1] - values[:, 0]
    fall = (np.maximum.accumulate(values, axis=1) - values).max(axis=1)
    rise = (values - np.minimum.accumulate(values, axis=1)).max(axis=1)
    up = (change > tolerance) & (fall <= tolerance)
    down = (change < -tolerance) & (rise <= tolerance)
    ways: npt.NDArray[np.int64] = up.astype(np.int64) - down.astype(np.int64)
    return ways


def monotonicity(curve: npt.ArrayLike) -> float:
    """How far a curve gets of the way it goes: 1 if it never turns back, 0 if it ends where it began.

    Args:
        curve: Values `(stops,)`, at least 2.

    Raises:
        UserError: It has one stop.
    """
    (values,) = _checked(np.asarray(curve, np.float64)[None])
    way = float(np.abs(np.diff(values)).sum())
    return abs(float(values[-1] - values[0])) / way if way > 0 else 0.0


def _checked(curves: Any) -> Curves:
    values = np.asarray(curves, np.float64)
    if values.ndim != 2 or len(values) < 1 or values.shape[1] < 2:
        raise UserError(f"curves need two dimensions and two stops at least, got shape {values.shape}")
    return values
