"""Mode coverage of point mixtures."""

import math

import numpy as np
import pytest
import torch

from gan_core.metrics import mode_coverage, modes_near, reverse_kl_floor
from gan_core.settings import UserError

RING = np.array([[math.cos(a), math.sin(a)] for a in np.arange(8) * 2 * math.pi / 8])


def draw(n: int, modes: np.ndarray, std: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    return modes[rng.integers(0, len(modes), n)] + std * rng.normal(size=(n, 2))


def test_a_perfect_sampler_scores_the_analytic_ceiling() -> None:
    score = mode_coverage(draw(20_000, RING, 0.01), RING, 0.01)
    assert score.covered == 8
    assert score.high_quality == pytest.approx(1 - math.exp(-4.5), abs=0.003)
    assert score.reverse_kl == pytest.approx(7 / (2 * 20_000), abs=4e-4)  # the sampling floor (K - 1) / 2N


def test_lost_modes_are_missed_and_cost_their_logarithm() -> None:
    score = mode_coverage(draw(4000, RING[:2], 0.01), RING, 0.01)
    assert score.covered == 2
    assert score.reverse_kl == pytest.approx(math.log(4), abs=0.01)


def test_three_standard_deviations_are_the_border() -> None:
    centres = torch.tensor([[0.0, 0.0], [5.0, 0.0]])
    points = torch.tensor([[0.29, 0.0], [0.31, 0.0], [5.0, 0.2], [2.5, 0.0]])
    score = mode_coverage(points, centres, 0.1)
    assert score.high_quality == 0.5
    assert score.covered == 2


def test_points_far_from_every_mode_cover_none() -> None:
    score = mode_coverage(np.full((10, 2), 50.0), RING, 0.01)
    assert (score.covered, score.high_quality, score.reverse_kl) == (0, 0.0, math.inf)


def test_a_spread_of_zero_is_refused() -> None:
    with pytest.raises(UserError, match="std must be above 0, got 0"):
        mode_coverage(RING, RING, 0)


def test_the_floor_of_the_reverse_kl_is_what_a_perfect_sampler_scores() -> None:
    centres = torch.arange(25.0)[:, None] * torch.tensor([[1.0, 0.0]])
    rng = torch.Generator().manual_seed(0)
    scores = [
        mode_coverage(centres[torch.randint(25, (2500,), generator=rng)], centres, 0.01).reverse_kl
        for _ in range(40)
    ]
    assert reverse_kl_floor(25, 2500) == 0.0048
    assert sum(scores) / len(scores) == pytest.approx(0.0048, rel=0.15)


def test_a_floor_needs_modes_and_points() -> None:
    with pytest.raises(UserError, match="at least 1 mode and 1 point, got 8 and 0"):
        reverse_kl_floor(8, 0)


def test_points_that_gather_beside_one_mode_are_near_one_and_scattered_ones_near_all() -> None:
    blob = draw(1000, RING[:1] + 0.3, 0.02)
    assert mode_coverage(blob, RING, 0.01).covered == 0
    assert modes_near(blob, RING) == 1
    assert modes_near(draw(1000, RING, 0.2), RING) == 8
    few = np.concatenate([draw(990, RING[:1], 0.01), draw(10, RING[4:5], 0.01)])
    assert modes_near(few, RING) == 1  # 10 of 1,000 are less than a tenth of an eighth
