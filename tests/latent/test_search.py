from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_core.data import ImageDataset, load_dataset
from gan_core.family import Family
from gan_core.images import from_uint8
from gan_core.latent.paths import latent_from_seed
from gan_core.latent.search import completed, fill_in, find
from gan_core.settings import UserError


@pytest.fixture(scope="module")
def made(digits: Family) -> Tensor:
    """Pictures the generator surely can make."""
    with torch.no_grad():
        return digits.generate(latent_from_seed(digits, 11, 3))


def test_pictures_the_generator_made_are_found(digits: Family, made: Tensor) -> None:
    with torch.no_grad():
        others = digits.generate(latent_from_seed(digits, 12, 64))
    shares = []
    for picture in made:
        nearest = (others - picture).square().mean((1, 2, 3)).min().sqrt()
        shares.append(float((find(digits, picture).image - picture).square().mean().sqrt() / nearest))
    assert sorted(shares)[1] < 0.3  # the median: a search may end in the valley of a similar picture


def test_a_search_tells_how_far_it_is_and_gives_the_latent_of_its_picture(
    digits: Family, made: Tensor
) -> None:
    fractions: list[float] = []
    found = find(digits, made[0], on_progress=fractions.append)
    torch.testing.assert_close(digits.generate(found.z[None])[0], found.image)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_real_digits_are_found_as_what_they_are(digits: Family, judge: Family) -> None:
    test = load_dataset("digits", split="test")
    assert isinstance(test, ImageDataset)
    assert test.labels is not None
    pictures = from_uint8(test.images[:10])
    found = torch.stack([find(digits, picture, judge=judge).image for picture in pictures])
    agreed = judge.class_logits(found).argmax(1) == judge.class_logits(pictures).argmax(1)
    assert int(agreed.sum()) >= 9


def test_searching_leaves_the_shared_networks_as_they_were(digits: Family, made: Tensor) -> None:
    before = {name: p.clone() for name, p in digits.modules()["generator"].state_dict().items()}
    find(digits, made[0], steps=2)
    after = digits.modules()["generator"].state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(p.grad is None and not p.requires_grad for p in digits.modules()["generator"].parameters())


@pytest.mark.parametrize("value", [-1.0, 0.3, 1.0])
def test_an_empty_picture_is_refused(digits: Family, value: float) -> None:
    with pytest.raises(UserError, match="the picture is empty"):
        find(digits, torch.full(digits.data.shape, value))


def test_a_picture_of_another_size_is_refused(digits: Family) -> None:
    with pytest.raises(UserError, match=r"shape \(1, 16, 16\).*got \(3, 20, 20\)"):
        find(digits, torch.zeros(3, 20, 20))


def test_the_missing_half_is_completed(digits: Family, made: Tensor) -> None:
    known = torch.ones(16, 16, dtype=torch.bool)
    known[6:11, 4:12] = False
    errors = []
    for picture in made:
        found = fill_in(digits, picture, known)
        whole = completed(picture, known, found.image)
        assert torch.equal(whole[:, known], picture[:, known])
        errors.append(float((whole - picture)[:, ~known].square().mean().sqrt()) / 2)
    assert sum(errors) / len(errors) < 0.1  # the picture's mean everywhere errs by 0.29


def test_what_is_painted_out_has_no_say(digits: Family, made: Tensor) -> None:
    known = torch.ones(16, 16, dtype=torch.bool)
    known[6:11, 4:12] = False
    first = fill_in(digits, made[0], known, steps=5)
    second = fill_in(digits, torch.where(known, made[0], 1.0), known, steps=5)
    assert torch.equal(first.z, second.z)


@pytest.mark.parametrize("value", [True, False])
def test_painting_out_nothing_or_everything_is_refused(digits: Family, made: Tensor, value: bool) -> None:
    with pytest.raises(UserError, match="some of it, not all"):
        fill_in(digits, made[0], torch.full((16, 16), value))


def test_a_mask_of_another_size_is_refused(digits: Family, made: Tensor) -> None:
    with pytest.raises(UserError, match="the mask must have"):
        fill_in(digits, made[0], torch.zeros(3, 3, dtype=torch.bool))


def test_what_does_not_sample_finds_nothing(judge: Family) -> None:
    with pytest.raises(UserError, match="no latent space"):
        find(judge, torch.zeros(judge.data.shape))
