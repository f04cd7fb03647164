"""How two namings of the same examples go together: asked and recognised classes, codes and classes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from torch import Tensor

from gan_core.metrics.histogram import Counts, class_histogram
from gan_core.settings import UserError

Labels = npt.NDArray[Any] | Tensor


class CodeMatch(NamedTuple):
    """The best one-to-one match of code values and classes.

    Attributes:
        accuracy: Share of examples whose code value belongs to their class.
        class_of_code: The class of each code value `(k,)` int64; -1 if there are more values than classes.
    """

    accuracy: float
    class_of_code: Counts


def confusion_matrix(first: Labels, second: Labels, k: int, m: int) -> Counts:
    """How often each pair occurs: counts `(k, m)` int64.

    Args:
        first: Integers 0..k-1 `(N,)`: the rows, e.g. the classes asked for, or codes.
        second: Integers 0..m-1 `(N,)`: the columns, e.g. the classes recognised.
        k: Number of rows.
        m: Number of columns.

    Raises:
        UserError: The two differ in length, or hold numbers outside their range.
    """
    rows, columns = (np.asarray(x.cpu() if isinstance(x, Tensor) else x).reshape(-1) for x in (first, second))
    if rows.shape != columns.shape:
        raise UserError(f"both namings must cover the same examples, got {rows.size} and {columns.size}")
    class_histogram(rows, k), class_histogram(columns, m)  # refuse what is out of range
    return class_histogram(rows.astype(np.int64) * m + columns, k * m).reshape(k, m)


def agreement(confusion: npt.ArrayLike) -> tuple[float, npt.NDArray[np.float64]]:
    """Share of examples on the diagonal: of all, and of each row `(k,)`, NaN for a row without examples.

    Args:
        confusion: Counts `(k, k)` with the classes asked for as rows and those recognised as columns.

    Raises:
        UserError: It is not square, or holds no example.
    """
    counts = _counts(confusion)
    if counts.shape[0] != counts.shape[1]:
        raise UserError(
            f"an agreement needs the same classes twice, got {counts.shape[0]} and {counts.shape[1]}"
        )
    right, asked = np.diagonal(counts), counts.sum(axis=1)
    per_class = np.full(len(counts), np.nan)
    np.divide(right, asked, out=per_class, where=asked > 0)
    return float(right.sum() / asked.sum()), per_class


def match_codes(confusion: npt.ArrayLike) -> CodeMatch:
    """Gives every code value a class of its own so that as many examples as possible come out right.

    A class that no code value is left for counts as wrong in full.

    Args:
        confusion: Counts `(k, m)` with code values as rows and true classes as columns.

    Raises:
        UserError: It holds no example.

    Source: Kuhn 1955 (the Hungarian method); Chen et al. 2016 (arXiv:1606.03657), section 7.2.
    """
    counts = _counts(confusion)
    from scipy.optimize import linear_sum_assignment  # 40 MB that a page must not pay for

    codes, classes = linear_sum_assignment(counts, maximize=True)
    class_of_code = np.full(len(counts), -1, np.int64)
    class_of_code[codes] = classes
    return CodeMatch(float(counts[codes, classes].sum() / counts.sum()), class_of_code)


def _counts(confusion: npt.ArrayLike) -> npt.NDArray[np.float64]:
    counts = np.asarray(confusion, np.float64)
    if counts.ndim != 2 or not counts.sum() > 0:
        raise UserError(f"a table of pairs needs two dimensions and an example, got shape {counts.shape}")
    return counts
