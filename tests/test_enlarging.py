"""Tiles without seams, plain rules, and colours of a family that knows brightness alone."""

import pytest
import torch
import torch.nn.functional as F

from gan_core.enlarging import TRAINED, WARM_UP, by_rule, enlarge, in_tiles, methods_of, reduce
from gan_core.families.dcgan import Dcgan, DcganSettings
from gan_core.families.srgan import Srgan
from gan_core.families.srgan_settings import SrganSettings
from gan_core.phases import DataSpec


def make(channels=1, change=0.2, **settings):
    torch.manual_seed(0)
    small = {"width": 4, "blocks": 2, "discriminator_width": 4, "head_width": 8, **settings}
    family = Srgan(SrganSettings(**small), DataSpec("images", (channels, 16, 16)))
    for network in family.modules().values():
        network.eval().requires_grad_(False)
    with torch.no_grad():  # as if trained: every path matters
        for weight in family.generator.parameters():
            weight += change * torch.randn(weight.shape)
    return family


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize(("height", "width", "tile"), [(40, 33, 16), (7, 70, 32), (1, 1, 64), (64, 64, 64)])
def test_tiles_make_the_same_picture_as_the_whole(scale, height, width, tile):
    family = make(scale=scale)
    x = torch.rand(1, 1, height, width) * 2 - 1
    reach = family.translation.reach
    tiled = in_tiles(family.translate, x, scale=scale, reach=reach, tile=tile)
    torch.testing.assert_close(tiled, family.translate(x), atol=1e-5, rtol=0)


@pytest.mark.parametrize("scale", [2, 4])
def test_the_reach_is_as_long_as_it_must_be_and_no_longer(scale):
    family = make(change=0.05, scale=scale)
    side = 2 * family.translation.reach + 7
    x = torch.zeros(1, 1, side, side, requires_grad=True)
    centre = scale * (side // 2)
    (gradient,) = torch.autograd.grad(family.generator(x)[0, 0, centre, centre], x)
    seen = gradient[0, 0].abs().sum(1).nonzero().flatten() - side // 2
    assert family.translation.reach - 1 <= int(seen.abs().max()) <= family.translation.reach


def test_a_margin_that_is_too_small_shows_seams():
    family = make()
    x = torch.rand(1, 1, 40, 40) * 2 - 1
    assert (in_tiles(family.translate, x, scale=4, reach=0, tile=16) - family.translate(x)).abs().max() > 1e-3


def test_rules_copy_or_interpolate_and_stay_in_range():
    x = torch.tensor([[[[-1.0, 1.0], [1.0, -1.0]]]])
    assert torch.equal(by_rule(x, 2, "nearest"), F.interpolate(x, scale_factor=2))
    bicubic = by_rule(x, 4, "bicubic")
    assert bicubic.shape == (1, 1, 8, 8)
    assert bicubic.abs().max() <= 1
    assert torch.equal(reduce(by_rule(x, 4, "nearest"), 4), x)
    assert reduce(torch.zeros(1, 3, 11, 9), 4).shape == (1, 3, 2, 2)


def test_a_family_of_grey_pictures_keeps_the_colours_of_coloured_ones():
    family = make()
    red = torch.stack([torch.full((6, 6), value) for value in (0.4, -0.2, -0.2)])[None]
    made = enlarge(family, red, TRAINED)
    assert made.shape == (1, 3, 24, 24)
    inside = made.abs().amax(1) < 1  # not cut off
    difference = made[:, 0] - made[:, 1]
    torch.testing.assert_close(difference[inside], torch.full_like(difference[inside], 0.6))
    torch.testing.assert_close(made[:, 1][inside], made[:, 2][inside])
    grey = torch.rand(1, 1, 6, 6).expand(-1, 3, -1, -1) * 2 - 1
    torch.testing.assert_close(enlarge(family, grey, TRAINED)[:, :1], family.translate(grey[:, :1]))


def test_a_family_of_coloured_pictures_makes_grey_ones_of_grey():
    assert enlarge(make(3), torch.rand(2, 1, 5, 7), WARM_UP).shape == (2, 1, 20, 28)


def test_the_warm_up_is_a_way_only_where_there_was_one():
    assert methods_of(make()) == ("nearest", "bicubic", "warm-up", "trained")
    family = make(warm_up_steps=0)
    assert methods_of(family) == ("nearest", "bicubic", "trained")
    before = enlarge(make(), torch.zeros(1, 1, 4, 4), WARM_UP)
    assert not torch.equal(before, enlarge(make(), torch.zeros(1, 1, 4, 4), TRAINED))


def test_other_families_are_refused():
    family = Dcgan(DcganSettings(width=4, stem_width=0, head_width=0), DataSpec("images", (1, 16, 16)))
    with pytest.raises(ValueError, match="does not enlarge"):
        enlarge(family, torch.zeros(1, 1, 4, 4), TRAINED)
