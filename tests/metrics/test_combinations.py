"""Combinations of classes, on cases whose answer is known."""

import math

import numpy as np
import pytest
import torch

from gan_core.metrics import combination_census
from gan_core.settings import UserError


def every_combination(k, parts):
    return np.stack(np.meshgrid(*[range(k)] * parts, indexing="ij"), axis=-1).reshape(-1, parts)


def test_every_combination_once_is_perfect():
    found = combination_census(every_combination(10, 3), 10)
    assert found.covered == 1000
    assert found.reverse_kl == 0
    assert (found.counts == 1).all()


def test_one_combination_alone_costs_the_logarithm_of_their_number():
    found = combination_census(torch.tensor([[4, 0, 7]] * 9), 10)
    assert found.covered == 1
    assert found.reverse_kl == pytest.approx(math.log(1000))
    assert found.counts[407] == 9


def test_half_of_the_combinations_cost_ln_2():
    found = combination_census(every_combination(4, 2)[:8], 4)
    assert found.covered == 8
    assert found.reverse_kl == pytest.approx(math.log(2))


@pytest.mark.parametrize("classes", [np.zeros((0, 3)), np.zeros(5), [[0, 1, 10]], [[-1, 0, 0]]])
def test_what_is_no_combination_is_refused(classes):
    with pytest.raises(UserError):
        combination_census(np.asarray(classes), 10)
