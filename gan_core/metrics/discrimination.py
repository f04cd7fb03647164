"""What a discriminator's answers say: how often it is right, and whether it knows its training data."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gan_core.metrics.histogram import Counts
from gan_core.settings import UserError

BINS = 20  # of every histogram of scores, over [0, 1]: fixed, so that stored ones can be compared

Scores = npt.NDArray[np.float64]


class Discrimination(NamedTuple):
    """D on three sets of examples.

    Attributes:
        on_train: Share of the training examples it takes for real.
        on_held_out: Share of unseen real examples it takes for real.
        on_fake: Share of the generated examples it takes for generated.
        gap: Mean D(train) less mean D(held-out), -1 to 1; about 0 unless it knows the training data by heart.
        sign: E[sign D(train)], -1 to 1: 0 if it cannot tell; above 0.6 it is time to augment the data.
    """

    on_train: float
    on_held_out: float
    on_fake: float
    gap: float
    sign: float

    @property
    def accuracy(self) -> float:
        """Share it is right about of as many training as generated examples."""
        return (self.on_train + self.on_fake) / 2


def discrimination(
    train: npt.ArrayLike, held_out: npt.ArrayLike, fake: npt.ArrayLike, threshold: float = 0.5
) -> Discrimination:
    """Compares D's scores.

    Args:
        train: D(x) of training examples `(N,)` in [0, 1].
        held_out: D(x) of real examples it was not trained on `(M,)`.
        fake: D(G(z)) `(K,)`.
        threshold: Score above which it says "real".

    Raises:
        UserError: A set is empty or holds what is no score.

    Source: Karras et al. 2020 (arXiv:2006.06676), equation 1, for the sign and its target of 0.6.
    """
    x, unseen, made = _scores(train, "training"), _scores(held_out, "held-out"), _scores(fake, "generated")
    return Discrimination(
        on_train=float((x > threshold).mean()),
        on_held_out=float((unseen > threshold).mean()),
        on_fake=float((made <= threshold).mean()),
        gap=float(x.mean() - unseen.mean()),
        sign=float(np.sign(x - threshold).mean()),
    )


def score_histogram(scores: npt.ArrayLike) -> Counts:
    """How many scores fall into each twentieth of [0, 1]: counts `(20,)` int64; the last one holds 1 too.

    Raises:
        UserError: There are no scores, or one lies outside [0, 1].
    """
    counts: Counts = np.histogram(_scores(scores, "given"), bins=BINS, range=(0.0, 1.0))[0].astype(np.int64)
    return counts


def _scores(values: npt.ArrayLike, name: str) -> Scores:
    scores: Scores = np.asarray(values, np.float64).reshape(-1)
    if not scores.size or not np.all((scores >= 0) & (scores <= 1)):
        raise UserError(f"the {name} scores must be numbers in 0..1, at least one, got {scores[:5].tolist()}")
    return scores
