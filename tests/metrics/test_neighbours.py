"""Precision, recall, density, coverage: brute force, theory, the published anchor, degenerate sets."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from gan_core.metrics import PRDC, neighbours, prdc
from gan_core.settings import UserError


def brute_force(real: np.ndarray, fake: np.ndarray, k: int) -> PRDC:
    """Straight from the definitions, every distance at once."""
    real_radius = np.sort(cdist(real, real), axis=1)[:, k]  # column 0 is the example itself
    fake_radius = np.sort(cdist(fake, fake), axis=1)[:, k]
    between = cdist(real, fake)
    return PRDC(
        precision=float((between < real_radius[:, None]).any(0).mean()),
        recall=float((between < fake_radius[None]).any(1).mean()),
        density=float((between < real_radius[:, None]).sum(0).mean() / k),
        coverage=float((between.min(1) < real_radius).mean()),
    )


@pytest.mark.parametrize(
    ("n", "m", "d", "k"), [(120, 90, 3, 5), (60, 130, 10, 1), (50, 50, 2, 10), (300, 300, 1000, 5)]
)
def test_agrees_with_brute_force(n: int, m: int, d: int, k: int) -> None:
    rng = np.random.default_rng(n)
    real, fake = rng.normal(size=(n, d)), 0.8 * rng.normal(size=(m, d)) + 0.3
    np.testing.assert_allclose(prdc(real, fake, k), brute_force(real, fake, k), rtol=1e-12)


def test_agrees_with_brute_force_on_a_grid_full_of_ties_and_copies() -> None:
    rng = np.random.default_rng(0)
    real = rng.integers(0, 4, size=(80, 3)).astype(float) + 100
    fake = np.vstack([real[:20], rng.integers(0, 5, size=(40, 3)) + 100.0])
    np.testing.assert_allclose(prdc(real, fake, 3), brute_force(real, fake, 3), rtol=1e-12)


def test_the_chunk_size_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    real, fake = rng.normal(size=(101, 4)), rng.normal(size=(67, 4))
    whole = prdc(real, fake)
    monkeypatch.setattr(neighbours, "_CHUNK_DISTANCES", 250)
    np.testing.assert_allclose(prdc(real, fake), whole, rtol=1e-12)


def test_equal_laws_reach_the_theory_of_density_and_coverage() -> None:
    rng = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(3000, 8, generator=rng) for _ in range(2))
    score = prdc(real, fake, k=5)
    assert score.density == pytest.approx(1.0, abs=0.04)
    assert score.coverage == pytest.approx(1 - 2**-5, abs=0.01)


def test_the_published_anchor_scaled_down() -> None:
    # The reference package prints P .4772, R .4705, D 1.0555, C .9735 for N(0, I) in 1000 dimensions, 10,000
    # examples each, k = 5. Coverage hardly depends on the count; precision and recall are
    # a little higher at 1,500, and density scatters by 0.09 from seed to seed.
    rng = np.random.default_rng(0)
    score = prdc(rng.normal(size=(1500, 1000)), rng.normal(size=(1500, 1000)))
    assert score.precision == pytest.approx(0.57, abs=0.06)
    assert score.recall == pytest.approx(0.57, abs=0.06)
    assert score.density == pytest.approx(1.0555, abs=0.27)
    assert score.coverage == pytest.approx(0.9735, abs=0.015)


def test_a_set_against_itself_is_perfect() -> None:
    real = np.random.default_rng(0).normal(size=(200, 5))
    score = prdc(real, real.copy(), k=5)
    assert (score.precision, score.recall, score.coverage) == (1.0, 1.0, 1.0)
    assert score.density == pytest.approx(
        1.0, rel=1e-12
    )  # each ball holds its centre and the 4 nearer neighbours


def test_lost_modes_show_in_coverage_and_recall_but_not_in_precision() -> None:
    rng = np.random.default_rng(1)
    centres = np.array([[0.0, 0.0], [10, 0], [0, 10], [10, 10]])
    real = np.repeat(centres, 100, axis=0) + rng.normal(size=(400, 2))
    fake = centres[0] + rng.normal(size=(400, 2))
    score = prdc(real, fake)
    assert score.precision > 0.9
    assert score.recall < 0.3
    assert score.coverage < 0.3


def test_sets_far_apart_score_zero() -> None:
    rng = np.random.default_rng(2)
    assert prdc(rng.normal(size=(50, 2)), rng.normal(size=(50, 2)) + 1000) == PRDC(0, 0, 0, 0)


def test_one_image_made_over_and_over_has_no_recall() -> None:
    real = np.random.default_rng(3).normal(size=(60, 4)) + 50
    score = prdc(real, np.repeat(real[:1], 60, axis=0))
    assert score.precision == 1.0
    assert score.recall == 0.0
    assert score.coverage < 0.3


@pytest.mark.parametrize("k", [0, 9, 10])
def test_a_k_the_sets_cannot_serve_is_refused(k: int) -> None:
    real = np.random.default_rng(0).normal(size=(9, 2))
    with pytest.raises(UserError, match=f"k must be at least 1 and below .* 9 and 30, got {k}"):
        prdc(real, np.zeros((30, 2)), k)


def test_memory_holds_chunks_not_the_whole_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_CHUNK_DISTANCES", 1000)
    a = torch.zeros(40, 2, dtype=torch.float64)
    sizes = [
        distances.numel()
        for _, distances in neighbours._chunked_squared_distances(a, torch.zeros(300, 2).double())
    ]
    assert max(sizes) <= 1000
    assert sum(sizes) == 40 * 300
