from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from gan_core.family import Family
from gan_core.latent.paths import (
    arithmetic,
    combine,
    drawer,
    latent_from_seed,
    lerp,
    plane,
    slerp,
    truncate,
    walk,
)
from gan_core.latent_spec import LatentSpec
from gan_core.phases import DataSpec
from gan_core.settings import Settings, UserError


@pytest.fixture
def ends() -> tuple[Tensor, Tensor]:
    z = torch.randn(2, 64, generator=torch.Generator().manual_seed(3))
    return z[0], z[1]


def test_slerp_goes_along_the_circle() -> None:
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    for t in (0.0, 0.25, 0.5, 1.0):
        expected = torch.tensor([math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)])
        torch.testing.assert_close(slerp(a, b, t), expected)


def test_slerp_keeps_the_length_that_lerp_loses(ends: tuple[Tensor, Tensor]) -> None:
    a, b = ends
    assert float(slerp(a, b, 0.5).norm()) == pytest.approx(float((a.norm() + b.norm()) / 2), rel=1e-5)
    assert float(lerp(a, b, 0.5).norm()) < 0.85 * float(a.norm())


def test_slerp_of_a_latent_with_itself_is_that_latent(ends: tuple[Tensor, Tensor]) -> None:
    for t in (0.0, 0.3, 1.0):
        torch.testing.assert_close(slerp(ends[0], ends[0], t), ends[0])


def test_slerp_between_opposite_latents_is_a_half_circle(ends: tuple[Tensor, Tensor]) -> None:
    a = ends[0]
    middle = slerp(a, -a, 0.5)
    torch.testing.assert_close(middle.norm(), a.norm())
    assert abs(float(middle @ a)) < 1e-3 * float(a @ a)
    torch.testing.assert_close(slerp(a, -a, 1.0), -a, atol=1e-5, rtol=1e-5)


def test_slerp_from_zero_is_a_line(ends: tuple[Tensor, Tensor]) -> None:
    torch.testing.assert_close(slerp(torch.zeros(64), ends[1], 0.5), ends[1] / 2)


@pytest.mark.parametrize("kind", ["lerp", "slerp"])
def test_a_walk_starts_and_ends_where_it_should(ends: tuple[Tensor, Tensor], kind: str) -> None:
    stops = walk(*ends, 7, kind)  # type: ignore[arg-type]
    assert stops.shape == (7, 64)
    torch.testing.assert_close(stops[0], ends[0])
    torch.testing.assert_close(stops[-1], ends[1])


@pytest.mark.parametrize("n", [1, 0, -3, 241])
def test_a_walk_of_no_length_is_refused(ends: tuple[Tensor, Tensor], n: int) -> None:
    with pytest.raises(UserError, match=f"2 to 240 stops, got {n}"):
        walk(*ends, n)


def test_the_plane_holds_its_three_latents() -> None:
    z = torch.randn(3, 64, generator=torch.Generator().manual_seed(0))
    z = z / z.norm(dim=1, keepdim=True) * 8
    grid = plane(*z, side=7, margin=0.25)
    assert grid.shape == (7, 7, 64)
    torch.testing.assert_close(grid[1, 1], z[0])
    torch.testing.assert_close(grid[1, 5], z[1])
    torch.testing.assert_close(grid[5, 1], z[2])


def test_arithmetic_adds_averages_at_the_length_of_a_latent() -> None:
    a, b, c = torch.eye(3).repeat_interleave(3, dim=0).split(3)
    result = arithmetic(a, b, c)
    torch.testing.assert_close(result, torch.tensor([1.0, -1.0, 1.0]) / math.sqrt(3))


def test_truncation_pulls_towards_zero(ends: tuple[Tensor, Tensor]) -> None:
    torch.testing.assert_close(truncate(ends[0], 0.5), ends[0] / 2)
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(UserError, match="from 0 to 1"):
            truncate(ends[0], wrong)


def test_amounts_are_counted_in_steps_of_each_direction() -> None:
    steps = torch.eye(4)[:3]
    moved = combine(torch.zeros(2, 4), steps, [2.0, -1.0])
    torch.testing.assert_close(moved, torch.tensor([[2.0, -1.0, 0.0, 0.0]] * 2))
    assert torch.equal(combine(torch.ones(1, 4), steps, []), torch.ones(1, 4))


class Labelled(Family):
    """Draws the class it is asked for as a flat grey."""

    name, data_kinds, num_classes, latent = "labelled", ("images",), 3, LatentSpec(4)

    def modules(self) -> dict[str, nn.Module]:
        return {}

    def phases(self) -> tuple[()]:
        return ()

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        assert y is not None
        return y.float().view(-1, 1, 1, 1).expand(len(z), 1, 8, 8)


def test_a_family_with_classes_is_asked_for_one() -> None:
    family = Labelled(Settings(), DataSpec("images", (1, 8, 8), 3))
    z = latent_from_seed(family, 0, 5)
    assert torch.equal(drawer(family, 2)(z), torch.full((5, 1, 8, 8), 2.0))
    assert float(drawer(family)(z).max()) == 0


def test_a_seed_names_one_latent() -> None:
    family = Labelled(Settings(), DataSpec("images", (1, 8, 8), 3))
    assert torch.equal(latent_from_seed(family, 7, 1), latent_from_seed(family, 7, 1))
    assert not torch.equal(latent_from_seed(family, 7), latent_from_seed(family, 8))
