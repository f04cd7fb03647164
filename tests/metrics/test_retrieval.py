"""Nearest others, and how often they are of the same class."""

from __future__ import annotations

import pytest
import torch

from gan_core.metrics.retrieval import others_nearest, precision_at
from gan_core.settings import UserError


def test_nobody_is_his_own_neighbour_even_among_equals() -> None:
    features = torch.tensor([[0.0], [0.0], [0.0], [0.0], [9.0]])
    found = others_nearest(features, torch.arange(5), 2)
    assert all(row not in found[row] for row in range(5))
    assert all(4 not in found[row] for row in range(4))


def test_neighbours_come_nearest_first() -> None:
    features = torch.tensor([[0.0, 0.0], [0.0, 3.0], [1.0, 0.0], [0.0, 2.0]])
    assert others_nearest(features, torch.tensor([0]), 3).tolist() == [[2, 3, 1]]


def test_precision_counts_the_share_of_the_own_class() -> None:
    features = torch.tensor([[0.0], [1.0], [2.1], [10.0], [11.0], [12.1]])
    labels = torch.tensor([0, 0, 1, 1, 1, 0])
    # of the two nearest: 0 -> {1, 2}, 1 -> {0, 2}, 2 -> {1, 0}, 3 -> {4, 5}, 4 -> {3, 5}, 5 -> {4, 3}
    assert precision_at(features, labels, 2) == pytest.approx((1 + 1 + 0 + 1 + 1 + 0) / 12)
    assert precision_at(features, labels, 2, torch.tensor([0])) == 0.5


def test_classes_apart_are_perfect_and_random_ones_are_guessed() -> None:
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 4
    apart = labels[:, None] * 100.0 + torch.randn(200, 1, generator=rng)
    assert precision_at(apart, labels, 10) == 1.0
    assert precision_at(torch.randn(200, 5, generator=rng), labels, 10) == pytest.approx(0.25, abs=0.05)


def test_too_few_others_are_one_sentence() -> None:
    with pytest.raises(UserError, match="k must be from 1 to 2"):
        others_nearest(torch.zeros(3, 1), torch.arange(3), 3)
