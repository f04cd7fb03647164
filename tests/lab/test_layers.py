"""What is laid over the plane, against known answers."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from gan_core.lab.layers import discriminator_field, pull_on_fakes, sheet, sheet_density
from tests.lab.test_dense import trainer


class Identity:
    """A generator that leaves the noise as it is."""

    def __init__(self, latent: object) -> None:
        self.latent = latent

    def generate(self, z: Tensor) -> Tensor:
        return z if z.shape[1] == 2 else torch.cat([z, 0 * z], dim=1)


@pytest.mark.parametrize("loss", ["non_saturating", "wasserstein", "least_squares"])
def test_the_pull_is_minus_the_gradient_of_gs_loss(loss: str) -> None:
    game = trainer(loss=loss)
    z, real = game.family.sample_z(7, torch.Generator().manual_seed(0)), torch.zeros(7, 2)
    before, state = game.step, game.rng.get_state()
    arrows = pull_on_fakes(game, z, real)
    fake = game.family.generate(z).detach().requires_grad_()
    logits = game.modules["discriminator"](fake)
    own = {
        "non_saturating": nn.functional.softplus(-logits),
        "wasserstein": -logits,
        "least_squares": 0.5 * (logits - 1) ** 2,
    }[loss]
    (gradient,) = torch.autograd.grad(own.sum(), fake)
    torch.testing.assert_close(arrows, -gradient)
    assert (game.step, bool(torch.equal(game.rng.get_state(), state))) == (before, True)


def test_following_the_arrows_lowers_gs_loss() -> None:
    game = trainer(relativistic=True, packing=2)
    z, real = game.family.sample_z(8, torch.Generator().manual_seed(0)), torch.randn(8, 2)
    arrows = pull_on_fakes(game, z, real)
    with torch.no_grad():
        fake = game.family.generate(z)

        def loss(x: Tensor) -> float:
            judge = game.modules["discriminator"]
            return float(nn.functional.softplus(judge(real.view(4, 4)) - judge(x.view(4, 4))).mean())

        assert loss(fake + 1e-2 * arrows) < loss(fake)


def test_the_field_lies_row_by_row_from_below() -> None:
    class Judge:
        def discriminator_field(self, points: Tensor) -> Tensor:
            return points[:, 0] / 10 + points[:, 1]

    field = discriminator_field(Judge(), 2.0)  # type: ignore[arg-type]
    assert field.shape == (40, 40)
    assert float(field[0, 0]) == pytest.approx(-1.95 * 1.1)
    assert float(field[0, 39]) == pytest.approx(1.95 / 10 - 1.95)
    assert float(field[39, 0]) == pytest.approx(1.95 - 1.95 / 10)


def test_density_of_an_unbent_even_sheet_is_that_of_the_noise() -> None:
    latent = trainer(z_distribution="uniform").family.latent
    found = sheet(Identity(latent))  # type: ignore[arg-type]
    assert found is not None
    torch.testing.assert_close(found.density, torch.full((20, 20), 0.25), rtol=1e-4, atol=0)
    stretched = sheet_density(found.corners * torch.tensor([2.0, 3.0]))
    torch.testing.assert_close(stretched, torch.full((20, 20), 0.25 / 6), rtol=1e-4, atol=0)


def test_density_of_an_unbent_gaussian_sheet_is_the_bell() -> None:
    latent = trainer(z_distribution="normal").family.latent
    found = sheet(Identity(latent))  # type: ignore[arg-type]
    assert found is not None
    middle = float(found.density[9:11, 9:11].mean())
    assert middle == pytest.approx(1 / (2 * math.pi), rel=0.02)
    # Cells of equal probability: together the density times the area is nearly everything.
    sides = found.corners[:, 0, 0].diff()
    assert float((found.density * sides[:, None] * sides).sum()) == pytest.approx(0.996**2, rel=1e-3)


def test_noise_of_one_number_is_a_line_and_of_three_no_sheet() -> None:
    line = sheet(Identity(trainer(z_dim=1, z_distribution="uniform").family.latent))  # type: ignore[arg-type]
    assert line is not None
    assert line.corners.shape == (21, 1, 2)
    torch.testing.assert_close(line.density, torch.full((20, 1), 0.5), rtol=1e-4, atol=0)
    assert sheet(trainer(z_dim=3).family) is None
