"""Which mode goes where, counted on translations whose answer is known."""

import numpy as np
import pytest
import torch

from gan_core.metrics import match_modes
from gan_core.settings import UserError

CENTRES = np.array([[float(k), 0.0] for k in range(10)])
STD, N = 0.05, 200


def translated(targets):
    """N points of each source mode, in equal parts at the target modes named for it; None: nowhere."""
    rng = np.random.default_rng(0)
    mode = np.repeat(np.arange(len(targets)), N)
    goals = [goal for own in targets for goal in np.resize(np.array(own, float), N)]
    points = np.array([[goal, 0.0] for goal in goals]) + STD * 0.1 * rng.normal(size=(len(goals), 2))
    return points, mode


def test_a_bijection_covers_all_and_shares_none():
    match = match_modes(*translated([[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]), CENTRES, STD)
    assert (match.covered, match.own, match.collapsed) == (10, 5, 0)
    assert match.sharp == 1.0
    assert match.shares[2].tolist() == [0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0]


def test_a_collapse_is_counted_for_targets_and_for_those_who_share_them():
    match = match_modes(*translated([[0], [0, 1], [1], [5], [6]]), CENTRES, STD)
    assert (match.covered, match.own, match.collapsed) == (4, 2, 2)
    match = match_modes(*translated([[3], [3], [3], [3], [3]]), CENTRES, STD)
    assert (match.covered, match.own, match.collapsed) == (1, 0, 1)


def test_what_lands_between_the_modes_counts_nowhere():
    points, mode = translated([[0], [1], [2], [3], [4.5]])
    match = match_modes(torch.from_numpy(points), torch.from_numpy(mode), CENTRES, STD)
    assert (match.covered, match.own, match.collapsed) == (4, 4, 0)  # the last reaches none, so has none
    assert match.sharp == pytest.approx(0.8)
    assert match.shares[4].sum() == 0


def test_a_few_strays_do_not_make_a_mode_reached():
    points, mode = translated([[0] * 24 + [9], [1]])  # 4 % of the first mode's points
    match = match_modes(points, mode, CENTRES, STD)
    assert (match.covered, match.own) == (2, 2)


def test_numbers_that_do_not_belong_together_are_told():
    with pytest.raises(UserError, match="needs the number of its source mode, got \\(3,\\)"):
        match_modes(np.zeros((4, 2)), np.zeros(3), CENTRES, STD)
    with pytest.raises(UserError, match="std must be above 0"):
        match_modes(np.zeros((4, 2)), np.zeros(4), CENTRES, 0.0)
