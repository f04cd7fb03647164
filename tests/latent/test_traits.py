from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.family import Family
from gan_core.latent.traits import TRAITS, class_shares, measure


def stroke(width: int, shear_degrees: float = 0.0) -> Tensor:
    """A white upright bar on black `(1, 1, 48, 48)` in [-1, 1], sheared to the right."""
    picture = torch.zeros(1, 1, 48, 48)
    picture[..., 8:40, 24 - width // 2 : 24 - width // 2 + width] = 1
    shear = math.tan(math.radians(shear_degrees))
    theta = torch.tensor([[[1.0, shear, 0.0], [0.0, 1.0, 0.0]]])  # grids count y downwards
    grid = F.affine_grid(theta, [1, 1, 48, 48], align_corners=False)
    return F.grid_sample(picture, grid, align_corners=False) * 2 - 1


def trait(picture: Tensor, name: str) -> float:
    return float(measure(picture)[0, TRAITS.index(name)])


@pytest.mark.parametrize("degrees", [-25.0, -10.0, 0.0, 10.0, 25.0])
def test_slant_is_the_angle_of_the_stroke(degrees: float) -> None:
    assert trait(stroke(4, degrees), "slant") == pytest.approx(degrees, abs=1.5)


@pytest.mark.parametrize("width", [2, 4, 8])
def test_thickness_is_the_width_of_the_stroke(width: int) -> None:
    assert trait(stroke(width), "thickness") == pytest.approx(width, rel=0.25)


@pytest.mark.parametrize("width", [4, 10, 20])
def test_width_is_the_deviation_across_and_leaning_makes_nothing_wider(width: int) -> None:
    assert trait(stroke(width), "width") == pytest.approx(width / 12**0.5, rel=0.05)
    assert trait(stroke(width, 25), "width") == pytest.approx(trait(stroke(width), "width"), rel=0.08)


def test_dark_strokes_on_white_measure_the_same() -> None:
    for name in ("thickness", "slant", "width"):
        assert trait(-stroke(4, 15), name) == pytest.approx(trait(stroke(4, 15), name), abs=1e-4)


def test_brightness_runs_from_black_to_white() -> None:
    assert trait(torch.full((1, 3, 8, 8), -1.0), "brightness") == 0
    assert trait(torch.ones(1, 3, 8, 8), "brightness") == 1


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_an_empty_picture_has_no_strokes_to_measure(value: float) -> None:
    measured = measure(torch.full((2, 1, 16, 16), value))
    assert torch.equal(measured[:, 1:], torch.zeros(2, 3))


def test_class_shares_are_probabilities_for_any_size(judge: Family) -> None:
    shares = class_shares(judge, torch.zeros(3, 3, 40, 40))
    assert shares.shape == (3, 10)
    torch.testing.assert_close(shares.sum(1), torch.ones(3))
