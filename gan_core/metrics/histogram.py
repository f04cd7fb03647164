"""Which classes a generator makes, and how far that is from the data's own mix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from gan_core.settings import UserError

Counts = npt.NDArray[np.int64]


def class_histogram(labels: npt.NDArray[Any] | Tensor | Sequence[int], k: int) -> Counts:
    """How often each of the classes 0..k-1 occurs.

    Args:
        labels: Integer labels `(N,)`.
        k: Number of classes.

    Returns:
        Counts `(k,)` int64, one for every class, also for those that never occur.

    Raises:
        UserError: A label lies outside 0..k-1.
    """
    values = np.asarray(labels.cpu() if isinstance(labels, Tensor) else labels).reshape(-1).astype(np.int64)
    if values.size and not (values.min() >= 0 and values.max() < k):
        raise UserError(f"labels must lie in 0..{k - 1}, got {values.min()} to {values.max()}")
    return np.bincount(values, minlength=k).astype(np.int64)


def kl_to_reference(counts: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Kullback-Leibler divergence of one class mix from another, sum p ln(p / q), in nats.

    Both histograms keep every class, so the result is never negative, is 0 only for equal mixes, and a class
    that is never generated counts in full: losing one of ten equal classes costs ln(10/9) = 0.105.

    Args:
        counts: Counts or shares `(k,)` of the generated examples; p is their normalised form.
        reference: Counts or shares `(k,)` of the data; q is their normalised form.

    Returns:
        The divergence; infinity if a class is generated that the data do not have.

    Raises:
        UserError: The histograms differ in length, are empty, or hold negative counts.
    """
    p, q = _shares(counts, "generated"), _shares(reference, "reference")
    if p.shape != q.shape:
        raise UserError(f"both histograms must have the same classes, got {p.size} and {q.size}")
    made = p > 0  # p ln p -> 0 for p -> 0
    if np.any(q[made] == 0):
        return float("inf")
    return max(0.0, float(np.sum(p[made] * np.log(p[made] / q[made]))))  # rounding can leave -1e-17


def relative_shares(counts: npt.ArrayLike, reference: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Each class's share of the generated examples divided by its share of the data, `(k,)`; 1 is right.

    A class that the data do not have is infinite if generated, else 1.
    """
    p, q = _shares(counts, "generated"), _shares(reference, "reference")
    ratio = np.where(p > 0, np.inf, 1.0)
    np.divide(p, q, out=ratio, where=q > 0)
    return ratio


def _shares(counts: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    values = np.asarray(counts, dtype=np.float64).reshape(-1)
    if not np.all(np.isfinite(values)) or np.any(values < 0) or values.sum() == 0:
        raise UserError(f"the {name} histogram needs counts of at least 0, not all 0, got {values.tolist()}")
    shares: npt.NDArray[np.float64] = values / values.sum()
    return shares
