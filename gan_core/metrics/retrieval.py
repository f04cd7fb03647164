"""Search by likeness: the nearest examples of each, and how often they are of its class."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.metrics.memorisation import nearest_neighbours
from gan_core.settings import UserError


def others_nearest(features: Tensor, queries: Tensor, k: int) -> Tensor:
    """The k nearest other examples of some examples, nearest first, `(Q, k)` int64.

    Args:
        features: What is searched `(N, d)` float.
        queries: Positions `(Q,)` int64 of the examples to search for; none is its own neighbour.
        k: Neighbours wanted.

    Raises:
        UserError: There are not k others.
    """
    if not 1 <= k < len(features):
        raise UserError(
            f"k must be from 1 to {len(features) - 1}, the number of other examples, got {k}; add examples"
        )
    _, found = nearest_neighbours(features, features[queries], k + 1)
    is_self = found == queries[:, None]
    is_self[~is_self.any(1), -1] = True  # beaten by equals: the last one goes instead
    return found[~is_self].view(len(queries), k)


def precision_at(features: Tensor, labels: Tensor, k: int, queries: Tensor | None = None) -> float:
    """The mean share of the k nearest others of an example that are of its class, 0 to 1.

    Args:
        features: `(N, d)` float.
        labels: Classes `(N,)` int64.
        k: Neighbours looked at.
        queries: Positions `(Q,)` of the examples searched for; None: each in turn.

    Raises:
        UserError: There are not k others.
    """
    queries = torch.arange(len(features)) if queries is None else queries
    right = labels[others_nearest(features, queries, k)] == labels[queries][:, None]
    return float(right.double().mean())
