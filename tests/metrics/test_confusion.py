"""Tables of pairs, the agreement on their diagonal, and the best match of codes and classes."""

import itertools

import numpy as np
import pytest
import torch

from gan_core.metrics import agreement, confusion_matrix, match_codes
from gan_core.settings import UserError


def test_a_table_counts_pairs():
    table = confusion_matrix(torch.tensor([0, 0, 1, 2]), np.array([1, 1, 0, 3]), 3, 4)
    assert table.tolist() == [[0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]]
    assert table.dtype == np.int64


@pytest.mark.parametrize(
    ("first", "second"), [([0, 3], [0, 0]), ([0, 0], [0, 2]), ([-1], [0]), ([0], [0, 1])]
)
def test_what_does_not_fit_is_refused(first, second):
    with pytest.raises(UserError):
        confusion_matrix(np.array(first), np.array(second), 3, 2)


def test_agreement_of_all_and_of_every_class():
    whole, of_class = agreement([[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    assert whole == 7 / 8
    assert of_class[:2].tolist() == [0.75, 1.0]
    assert np.isnan(of_class[2])  # never asked for


@pytest.mark.parametrize("table", [np.ones((2, 3)), np.zeros((2, 2)), np.ones(4)])
def test_agreement_needs_a_square_table_with_examples(table):
    with pytest.raises(UserError):
        agreement(table)


def test_the_match_is_the_best_of_all_one_to_one_matches():
    table = np.random.default_rng(0).integers(0, 50, (5, 5))
    best = max(
        sum(table[code, place] for code, place in enumerate(order))
        for order in itertools.permutations(range(5))
    )
    match = match_codes(table)
    assert match.accuracy == pytest.approx(best / table.sum())
    assert sorted(match.class_of_code) == list(range(5))


def test_each_class_is_given_away_once():
    # Both codes are mostly class 0; a majority vote would call both right and reach 0.9.
    assert match_codes([[50, 0], [40, 10]]).accuracy == pytest.approx(0.6)


def test_more_codes_than_classes_leave_some_without_and_more_classes_count_as_wrong():
    match = match_codes([[9, 0], [0, 8], [3, 0]])
    assert match.class_of_code.tolist() == [0, 1, -1]
    assert match.accuracy == pytest.approx(17 / 20)
    assert match_codes([[5, 0, 5]]).accuracy == 0.5
