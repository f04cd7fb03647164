from __future__ import annotations

import pytest
import torch

from gan_core.family import Family
from gan_core.latent.directions import find_directions, ganspace, read_first_layer, sefa
from gan_core.latent.traits import TRAITS, measure
from gan_core.settings import UserError


def test_ganspace_finds_the_direction_features_depend_on() -> None:
    rng = torch.Generator().manual_seed(0)
    z, planted = torch.randn(4000, 16, generator=rng), torch.randn(2, 16, generator=rng)
    planted = torch.linalg.qr(planted.T).Q.T
    features = (z @ planted.T * torch.tensor([5.0, 2.0])) @ torch.randn(2, 40, generator=rng)
    found = ganspace(z, features, 4)
    assert len(found) == 2  # the features have no more components
    inside = (found @ planted.T).norm(dim=1)  # how much of each lies in the planted plane
    assert float(inside.min()) > 0.98


def test_sefa_is_the_closed_form() -> None:
    weight = torch.randn(40, 16, generator=torch.Generator().manual_seed(0))
    found = sefa(weight, 3)
    values = torch.linalg.eigvalsh(weight.T @ weight).flip(0)[:3]
    torch.testing.assert_close((weight @ found.T).square().sum(0), values, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found @ found.T, torch.eye(3), atol=1e-5, rtol=0)


def test_signs_do_not_depend_on_the_solver() -> None:
    weight = torch.randn(40, 16, generator=torch.Generator().manual_seed(0))
    found = sefa(weight, 3)
    assert (found.gather(1, found.abs().argmax(1, keepdim=True)) > 0).all()


def test_the_first_layer_is_read_from_any_network_that_samples(digits: Family) -> None:
    z = digits.sample_z(8, torch.Generator().manual_seed(0))
    first = read_first_layer(digits, z)
    assert first.weight.shape[1] == z.shape[1]
    assert len(first.features) == 8
    assert first.features.shape[1] == first.weight.shape[0]
    assert not any(m._forward_pre_hooks for n in digits.modules().values() for m in n.modules())


def test_directions_come_with_what_they_change_most_first(digits: Family, judge: Family) -> None:
    found = find_directions(digits, 8, judge=judge)
    influences = [direction.influence for direction in found]
    assert len(found) == 8
    assert influences == sorted(influences, reverse=True)
    assert influences[0] > 0.1
    assert any("class" in direction.label for direction in found)
    assert {direction.method for direction in found} == {"ganspace", "sefa"}
    steps = torch.stack([direction.step for direction in found])
    torch.testing.assert_close(steps.norm(dim=1), torch.ones(8), rtol=0.05, atol=0)


def test_a_direction_that_leans_pictures_is_named_so_and_points_to_the_right(digits: Family) -> None:
    leaning = [d for d in find_directions(digits, 8) if d.label.startswith("leans right")]
    assert leaning
    z = digits.sample_z(64, torch.Generator().manual_seed(9))
    with torch.no_grad():
        ends = [measure(digits.generate(z + sign * 2 * leaning[0].step)) for sign in (-1, 1)]
    assert float((ends[1] - ends[0])[:, TRAITS.index("slant")].mean()) > 3  # degrees


def test_labels_that_would_repeat_are_told_apart(digits: Family, judge: Family) -> None:
    labels = [direction.label for direction in find_directions(digits, 8, judge=judge)]
    assert any("," in label for label in labels) or len(set(labels)) == len(labels)


def test_directions_change_more_than_random_ones(digits: Family) -> None:
    best = find_directions(digits, 1)[0]
    rng = torch.Generator().manual_seed(1)
    z, random = digits.sample_z(64, rng), torch.randn(16, 1, best.step.numel(), generator=rng)
    random = random / random.norm(dim=-1, keepdim=True)
    with torch.no_grad():
        ends = [(digits.generate(z + 2 * u), digits.generate(z - 2 * u)) for u in random]
    changes = [float((high - low).square().mean((1, 2, 3)).sqrt().mean()) / 2 for high, low in ends]
    assert best.influence > 1.2 * sum(changes) / len(changes)


def test_the_same_directions_every_time_and_no_trace_in_the_random_state(digits: Family) -> None:
    before = torch.get_rng_state()
    first, second = find_directions(digits, 4), find_directions(digits, 4)
    assert torch.equal(torch.get_rng_state(), before)
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.step, other.step)


def test_what_does_not_sample_has_no_directions(judge: Family) -> None:
    with pytest.raises(UserError, match="no latent space"):
        find_directions(judge)
