"""The guide's cards are read off the families themselves; every family fills one."""

from __future__ import annotations

import pytest
import torch

from gan_core.evaluation.describing import describe, tree
from gan_core.families import FAMILIES
from gan_core.settings import UserError


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_loss_of_every_family_has_a_formula(name):
    card = describe(name)
    assert card.phases
    for phase in card.phases:
        assert phase.losses, phase.name
        assert phase.trains
        assert not [loss.name for loss in phase.losses if loss.formula is None]
    assert all(count > 0 for count in card.parameters.values())


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_says_how_it_fails_and_where_it_comes_from(name):
    guide = FAMILIES[name].guide
    assert guide.ancestor is None or guide.ancestor in FAMILIES
    assert guide.step
    assert len(guide.pitfalls) >= 2
    assert all(pitfall.endswith(".") for pitfall in guide.pitfalls)


@pytest.mark.parametrize(
    ("name", "phase"),
    [("mlp", "discriminator"), ("dcgan", "discriminator"), ("stackgan", "stage2/discriminator")],
)
def test_a_penalty_that_is_computed_now_and_then_is_seen(name, phase):
    card = next(each for each in describe(name).phases if each.name == phase)
    assert "r1" in [loss.name for loss in card.losses]


def test_the_tree_has_no_circles():
    parents = {child: parent for parent, child in tree()}
    for name in parents:
        seen, at = set(), name
        while at is not None:
            assert at not in seen
            seen.add(at)
            at = parents[at]


def test_departures_are_the_docstrings_own():
    assert describe("rgan").departures.startswith("the least-squares loss")
    assert describe("classifier").arxiv is None
    with pytest.raises(UserError, match="unknown family"):
        describe("nothing")
