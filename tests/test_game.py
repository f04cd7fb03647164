"""Rounds of the game: fair, the same for everybody, judged by the D of the same networks."""

from __future__ import annotations

import pytest
import torch

from gan_core import weights
from gan_core.building import images_for
from gan_core.evaluation.game import FEWEST_OF_A_KIND, PICTURES, deal
from gan_core.images import to_uint8
from gan_core.settings import UserError
from pages.components.game.tally import Score, Tally, as_csv


@pytest.fixture(scope="module")
def pair():
    torch.set_num_threads(1)
    family = weights.load("dcgan-digits").family
    return family, images_for(family, "digits", "test")


def test_a_seed_deals_the_same_to_everybody_and_another_seed_others(pair):
    first, again, other = deal(*pair, seed=3), deal(*pair, seed=3), deal(*pair, seed=4)
    assert (first.pictures == again.pictures).all()
    assert (first.is_real == again.is_real).all()
    assert not (first.pictures == other.pictures).all()


def test_real_pictures_are_unseen_ones_and_neither_kind_is_rare(pair):
    family, unseen = pair
    known = {picture.tobytes() for picture in to_uint8(unseen.batch(torch.arange(len(unseen))).real)}
    shares = []
    for seed in range(40):
        dealt = deal(family, unseen, seed)
        assert len(dealt.pictures) == PICTURES
        for picture, is_real in zip(dealt.pictures, dealt.is_real, strict=True):
            assert (picture.tobytes() in known) == is_real
        shares.append(int(dealt.is_real.sum()))
    assert min(shares) >= FEWEST_OF_A_KIND
    assert max(shares) <= PICTURES - FEWEST_OF_A_KIND
    assert len(set(shares)) > 2


def test_the_score_under_a_picture_is_ds_answer_to_it(pair):
    family, unseen = pair
    dealt = deal(family, unseen, seed=1)
    x = torch.from_numpy(dealt.pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        again = family.discriminator_scores(x).numpy()
    assert abs(again - dealt.scores).max() < 0.02  # the pictures are rounded to 256 levels
    assert dealt.right(dealt.is_real) == PICTURES
    assert dealt.right(~dealt.is_real) == 0


def test_a_family_without_a_pair_and_too_few_images_are_refused(pair):
    family, unseen = pair
    with pytest.raises(UserError, match="no pair of networks"):
        deal(weights.load("classifier-digits").family, unseen, 0)
    with pytest.raises(UserError, match="needs 10 real images"):
        deal(family, unseen.subset(torch.arange(4)), 0)


def test_a_conditional_d_is_told_the_class():
    family = weights.load("cgan-digits").family
    dealt = deal(family, images_for(family, "digits", "test"), seed=0)
    assert ((dealt.scores >= 0) & (dealt.scores <= 1)).all()


def test_a_player_counts_once_for_each_round_and_players_of_one_name_apart():
    board = Tally()
    board.add("tab 1", Score("Ada", 0, 6, 5, 10))
    board.add("tab 1", Score("Ada", 0, 10, 5, 10))
    board.add("tab 2", Score("Ada", 0, 7, 5, 10))
    assert [score.right for score in board.scores()] == [6, 7]
    board.clear()
    assert board.scores() == []


def test_the_table_holds_no_formulas():
    assert as_csv([Score("=1+1", 2, 6, 5, 10)]).decode().splitlines() == [
        "player,round,right,d_right,of", "'=1+1,2,6,5,10",
    ]  # fmt: skip
