"""Class histograms and their divergence from the data's."""

import math

import numpy as np
import pytest
import torch

from gan_core.metrics import class_histogram, kl_to_reference, relative_shares
from gan_core.settings import UserError


def test_every_class_is_counted_even_those_that_never_occur() -> None:
    assert class_histogram([0, 2, 2, 4], 6).tolist() == [1, 0, 2, 0, 1, 0]
    assert class_histogram(torch.tensor([1, 1]), 2).tolist() == [0, 2]
    assert class_histogram(np.array([], dtype=np.int64), 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize("labels", [[0, 3], [-1, 0]])
def test_labels_outside_the_classes_are_refused(labels: list[int]) -> None:
    with pytest.raises(UserError, match=r"labels must lie in 0\.\.2"):
        class_histogram(labels, 3)


def test_equal_mixes_have_divergence_zero_at_any_count() -> None:
    assert kl_to_reference([10, 20, 30], [1, 2, 3]) == 0.0


def test_divergence_is_the_sum_of_p_log_p_over_q() -> None:
    expected = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert kl_to_reference([7, 7], [1, 3]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("missing", "expected"), [(1, math.log(10 / 9)), (5, math.log(2)), (9, math.log(10))]
)
def test_a_class_that_is_never_made_counts_in_full(missing: int, expected: float) -> None:
    counts = [0] * missing + [100] * (10 - missing)
    assert kl_to_reference(counts, [1] * 10) == pytest.approx(expected, rel=1e-12)


def test_divergence_is_never_negative() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        p = rng.random(7)
        assert 0 <= kl_to_reference(p, p / 10) < 1e-14  # half of the sums are -1e-17 before the clip


def test_a_class_the_data_do_not_have_makes_it_infinite() -> None:
    assert kl_to_reference([1, 1], [1, 0]) == math.inf
    assert kl_to_reference([1, 0], [1, 0]) == 0.0


def test_unfit_histograms_are_refused() -> None:
    with pytest.raises(UserError, match="the same classes, got 2 and 3"):
        kl_to_reference([1, 2], [1, 2, 3])
    with pytest.raises(UserError, match="the generated histogram needs counts"):
        kl_to_reference([0, 0], [1, 1])
    with pytest.raises(UserError, match="the reference histogram needs counts"):
        kl_to_reference([1, 1], [-1, 2])


def test_relative_shares_are_one_for_equal_mixes_and_name_what_is_missing() -> None:
    np.testing.assert_allclose(relative_shares([3, 6], [10, 20]), [1, 1])
    np.testing.assert_allclose(relative_shares([0, 4], [1, 1]), [0, 2])
    np.testing.assert_array_equal(relative_shares([1, 1, 0], [1, 0, 0]), [0.5, np.inf, 1])
