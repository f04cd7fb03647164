"""Fréchet distance: closed forms, an independent reference, degenerate input."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch

from gan_core.metrics import frechet_distance, frechet_name, gaussian_frechet_distance
from gan_core.settings import UserError


def correlated(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)


def reference(a: np.ndarray, b: np.ndarray) -> float:
    """The formula as published, with SciPy's root of the non-symmetric product."""
    covariance_a, covariance_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(covariance_a @ covariance_b)
    difference = a.mean(0) - b.mean(0)
    return float(difference @ difference + np.trace(covariance_a + covariance_b - 2 * np.real(root)))


@pytest.mark.parametrize("d", [2, 7, 40])
def test_agrees_with_the_published_formula_computed_by_scipy(d: int) -> None:
    rng = np.random.default_rng(d)
    a, b = correlated(rng, 200, d), correlated(rng, 150, d)
    assert frechet_distance(a, b) == pytest.approx(reference(a, b), rel=1e-9)


def test_commuting_covariances_have_the_closed_form() -> None:
    # Covariances that share their axes: |mean difference|^2 + sum of (sqrt(v) - sqrt(w))^2 over the axes.
    axes = torch.linalg.qr(
        torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    )[0]
    v, w = torch.tensor([4.0, 1.0, 0.25]).double(), torch.tensor([1.0, 9.0, 0.25]).double()
    mean_a, mean_b = torch.zeros(3).double(), torch.tensor([1.0, -2.0, 0.5]).double()
    distance = gaussian_frechet_distance(mean_a, axes * v @ axes.T, mean_b, axes * w @ axes.T)
    assert distance == pytest.approx(5.25 + (2 - 1) ** 2 + (1 - 3) ** 2, rel=1e-12)


def test_covariances_that_do_not_commute_have_the_two_by_two_closed_form() -> None:
    # For 2 x 2 matrices tr sqrt(M) = sqrt(tr M + 2 sqrt(det M)), with M = C_a C_b.
    a = torch.tensor([[2.0, 0.9], [0.9, 1.0]]).double()
    b = torch.tensor([[0.5, -0.3], [-0.3, 3.0]]).double()
    product = a @ b
    trace_of_root = math.sqrt(torch.trace(product) + 2 * math.sqrt(torch.linalg.det(product)))
    expected = float(torch.trace(a) + torch.trace(b)) - 2 * trace_of_root
    zero = torch.zeros(2).double()
    assert gaussian_frechet_distance(zero, a, zero, b) == pytest.approx(expected, rel=1e-12)
    assert not torch.allclose(a @ b, b @ a)


def test_a_pure_shift_costs_its_squared_length() -> None:
    a = correlated(np.random.default_rng(0), 100, 5)
    assert frechet_distance(a, a + np.array([3.0, 0, 4.0, 0, 0])) == pytest.approx(25.0, rel=1e-9)


def test_equal_sets_are_at_distance_zero() -> None:
    a = correlated(np.random.default_rng(0), 100, 30)
    distance = frechet_distance(a, a.copy())
    assert 0 <= distance < 1e-10


def test_distance_is_symmetric() -> None:
    rng = np.random.default_rng(1)
    a, b = correlated(rng, 60, 6), correlated(rng, 80, 6)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-10)


def test_features_that_never_fire_add_nothing() -> None:
    rng = np.random.default_rng(2)
    a, b = correlated(rng, 90, 4), correlated(rng, 90, 4)
    padded_a, padded_b = (np.hstack([x, np.zeros((90, 3)), x[:, :1]]) for x in (a, b))  # rank 4 of 8
    expected = reference(np.hstack([a, a[:, :1]]), np.hstack([b, b[:, :1]]))
    assert frechet_distance(padded_a, padded_b) == pytest.approx(expected, rel=1e-6)


def test_a_constant_set_costs_the_other_sets_spread() -> None:
    b = correlated(np.random.default_rng(3), 500, 3)
    expected = ((b.mean(0) - 1) ** 2).sum() + np.trace(np.cov(b, rowvar=False))
    assert frechet_distance(np.ones((10, 3)), b) == pytest.approx(expected, rel=1e-9)


def test_one_feature_is_enough() -> None:
    a, b = np.array([[0.0], [2.0]]), np.array([[5.0], [5.0], [11.0]])
    expected = (1 - 7) ** 2 + (math.sqrt(2) - math.sqrt(12)) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-12)


def test_single_precision_tensors_are_summed_in_double_precision() -> None:
    rng = np.random.default_rng(4)
    a, b = ((correlated(rng, 300, 4) * 1e-3 + 1e3).astype(np.float32) for _ in range(2))
    exact = reference(a.astype(np.float64), b.astype(np.float64))
    assert frechet_distance(torch.from_numpy(a), torch.from_numpy(b)) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("count", [1, 4, 5])
def test_too_few_examples_are_refused(count: int) -> None:
    enough = np.random.default_rng(0).normal(size=(20, 5))
    with pytest.raises(UserError, match=f"on 5 features needs more than 5 examples per set, got {count}"):
        frechet_distance(enough[:count], enough)
    with pytest.raises(ValueError, match="needs more than 5 examples"):
        frechet_distance(enough, enough[:count])


def test_unfit_arrays_are_refused() -> None:
    good = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(UserError, match=r"\(N, d\) of features, got shape \(20,\)"):
        frechet_distance(good[:, 0], good)
    with pytest.raises(UserError, match="equally many numbers per example, got 3 and 2"):
        frechet_distance(good, good[:, :2])
    bad = good.copy()
    bad[3, 1] = np.nan
    with pytest.raises(UserError, match="second features hold NaN"):
        frechet_distance(good, bad)


@pytest.mark.parametrize(
    ("n", "name"),
    [(10_000, "frechet_x_10k"), (359, "frechet_x_359"), (2500, "frechet_x_2500"), (1000, "frechet_x_1k")],
)
def test_the_name_carries_extractor_and_count(n: int, name: str) -> None:
    assert frechet_name("x", n) == name
