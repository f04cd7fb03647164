"""The moment of collapse, on curves whose answer is known."""

import math

import pytest

from gan_core.metrics import moment_of_collapse
from gan_core.settings import UserError

STEPS = [100, 200, 300, 400, 500, 600]


def moment(values, total=8.0):
    return moment_of_collapse(STEPS[: len(values)], values, total)


def test_a_loss_for_good_is_dated_to_the_first_measurement_below():
    found = moment([3, 8, 8, 2, 3, 1])
    assert (found.kind, found.step) == ("collapsed", 400)
    assert (found.best, found.best_step, found.last) == (8, 200, 1)


def test_a_fall_that_is_made_up_for_is_no_collapse_and_the_last_one_counts():
    assert moment([8, 1, 8, 8]).kind == "whole"
    assert moment([8, 1, 8, 8, 2, 2]).step == 500


def test_one_low_measurement_at_the_end_is_not_judged_yet():
    found = moment([3, 8, 8, 2])
    assert (found.kind, found.step, found.last) == ("whole", None, 2)
    assert moment([3, 5, 2]).kind == "partial"
    assert moment([3, 8, 8, 2, 2]).kind == "collapsed"


def test_what_comes_and_goes_was_made_at_times():
    assert moment([3, 8, 5, 8, 6]).kind == "unsteady"
    assert moment([3, 6, 5, 6, 6]).kind == "partial"


def test_what_was_never_made_is_partial():
    found = moment([1, 2, 2, 3, 3, 3])
    assert (found.kind, found.step, found.best) == ("partial", None, 3)
    assert moment([4, 4, 3.2]).kind == "partial"  # a quarter of the best is not lost


def test_all_made_at_the_end_is_whole_also_if_one_of_ten_is_missing():
    assert moment([1, 5, 9], total=10).kind == "whole"
    assert moment([1, 9, 8], total=10).kind == "unsteady"
    assert moment([1, 8, 8], total=10).kind == "partial"


def test_shares_count_like_modes():
    assert moment([0.2, 0.9, 0.1, 0.2], total=0.97).step == 300


def test_what_is_not_finite_is_passed_over_and_nothing_measured_says_nothing():
    assert moment([math.nan, 8, math.nan, 1, math.nan, 1]).step == 400
    assert moment([]) is None
    assert moment([math.nan]) is None
    with pytest.raises(UserError, match="above 0, got 0"):
        moment([1.0], total=0.0)
