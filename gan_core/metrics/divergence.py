"""Jensen-Shannon divergence of two laws given by their masses in the same cells."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gan_core.settings import UserError

LN2 = math.log(2)
_SLACK = 1e-6  # by which masses may miss a total of 1


def jensen_shannon(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    """Half of KL(p, m) + KL(q, m) with m = (p + q) / 2, in nats: from 0, for equal laws, to ln 2, for apart.

    The cells must be everything there is, one for "anywhere else" included: masses that do not add up to 1
    are refused, as dropping what lies outside a grid is how such a figure turns negative.

    Args:
        p: Mass of each cell, any shape, at least 0 and 1 in total.
        q: The same of the other law.

    Raises:
        UserError: The two differ in shape, or one is not a law.

    Source: Lin 1991, Divergence measures based on the Shannon entropy; Goodfellow et al. 2014
    (arXiv:1406.2661), equation 5: what the generator minimises against the best discriminator.
    """
    first, second = (np.asarray(masses, np.float64) for masses in (p, q))
    if first.shape != second.shape:
        raise UserError(f"both laws need the same cells, got shapes {first.shape} and {second.shape}")
    for masses in (first, second):
        if not np.all(np.isfinite(masses)) or np.any(masses < 0) or abs(masses.sum() - 1) > _SLACK:
            raise UserError(
                "the masses of a law must be at least 0 and add up to 1, "
                f"got a total of {masses.sum():.6g} from {masses.size} cells; add one for what lies outside"
            )
    middle = (first + second) / 2
    total = sum(_relative_entropy(masses, middle) for masses in (first, second)) / 2
    return float(np.clip(total, 0.0, LN2))  # rounding can leave -1e-17


def _relative_entropy(p: npt.NDArray[np.float64], m: npt.NDArray[np.float64]) -> float:
    there = p > 0  # p ln p -> 0 for p -> 0, and m is above 0 wherever p is
    return float(np.sum(p[there] * np.log(p[there] / m[there])))
