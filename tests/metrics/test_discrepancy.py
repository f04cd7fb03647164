"""Maximum mean discrepancy against its closed form, and as an unbiased estimate."""

import math

import pytest
import torch

from gan_core.metrics.discrepancy import squared_mmd, usual_bandwidths


def normal(n, d, seed, mean=0.0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed)) + mean


def test_two_shifted_normals_have_the_known_discrepancy():
    """E k(x, y) of Gaussians is a Gaussian integral: (s^2 / (s^2 + 2))^(1/2) exp(-m^2 / (2 (s^2 + 2)))."""
    s, m = 1.0, 1.5
    expected = 2 * math.sqrt(s**2 / (s**2 + 2)) * (1 - math.exp(-(m**2) / (2 * (s**2 + 2))))
    found = squared_mmd(normal(3000, 1, 0), normal(3000, 1, 1, m), [s])
    assert found == pytest.approx(expected, rel=0.05)


def test_samples_of_one_law_differ_by_nothing_on_average_and_in_both_directions():
    found = [squared_mmd(normal(60, 3, 2 * i), normal(60, 3, 2 * i + 1), [1.0]) for i in range(60)]
    assert abs(sum(found) / len(found)) < 0.003
    assert min(found) < 0 < max(found)


def test_several_kernels_are_averaged():
    x, y = normal(50, 2, 0), normal(40, 2, 1, 1.0)
    one, other = squared_mmd(x, y, [0.5]), squared_mmd(x, y, [2.0])
    assert squared_mmd(x, y, [0.5, 2.0]) == pytest.approx((one + other) / 2)


def test_bandwidths_follow_the_median_distance():
    points = torch.tensor([[0.0], [1.0], [3.0]])  # distances 1, 2, 3
    assert usual_bandwidths(points) == (1.0, 2.0, 4.0)
