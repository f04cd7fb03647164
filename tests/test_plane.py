"""The divergence of points from the known law, and D beside the best D."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from gan_core.data import PointDataset, load_dataset
from gan_core.evaluation.plane import Plane
from tests.replay import Replay

torch.set_num_threads(1)


def data(name: str) -> PointDataset:
    dataset = load_dataset(name)
    assert isinstance(dataset, PointDataset)
    return dataset


def draw(dataset: PointDataset, n: int, seed: int = 7) -> Tensor:
    return dataset.sample(n, torch.Generator().manual_seed(seed))


class Scoring(Replay):
    """Scores by a formula."""

    can_score = True
    meaning = "probability"

    def __init__(self, dataset: PointDataset, logit_shift: float, points: Tensor) -> None:
        super().__init__(points)
        self.dataset, self.shift = dataset, logit_shift

    @property
    def score_meaning(self):  # type: ignore[no-untyped-def]
        return self.meaning

    def discriminator_scores(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """The best D against a uniform generator on the square."""
        p = self.dataset.density(x).double()
        q = 1 / (2 * self.dataset.extent) ** 2
        return torch.sigmoid((p / q).clamp(min=1e-30).log() + self.shift).float()


@pytest.mark.parametrize("name", ["ring8", "grid25", "two-gaussians", "line", "circle", "moons", "drawn"])
def test_the_masses_are_the_integral_of_the_density(name: str) -> None:
    dataset = data(name)
    edges = torch.linspace(-dataset.extent, dataset.extent, 51, dtype=torch.float64)
    masses = dataset.masses(edges)
    assert float(masses.sum()) == pytest.approx(1, abs=1e-3)
    counts, _, _ = np.histogram2d(*draw(dataset, 200_000).double().numpy().T, bins=[edges, edges])
    assert float(abs(torch.from_numpy(counts) / 200_000 - masses).max()) < 0.005


@pytest.mark.parametrize("name", ["ring8", "grid25", "circle", "moons"])
def test_a_perfect_sampler_has_no_divergence_but_that_of_its_sample(name: str) -> None:
    plane = Plane.of(data(name))
    floor = plane.divergence_floor(2500)
    assert 0 < floor < 0.1
    assert plane.divergence(draw(plane.dataset, 2500)) == pytest.approx(floor, rel=0.15)
    assert plane.divergence(draw(plane.dataset, 100_000)) < 0.1 * floor + 0.001


def test_half_of_the_data_costs_what_the_formula_says_and_elsewhere_costs_ln_2() -> None:
    plane = Plane.of(data("ring8"))
    points = draw(plane.dataset, 40_000)
    half = points[points[:, 0] + 0.1 * points[:, 1] > 0]  # four of the eight modes
    expected = 0.5 * (0.5 * math.log(2 / 3) + 0.5 * math.log(2) + math.log(4 / 3))
    assert plane.divergence(half) == pytest.approx(expected, abs=0.01)
    assert plane.divergence(torch.full((100, 2), 0.3)) == pytest.approx(math.log(2), abs=1e-6)


def test_points_outside_the_grid_count_as_wrong_and_are_not_dropped() -> None:
    plane = Plane.of(data("ring8"))
    points = draw(plane.dataset, 20_000)
    points[:10_000] = 50.0
    # q = p / 2 on the ring and 1 / 2 elsewhere, by hand
    expected = 0.5 * (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2))
    assert plane.divergence(points) == pytest.approx(expected, abs=0.01)


def test_the_best_discriminator_has_no_gap_and_one_that_guesses_has_the_known_one() -> None:
    dataset = data("two-gaussians")
    uniform = (torch.rand(200_000, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1) * dataset.extent
    plane = Plane.of(dataset)
    best = plane.discriminator(Scoring(dataset, 0.0, uniform), uniform)
    assert best.gap < 0.02
    assert best.scores.shape == best.optimal.shape == (60, 60)
    assert abs(np.nan_to_num(best.optimal - best.scores)).mean() < 0.02
    guessing = Scoring(dataset, 0.0, uniform)
    guessing.discriminator_scores = lambda x, y=None: torch.full((len(x),), 0.5)  # type: ignore[method-assign]
    p, q = plane.true_masses, plane.masses(uniform)
    # with D = 1/2 the weighted gap is |p - q| / 4 in every cell
    assert plane.discriminator(guessing, uniform).gap == pytest.approx(abs(p - q).sum() / 4, abs=0.01)


def test_against_a_perfect_generator_guessing_is_as_good_as_the_noise_allows() -> None:
    dataset = data("ring8")
    guessing = Scoring(dataset, 0.0, draw(dataset, 10))
    guessing.discriminator_scores = lambda x, y=None: torch.full((len(x),), 0.5)  # type: ignore[method-assign]
    field = Plane.of(dataset).discriminator(guessing, draw(dataset, 20_000))
    assert field.gap == pytest.approx(field.floor, rel=0.1)


def test_a_relativistic_discriminator_is_compared_without_its_free_constant() -> None:
    dataset = data("two-gaussians")
    uniform = (torch.rand(200_000, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1) * dataset.extent
    shifted, plane = Scoring(dataset, 2.5, uniform), Plane.of(dataset)
    assert plane.discriminator(shifted, uniform).gap > 0.05
    shifted.meaning = "odds"
    field = plane.discriminator(shifted, uniform)
    assert field.shifted
    assert field.gap < 0.02


@pytest.mark.parametrize("meaning", ["probability", "odds"])
def test_the_gap_alone_is_that_of_the_whole_field(meaning: str) -> None:
    dataset = data("ring8")
    points = draw(dataset, 5000)
    family = Scoring(dataset, 2.0, points)
    family.meaning = meaning
    plane = Plane.of(dataset)
    assert plane.gap(family, points) == pytest.approx(plane.discriminator(family, points).gap, abs=2e-3)
