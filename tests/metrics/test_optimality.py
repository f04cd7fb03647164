from __future__ import annotations

import numpy as np
import pytest

from gan_core.metrics import optimal_scores, optimality_gap, without_constant
from gan_core.settings import UserError

P, Q = np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.0, 0.25, 0.75, 0.0])


def test_the_best_discriminator_is_p_over_p_plus_q() -> None:
    best = optimal_scores(P, Q)
    assert best[:3].tolist() == pytest.approx([1, 2 / 3, 0])
    assert np.isnan(best[3])


def test_the_gap_is_weighted_by_where_the_examples_are() -> None:
    best = optimal_scores(P, Q)
    assert optimality_gap(np.nan_to_num(best, nan=0.3), P, Q) == 0
    off = np.array([1, 2 / 3, 0.4, 0.9])  # wrong by 0.4 in a cell with 3/8 of the weight
    assert optimality_gap(off, P, Q) == pytest.approx(0.4 * 0.375)
    assert optimality_gap([0.5] * 4, P, P) == 0  # against a perfect generator D* guesses


def test_a_constant_in_the_log_odds_is_taken_out() -> None:
    p, q = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.3, 0.5])
    best = optimal_scores(p, q)
    shifted = 1 / (1 + np.exp(-(np.log(best / (1 - best)) + 3.7)))
    assert optimality_gap(shifted, p, q) > 0.3
    assert optimality_gap(without_constant(shifted, (p + q) / 2), p, q) == pytest.approx(0, abs=1e-9)


def test_bad_input_is_told_in_a_sentence() -> None:
    with pytest.raises(UserError, match="same cells"):
        optimal_scores([1.0], [0.5, 0.5])
    with pytest.raises(UserError, match="for every cell with mass"):
        optimality_gap([2.0, 0.5, 0.5, 0.5], P, Q)
