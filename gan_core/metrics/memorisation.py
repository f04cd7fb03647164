"""Does a generator repeat its training data? Distances to seen against distances to unseen examples."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from gan_core.metrics.arrays import Array, as_pair
from gan_core.settings import UserError

CLOSE = 0.05  # share of unseen real examples that come as close to a training example as `close`
_ROWS = 4096  # examples compared at once
REPEATED = (
    "Copies are not looked for: most unseen images are among the seen ones too, so that nothing tells a copy."
)
_ASKED = 500  # held-out examples that say whether the data repeat themselves
_SAME = 1e-6  # distance, in units of the features' size, below which two examples are the same one


class Memorisation(NamedTuple):
    """Nearest neighbours in the training data against nearest neighbours in held-out data.

    Attributes:
        to_train: Median distance of a generated example to its nearest training example.
        to_held_out: Median distance of a generated example to its nearest held-out one.
        ratio: The first divided by the second.
        real_ratio: The same ratio of unseen real examples; it depends on the sizes of the two sets.
        close: Share of generated examples that are as close to a training example as only one unseen real
            example in twenty; about 0.05 without copies, and 1 where all are.
    """

    to_train: float
    to_held_out: float
    ratio: float
    real_ratio: float
    close: float

    @property
    def score(self) -> float:
        """The ratio in units of the real one: 1 is right, below 0.9 is suspicious, 0 are copies."""
        return _ratio(self.ratio, self.real_ratio)


def memorisation(train: Array, held_out: Array, fake: Array) -> Memorisation:
    """Compares how near generated examples come to seen and to unseen real ones.

    One half of the held-out examples is what distances are taken to, the other half is the yardstick: real
    examples nobody can have copied, measured in the same way.

    Args:
        train: Features of the training examples `(N, d)`.
        held_out: Features of real examples that were not trained on `(M, d)`, in random order.
        fake: Features of generated examples `(K, d)`.

    Raises:
        UserError: There are fewer than 4 held-out examples, or `repeats_itself`, or the features are no
            finite arrays.

    Source: Meehan et al. 2020 (arXiv:2004.05675), who compare the same distances by ranks.
    """
    seen, unseen = as_pair(train, held_out, "the training features", "the held-out features")
    made, _ = as_pair(fake, held_out, "the generated features", "the held-out features")
    if len(unseen) < 4:
        raise UserError(f"at least 4 held-out examples are needed as a yardstick, got {len(unseen)}")
    target, yardstick = unseen[: len(unseen) // 2], unseen[len(unseen) // 2 :]
    made_to_seen, real_to_seen = (_nearest(seen, x) for x in (made, yardstick))
    if _same(real_to_seen, yardstick):
        raise UserError(
            "most held-out examples are in the training data too: they are no yardstick for copies"
        )
    to_train, to_held_out = float(made_to_seen.median()), float(_nearest(target, made).median())
    real = float(_nearest(target, yardstick).median())
    return Memorisation(
        to_train=to_train,
        to_held_out=to_held_out,
        ratio=_ratio(to_train, to_held_out),
        real_ratio=_ratio(float(real_to_seen.median()), real),
        close=float((made_to_seen <= real_to_seen.quantile(CLOSE)).double().mean()),
    )


def repeats_itself(train: Array, held_out: Array) -> bool:
    """Whether the typical held-out example is in the training data too, so that nothing tells a copy.

    Args:
        train: Features of the training examples `(N, d)`.
        held_out: Features of the held-out examples `(M, d)`, in random order.
    """
    seen, unseen = as_pair(train, held_out[:_ASKED], "the training features", "the held-out features")
    return _same(_nearest(seen, unseen), unseen)


def _same(distances: Tensor, examples: Tensor) -> bool:
    return bool(distances.median() <= _SAME * examples.norm(dim=1).median())


def _ratio(a: float, b: float) -> float:
    """A / b; of two equal numbers 1, also of two zeros."""
    if a == b:
        return 1.0
    return a / b if b else math.inf


def _nearest(examples: Tensor, queries: Tensor) -> Tensor:
    distances, _ = nearest_neighbours(examples, queries, 1)
    return distances[:, 0]


def nearest_neighbours(examples: Tensor, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k smallest Euclidean distances of each query `(Q, k)`, and to which examples, in blocks.

    Args:
        examples: What is searched `(N, d)`, float or uint8.
        queries: `(Q, d)` float.
        k: Neighbours wanted, at most N.
    """
    best = queries.new_full((len(queries), k), torch.inf)
    where = torch.zeros(len(queries), k, dtype=torch.int64)
    for start in range(0, len(examples), _ROWS):
        block = examples[start : start + _ROWS].to(queries.dtype)
        found = torch.cdist(queries, block)
        numbers = torch.arange(start, start + len(block)).expand(len(queries), -1)
        best, order = torch.cat([best, found], 1).topk(k, dim=1, largest=False)
        where = torch.cat([where, numbers], 1).gather(1, order)
    return best, where
