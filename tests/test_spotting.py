"""Detectors find what differs and nothing where nothing does."""

from __future__ import annotations

import pytest
import torch

from gan_core.evaluation import spotting
from gan_core.settings import UserError


@pytest.fixture(autouse=True)
def short(monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.setattr(spotting, "STEPS", 60)


def images(n, seed, across=0.0):
    rng = torch.Generator().manual_seed(seed)
    ripple = torch.arange(16) % 2 * 2.0 - 1
    return (0.3 * torch.randn(n, 1, 16, 16, generator=rng) + across * ripple).clamp(-1, 1)


def test_a_detector_finds_its_own_generator_and_nothing_in_perfect_fakes():
    fakes = {
        "rippled": (images(300, 1, across=0.5), images(200, 2, across=0.5)),
        "perfect": (images(300, 3), images(200, 4)),
    }
    table = spotting.spot(fakes, images(300, 5), images(200, 6))
    assert table.names == ("rippled", "perfect")
    assert table.told_apart[0][0] > 0.95
    assert table.told_apart[0][1] == pytest.approx(0.5, abs=0.1)
    assert table.own == pytest.approx((table.told_apart[0][0] + table.told_apart[1][1]) / 2)
    assert table.others == pytest.approx((table.told_apart[0][1] + table.told_apart[1][0]) / 2)


def test_fakes_of_the_same_law_cannot_be_found():
    perfect = (images(300, 1), images(400, 2))
    table = spotting.spot({"a": perfect, "b": perfect}, images(300, 5), images(400, 6))
    assert table.told_apart[0][0] == pytest.approx(0.5, abs=0.08)  # no better than guessing


def test_too_little_to_compare_is_refused():
    pair = (images(100, 1), images(100, 2))
    with pytest.raises(UserError, match="two generators"):
        spotting.spot({"a": pair}, images(100, 3), images(100, 4))
    with pytest.raises(UserError, match="at least 100 images"):
        spotting.spot({"a": pair, "b": pair}, images(20, 3), images(100, 4))
