"""Which classes a generator makes, counting only what is recognised with confidence."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from torch import Tensor

from gan_core.metrics.histogram import Counts, class_histogram
from gan_core.settings import UserError

CONFIDENCE = 0.9  # probability of the most likely class from which an example counts as that class
LEAST_SHARE = 0.1  # of a class's own share of the data, from which the class counts as made


class Census(NamedTuple):
    """The classes of some examples.

    Attributes:
        counts: Confidently recognised examples of each class `(k,)` int64.
        unsure: Share of the examples that are recognised as nothing with confidence, 0 to 1.
        covered: Classes that have at least a tenth of the share they have in the data.
    """

    counts: Counts
    unsure: float
    covered: int

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """Each class's share of the confidently recognised examples `(k,)`; all 0 if there are none."""
        shares: npt.NDArray[np.float64] = self.counts / max(1, self.counts.sum())
        return shares


def census(
    labels: npt.NDArray[Any] | Tensor, sure: npt.NDArray[Any] | Tensor, reference: npt.ArrayLike
) -> Census:
    """Counts the classes of examples.

    A stray mistake of the classifier covers no class: one needs a tenth of its share of the data.

    Args:
        labels: The class each example looks most like `(N,)` int64.
        sure: Whether it is recognised with confidence `(N,)` bool.
        reference: Counts or shares of the classes in the data `(k,)`.

    Raises:
        UserError: There are no examples, the two differ in length, or the reference is no histogram.
    """
    named, trusted = (np.asarray(x.cpu() if isinstance(x, Tensor) else x).reshape(-1) for x in (labels, sure))
    if named.shape != trusted.shape or not named.size:
        raise UserError(f"every example needs a class and a confidence, got {named.size} and {trusted.size}")
    expected = np.asarray(reference, np.float64).reshape(-1)
    if not np.all(np.isfinite(expected)) or np.any(expected < 0) or expected.sum() == 0:
        raise UserError(f"the data's classes need counts of at least 0, not all 0, got {expected.tolist()}")
    trusted = trusted.astype(bool)
    counts = class_histogram(named[trusted], len(expected))
    needed = np.maximum(1, LEAST_SHARE * expected / expected.sum() * len(named))
    made = (counts >= needed) & (expected > 0)
    return Census(counts, float(1 - trusted.mean()), int(made.sum()))
