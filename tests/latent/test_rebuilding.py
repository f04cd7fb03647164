"""Pictures rebuilt from codes, the way between two codes, the plane of codes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from gan_core.building import build_family, resolve_config
from gan_core.family import Family
from gan_core.latent.rebuilding import (
    between,
    certainty,
    check_comparable,
    crossfade,
    difference,
    encoded,
    plane_codes,
    searched,
)
from gan_core.phases import DataSpec
from gan_core.settings import RunConfig, UserError
from gan_core.weights.files import freeze


def make(family: str, side: int = 16, **settings: Any) -> Family:
    small = {"width": 8} if family == "classifier" else {"width": 4, "stem_width": 8, "head_width": 8}
    config = resolve_config(RunConfig(family=family, dataset="-", settings=small | settings))
    family = freeze(build_family(config, DataSpec("images", (1, side, side), 10)))
    for network in family.modules().values():  # far enough from zero for pictures that differ
        for weight in network.parameters():
            weight += 0.3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    return family


def test_the_difference_is_a_share_of_the_range() -> None:
    black = torch.full((2, 1, 4, 4), -1.0)
    half = black.clone()
    half[1, 0, :2] = 1.0  # half of the pixels are as wrong as can be
    assert difference(black, half).tolist() == pytest.approx([0.0, 0.5**0.5])


def test_an_encoder_rebuilds_and_says_how_well() -> None:
    vae, x = make("vae", z_dim=3), torch.rand(4, 1, 16, 16) * 2 - 1
    found = encoded(vae, x)
    assert found.z.shape == (4, 3)
    torch.testing.assert_close(found.images, vae.generate(found.z))
    torch.testing.assert_close(found.errors, difference(x, found.images))
    with pytest.raises(UserError, match="family 'dcgan' has no encoder"):
        encoded(make("dcgan"), x)


def test_a_search_finds_codes_for_its_own_pictures() -> None:
    gan, shares = make("dcgan", z_dim=2), list[float]()
    x = gan.generate(gan.sample_z(2, torch.Generator().manual_seed(3)))
    found = searched(gan, x, on_progress=shares.append)
    assert found.z.shape == (2, 2)
    assert (found.errors < 0.5 * difference(x, x.flip(0))).all()  # of each its own
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_way_begins_and_ends_at_the_codes() -> None:
    vae, (a, b) = make("vae", z_dim=3), torch.randn(2, 3)
    way = between(vae, a, b, 5)
    torch.testing.assert_close(way[[0, 2, 4]], vae.generate(torch.stack([a, (a + b) / 2, b])))


def test_on_the_way_classes_are_asked_for_in_shares() -> None:
    gan, (a, b) = make("cgan", z_dim=3), torch.randn(2, 3)
    way = between(gan, a, b, 3, (2, 7))
    torch.testing.assert_close(way[:1], gan.generate(a[None], torch.tensor([2])))
    torch.testing.assert_close(way[2:], gan.generate(b[None], torch.tensor([7])))
    assert not torch.allclose(way, between(gan, a, b, 3, (2, 2)))


def test_pixels_fade() -> None:
    faded = crossfade(torch.zeros(1, 2, 2), torch.ones(1, 2, 2), 5)
    assert faded[:, 0, 0, 0].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_the_plane_runs_right_and_up() -> None:
    codes = plane_codes(3, 2.0)
    assert codes[0].tolist() == [-2.0, 2.0]  # top left
    assert codes[2].tolist() == [2.0, 2.0]
    assert codes[4].tolist() == [0.0, 0.0]
    assert codes[6].tolist() == [-2.0, -2.0]


def test_certainty_is_that_of_the_class_named() -> None:
    judge, x = make("classifier"), torch.rand(3, 1, 28, 28) * 2 - 1  # brought to the judge's size
    named, sure = certainty(judge, x)
    assert named.shape == sure.shape == (3,)
    assert ((sure >= 0.1) & (sure <= 1)).all()  # of ten classes the likeliest


def test_models_of_other_data_or_size_are_not_compared() -> None:
    small, large = make("vae"), make("dcgan", side=28)
    check_comparable([small, small], ["a", "b"], ["digits", "digits"])
    with pytest.raises(UserError, match="a and b learned different images"):
        check_comparable([small, small], ["a", "b"], ["digits", "mnist"])
    with pytest.raises(UserError, match="choose models of the same data and image size"):
        check_comparable([small, large], ["a", "b"], ["digits", "digits"])
