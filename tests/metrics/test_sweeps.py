from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from gan_core.metrics import monotone_ways, monotonicity, rank_correlations
from gan_core.settings import UserError


def test_rank_correlations_are_those_of_scipy_also_with_ties() -> None:
    curves = np.random.default_rng(0).integers(0, 5, (20, 9)).astype(float)
    expected = [spearmanr(np.arange(9), curve).statistic for curve in curves]
    np.testing.assert_allclose(rank_correlations(curves), expected, atol=1e-12)


def test_a_flat_curve_has_no_order() -> None:
    assert rank_correlations(np.ones((2, 5))).tolist() == [0, 0]


def test_a_way_counts_if_it_never_turns_back_by_more_than_the_tolerance() -> None:
    curves = [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1.5, 3], [0, 3, 0, 3], [0, 0.1, 0, 0.1], [5, 3, 4, 0]]
    assert monotone_ways(curves, 0.5).tolist() == [1, -1, 1, 0, 0, 0]
    assert monotone_ways(curves, 0.0).tolist() == [1, -1, 0, 0, 0, 0]


def test_monotonicity_is_the_way_got_of_the_way_gone() -> None:
    assert monotonicity([0, 1, 2]) == 1
    assert monotonicity([2, 1, 0]) == 1
    assert monotonicity([0, 2, 1]) == pytest.approx(1 / 3)
    assert monotonicity([1, 2, 1]) == 0
    assert monotonicity([1, 1, 1]) == 0


@pytest.mark.parametrize("curves", [[1.0, 2.0], [[1.0]], np.zeros((0, 3))])
def test_what_is_no_sweep_is_refused(curves: object) -> None:
    with pytest.raises(UserError, match="two stops at least"):
        rank_correlations(curves)  # type: ignore[arg-type]
