"""The numbers beside the picture, against known answers."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from torch import Tensor

from gan_core.data import PointDataset, load_dataset
from gan_core.lab.gauges import Gauges, Pace, shares
from gan_core.latent_spec import LatentSpec


class Gaussian:
    """G makes one Gaussian, and D is the best against it but for a factor in its odds."""

    can_score, score_meaning = True, "probability"

    def __init__(self, dataset: PointDataset, centre: float, off: float = 0.0) -> None:
        self.dataset, self.off = dataset, off
        self.own = PointDataset("own", torch.tensor([[centre, centre]]), 0.15, 1.5)

    def sample_z(self, n: int, rng: torch.Generator) -> Tensor:
        return LatentSpec(2).sample(n, rng)

    def generate(self, z: Tensor) -> Tensor:
        return self.own.kernels + 0.15 * z

    def discriminator_scores(self, x: Tensor) -> Tensor:
        log_odds = self.dataset.density(x).double().log() - self.own.density(x).double().log()
        return torch.sigmoid(log_odds.nan_to_num() + self.off).float()

    def modules(self) -> dict[str, torch.nn.Module]:
        return {"generator": torch.nn.Linear(1, 1)}


def test_one_lost_gaussian_of_two() -> None:
    dataset = load_dataset("two-gaussians")
    assert isinstance(dataset, PointDataset)
    family = Gaussian(dataset, 0.5)
    gauges = Gauges(dataset, family)  # type: ignore[arg-type]
    compared = gauges.compare(family, 0)  # type: ignore[arg-type]
    assert compared is not None
    # Where both are, p is half of q: the best D says 1/3. Where only data are, it says 1.
    best = compared.field.optimal
    at = [int((centre / 3 + 0.5) * 60) for centre in (0.5, -0.5)]
    assert best[at[0], at[0]] == pytest.approx(1 / 3, abs=0.08)
    assert best[at[1], at[1]] == pytest.approx(1, abs=1e-6)
    read = gauges.read(family, 7, compared)  # type: ignore[arg-type]
    assert (read.step, read.reached, read.places, read.has_modes) == (7, 1, 2, True)
    assert read.quality == pytest.approx(0.989, abs=0.01)
    # JS of a law and its half: ln 2 - (3/4) ln 3 + (1/2) ln 2, about 0.216 nats.
    assert read.divergence == pytest.approx(1.5 * np.log(2) - 0.75 * np.log(3), abs=0.02)
    assert read.gap is not None
    assert read.gap < compared.field.floor + 0.03
    worse = gauges.compare(Gaussian(dataset, 0.5, off=2.0), 0)  # type: ignore[arg-type]
    assert worse is not None
    assert worse.field.gap > read.gap + 0.1


def test_a_curve_is_reached_place_by_place() -> None:
    dataset = load_dataset("circle")
    assert isinstance(dataset, PointDataset)
    family = Gaussian(dataset, 0.0)
    family.generate = lambda z: 0.8 * z / z.norm(dim=1, keepdim=True)  # type: ignore[method-assign]
    gauges = Gauges(dataset, family)  # type: ignore[arg-type]
    whole = gauges.read(family, 0, None)  # type: ignore[arg-type]
    assert whole.reached == whole.places > 20
    family.generate = lambda z: 0.8 * (z / z.norm(dim=1, keepdim=True)).abs()  # type: ignore[method-assign]
    quarter = gauges.read(family, 0, None)  # type: ignore[arg-type]
    assert quarter.reached / quarter.places == pytest.approx(0.25, abs=0.06)
    assert (quarter.has_modes, quarter.quality) == (False, 1.0)


def test_an_output_that_is_no_probability_is_not_compared() -> None:
    dataset = load_dataset("two-gaussians")
    assert isinstance(dataset, PointDataset)
    family = Gaussian(dataset, 0.5)
    family.score_meaning = "ranking"
    assert Gauges(dataset, family).compare(family, 0) is None  # type: ignore[arg-type]


def test_shares_as_bytes_keep_what_is_unknown_apart() -> None:
    assert shares([0.0, 0.5, 1.0, float("nan"), 7.0]).tolist() == [0, 127, 254, 255, 254]


def test_a_pace_waits_longer_the_more_it_costs() -> None:
    pace = Pace(0.1, 0.0)
    assert pace.is_due
    pace.spent(60.0)
    assert not pace.is_due
    quick = Pace(0.5, 0.001)
    quick.spent(0.0)
    time.sleep(0.002)
    assert quick.is_due
