"""How many different examples a generator makes, from how soon it repeats itself: the birthday paradox."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_core.metrics.arrays import Array, as_pair
from gan_core.settings import UserError

BATCHES = 200
CHANCE = 0.05  # of a real batch to hold a pair at least as close: what the threshold is set by
SIZES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
_LARGEST_SHARE = 0.25  # of all examples in one batch: larger ones share too many of them
FEWEST = math.ceil(SIZES[0] / _LARGEST_SHARE)  # examples that the smallest usual batches are drawn from
_SHOWN = 24
_Distances = npt.NDArray[np.float32]


class Duplicate(NamedTuple):
    """Two generated examples that are nearly the same: their indices, and how far apart they are."""

    first: int
    second: int
    distance: float


class Birthday(NamedTuple):
    """What the repetitions say.

    Attributes:
        batch_size: Examples in a batch, s.
        batches: Batches that were drawn.
        probability: Share of the batches with a near-duplicate in it, P.
        threshold: Distance at and below which two examples count as duplicates, in the features' units.
        real_probability: Share of real batches of the same size with such a pair; about 0.05.
        support: Number of different examples, s (s - 1) / (2 ln(1 / (1 - P))); at P = 1/2, s² / (2 ln 2).
        bound: "about"; "at least": too few batches had a duplicate; "at most": the smallest batches nearly
            all had.
        pairs: The closest pairs at or below the threshold, closest first.
    """

    batch_size: int
    batches: int
    probability: float
    threshold: float
    real_probability: float
    support: float
    bound: Literal["about", "at least", "at most"]
    pairs: tuple[Duplicate, ...]


def birthday(
    fake: Array,
    real: Array,
    rng: torch.Generator,
    *,
    batches: int = BATCHES,
    sizes: Sequence[int] = SIZES,
) -> Birthday:
    """Finds the batch size at which every second batch repeats itself, and what it says about the support.

    For each size, real batches set the threshold: the distance that the closest pair of only one real batch
    in twenty reaches. So a generator as varied as the data has a duplicate in one batch of twenty as well.
    Batches are drawn from the examples given, without repetition within a batch.

    Args:
        fake: Features of generated examples `(N, d)`.
        real: Features of real examples `(M, d)`, best ones the generator has not seen.
        rng: Draws the batches; on the CPU.
        batches: Batches of each size.
        sizes: Batch sizes to try, ascending; those above a quarter of either set are left out.

    Raises:
        UserError: There are too few examples for the smallest batch, or the features are no finite arrays.

    Source: Arora and Zhang 2017 (arXiv:1706.08224), who look at the pairs by eye; the threshold is ours.
    """
    made, data = as_pair(fake, real, "the generated features", "the real features")
    most = int(_LARGEST_SHARE * min(len(made), len(data)))
    usable = [s for s in sizes if 2 <= s <= most]
    if not usable or batches < 1:
        fewest = math.ceil(min(sizes) / _LARGEST_SHARE)
        raise UserError(
            f"a test for duplicates needs at least {fewest} generated and real examples, and 1 batch; "
            f"got {len(made)}, {len(data)} and {batches} batches"
        )
    between_made, between_real = _distances(made), _distances(data)
    for size in usable:
        closest_real = _closest_pairs(between_real, size, batches, rng)
        threshold = float(np.quantile(closest_real, CHANCE, method="lower"))
        probability = float((_closest_pairs(between_made, size, batches, rng) <= threshold).mean())
        if probability >= 0.5:
            break
    real_probability = float((closest_real <= threshold).mean())
    support, bound = _support(size, probability, real_probability, batches)
    if size == usable[0] and probability > 0.95:
        bound = "at most"
    pairs = _pairs(between_made, threshold)
    return Birthday(size, batches, probability, threshold, real_probability, support, bound, pairs)


def support_size(batch_size: int, probability: float) -> float:
    """Number N of equally likely examples of which a batch of s repeats one with the given probability.

    Solves P = 1 - exp(-s (s - 1) / (2 N)) for N; infinite for P = 0, 0 for P = 1.
    """
    if batch_size < 2 or not 0 <= probability <= 1:
        raise UserError(
            f"a batch needs 2 examples and a probability lies in 0..1, got {batch_size} and {probability}"
        )
    if probability == 0:
        return math.inf
    return 0.0 if probability == 1 else batch_size * (batch_size - 1) / (-2 * math.log1p(-probability))


def _support(
    size: int, probability: float, real_probability: float, batches: int
) -> tuple[float, Literal["about", "at least", "at most"]]:
    """The estimate; where duplicates are hardly more frequent than in real batches, a bound of 95 %."""
    if probability > 2 * real_probability:
        return support_size(size, min(probability, 1 - 0.5 / batches)), "about"
    # Two standard errors above what was seen; three in all batches where none was seen (the rule of three).
    upper = max(3 / batches, probability + 2 * math.sqrt(probability * (1 - probability) / batches))
    return support_size(size, min(upper, 1 - 0.5 / batches)), "at least"


def _distances(features: Tensor) -> _Distances:
    """Euclidean distances of all pairs `(N, N)`; an example is infinitely far from itself."""
    centred = features - features.mean(0)
    distances = torch.cdist(centred, centred, compute_mode="donot_use_mm_for_euclid_dist").float()
    result: _Distances = distances.fill_diagonal_(torch.inf).numpy()
    return result


def _closest_pairs(distances: _Distances, size: int, batches: int, rng: torch.Generator) -> _Distances:
    """Distance of the closest pair in each of some random batches `(batches,)`."""
    closest = np.empty(batches, np.float32)
    for index in range(batches):
        batch = torch.randperm(len(distances), generator=rng)[:size].numpy()
        closest[index] = distances[np.ix_(batch, batch)].min()
    return closest


def _pairs(distances: _Distances, threshold: float) -> tuple[Duplicate, ...]:
    first, second = np.nonzero(np.triu(distances <= threshold, k=1))
    order = np.argsort(distances[first, second], kind="stable")[:_SHOWN]
    closest = zip(first[order], second[order], distances[first[order], second[order]], strict=True)
    return tuple(Duplicate(int(i), int(j), float(distance)) for i, j, distance in closest)
