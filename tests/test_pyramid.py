"""The Laplacian pyramid, and noise that each level draws for itself."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from gan_core.families.lapgan import Lapgan
from gan_core.families.lapgan_levels import LapganSettings
from gan_core.families.mlp import MlpGan, MlpSettings
from gan_core.latent.levels import noise_of_levels
from gan_core.phases import DataSpec
from gan_core.pyramid import expand, put_together, reduce, take_apart
from gan_core.settings import UserError


def pictures(n: int = 3, channels: int = 3, side: int = 32) -> torch.Tensor:
    return torch.rand(n, channels, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize(("side", "levels"), [(28, 3), (32, 3), (32, 4), (16, 1)])
def test_a_pyramid_gives_back_its_pictures_exactly(side: int, levels: int) -> None:
    x = pictures(side=side)
    parts = take_apart(x, levels)
    assert [part.image.shape[-1] for part in parts] == [side // 2**k for k in reversed(range(levels))]
    torch.testing.assert_close(put_together(parts), x, rtol=0, atol=2e-6)
    for part in parts[1:]:
        assert part.upsampled is not None
        assert part.residual is not None
        torch.testing.assert_close(part.upsampled + part.residual, part.image)


def test_reducing_is_the_binomial_filter_and_keeps_what_is_even() -> None:
    x = pictures(channels=1)
    row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    blurred = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), torch.outer(row, row)[None, None], stride=2)
    torch.testing.assert_close(reduce(x), blurred)
    even = torch.full((1, 1, 8, 8), 0.3)
    torch.testing.assert_close(reduce(even), torch.full((1, 1, 4, 4), 0.3))
    torch.testing.assert_close(expand(even), torch.full((1, 1, 16, 16), 0.3))


def test_detail_lies_in_the_residuals_and_shade_in_the_coarsest_picture() -> None:
    board = (torch.arange(16)[:, None] + torch.arange(16)[None]) % 2 * 2.0 - 1.0
    coarse, fine = take_apart(board[None, None], 2)
    assert coarse.image.abs().max() < 0.3
    assert fine.residual is not None
    assert fine.residual.abs().mean() > 0.9
    coarse, fine = take_apart(torch.full((1, 1, 16, 16), 0.5), 2)
    assert fine.residual is not None
    assert fine.residual.abs().max() < 1e-6


def lapgan() -> Lapgan:
    settings = LapganSettings(width=4, head_width=8, z_dim=6, detail_dims=4)
    return Lapgan(settings, DataSpec("images", (1, 28, 28), 10))


def test_a_levels_noise_depends_on_its_own_seed_alone() -> None:
    family = lapgan()
    assert [part.stop - part.start for part in family.pyramid.parts] == [6, 4, 4]
    first, second = noise_of_levels(family, (1, 2, 3), 4), noise_of_levels(family, (1, 9, 3), 4)
    same = [torch.equal(first[:, part], second[:, part]) for part in family.pyramid.parts]
    assert same == [True, False, True]
    assert torch.equal(noise_of_levels(family, (1, 2, 3), 2), first[:2])
    assert len(torch.unique(first, dim=0)) == 4
    shared = noise_of_levels(family, (1, 2, 3), 4, same={0})
    assert torch.equal(shared[:, family.pyramid.parts[0]], first[:1, family.pyramid.parts[0]].expand(4, -1))
    assert torch.equal(shared[:, 6:], first[:, 6:])


def test_noise_of_levels_that_are_not_there_is_refused() -> None:
    with pytest.raises(UserError, match="has 3 levels, got 2 seeds"):
        noise_of_levels(lapgan(), (1, 2), 1)
    plain = MlpGan(MlpSettings(), DataSpec("points", (2,)))
    with pytest.raises(UserError, match="does not draw from coarse to fine"):
        noise_of_levels(plain, (1,), 1)
