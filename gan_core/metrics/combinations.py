"""Which combinations of classes a generator makes where every example shows several."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from torch import Tensor

from gan_core.metrics.histogram import Counts, class_histogram, kl_to_reference
from gan_core.settings import UserError


class CombinationCensus(NamedTuple):
    """The combinations of classes in some examples.

    Attributes:
        covered: Combinations that at least one example shows.
        reverse_kl: KL of their histogram to the uniform one, in nats.
        counts: Examples of each combination `(k ** parts,)` int64; that of classes a, b, c has number
            (a k + b) k + c.
    """

    covered: int
    reverse_kl: float
    counts: Counts


def combination_census(classes: npt.NDArray[Any] | Tensor, k: int) -> CombinationCensus:
    """Counts the combinations that examples show: the modes of stacked MNIST.

    Args:
        classes: Class of each part of each example `(N, parts)`, 0 to k - 1.
        k: Number of classes.

    Raises:
        UserError: There are no examples, or a class lies outside 0..k-1.

    Source: Srivastava et al. 2017, VEEGAN (arXiv:1705.07761), section 4.2; Lin et al. 2018, PacGAN
    (arXiv:1712.04086), section 4.2.
    """
    values = np.asarray(classes.cpu() if isinstance(classes, Tensor) else classes)
    if values.ndim != 2 or not values.size:
        raise UserError(f"classes must be of shape (N, parts) with at least 1 example, got {values.shape}")
    if values.min() < 0 or values.max() >= k:
        raise UserError(f"classes must lie in 0..{k - 1}, got {values.min()} to {values.max()}")
    parts = values.shape[1]
    numbers = values.astype(np.int64) @ k ** np.arange(parts)[::-1]
    counts = class_histogram(numbers, k**parts)
    return CombinationCensus(int((counts > 0).sum()), kl_to_reference(counts, np.ones(k**parts)), counts)
