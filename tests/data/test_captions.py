"""The grammar of captions: known sentences, and what is written can be read again."""

import numpy as np
import pytest
import torch

from gan_core.data.captions import (
    ATTRIBUTES,
    BESIDE,
    LAYOUTS,
    MIDDLE,
    NO_THING,
    STACKED,
    TEXT,
    Meaning,
    describe,
    read,
    said,
    write_all,
)
from gan_core.data.scenes import draw_attributes, held_out
from gan_core.settings import UserError
from gan_core.text_spec import OPEN

SMALL, LARGE = 0, 1
KNOWN = [19, 20, 25, 45, 49, 53]  # held out, of the first 60 of two things one above the other
RED, GREEN, BLUE, WHITE = 0, 1, 2, 5


@pytest.mark.parametrize(
    ("sentence", "meaning"),
    [
        ("a small red three above a large blue seven", (STACKED, (SMALL, RED, 3), (LARGE, BLUE, 7))),
        ("a huge blue seven under a tiny red three", (STACKED, (SMALL, RED, 3), (LARGE, BLUE, 7))),
        ("a big white one to the left of an eight", (BESIDE, (LARGE, WHITE, 1), (OPEN, OPEN, 8))),
        ("a nine right of a red nine", (BESIDE, (OPEN, RED, 9), (OPEN, OPEN, 9))),
        ("an eight", (OPEN, (OPEN, OPEN, 8), NO_THING)),
        ("little green zero in the centre", (MIDDLE, (SMALL, GREEN, 0), NO_THING)),
        ("a two and a red two", (OPEN, (OPEN, OPEN, 2), (OPEN, RED, 2))),
        ("a large red four at the top", (LAYOUTS.index("at the top"), (LARGE, RED, 4), NO_THING)),
    ],
)
def test_sentences_say_what_they_say(sentence, meaning):
    assert read(sentence) == Meaning(*meaning)


@pytest.mark.parametrize(
    "sentence", ["red a three", "a red", "a one above", "a one two", "one above two left"]
)
def test_other_sentences_of_known_words_are_not_understood(sentence):
    with pytest.raises(UserError, match="is not where it is expected"):
        read(sentence)


@pytest.mark.parametrize("test", [False, True])
def test_what_is_written_completely_is_read_again(test):
    rows = draw_attributes(400, torch.Generator().manual_seed(1), test=test)
    for row, words in zip(rows.tolist(), write_all(rows.numpy(), 0, complete=True), strict=True):
        assert list(read(" ".join(words)).row) == row
        assert list(read(describe(row)).row) == row
        assert len(words) <= TEXT.length


def test_what_a_caption_leaves_out_stays_open_and_the_rest_is_right():
    rows = draw_attributes(400, torch.Generator().manual_seed(2), test=False)
    left_open = np.zeros(len(ATTRIBUTES), int)
    for row, words in zip(rows.tolist(), write_all(rows.numpy(), 0, complete=False), strict=True):
        found = read(" ".join(words)).row
        orders = [found, (found[0], *found[4:], *found[1:4])] if "and" in words else [found]
        assert any(all(s in (OPEN, true) for s, true in zip(order, row, strict=True)) for order in orders)
        left_open += np.array(found) == OPEN
    assert (left_open[:3] > 0).all()
    assert left_open[3] == 0  # the digit is always said


def test_what_is_said_of_a_scene_is_true_and_of_two_things_without_a_place_it_is_nothing():
    rows = draw_attributes(400, torch.Generator().manual_seed(2), test=False)
    nothing = 0
    for row, words in zip(rows.tolist(), write_all(rows.numpy(), 0, complete=False), strict=True):
        found = said(words)
        assert all(value in (OPEN, true) for value, true in zip(found, row, strict=True))
        if "and" in words:
            assert set(found) == {OPEN}
            nothing += 1
        else:
            assert found == read(" ".join(words)).row
    assert nothing > 0


def test_every_wording_is_used():
    rows = draw_attributes(3000, torch.Generator().manual_seed(3), test=False)
    words = {word for sentence in write_all(rows.numpy(), 0, complete=False) for word in sentence}
    assert set(TEXT.words) == words


def test_descriptions_of_impossible_scenes_are_still_sentences():
    assert describe((STACKED, 0, 0, 3, *NO_THING)) == "a small red three above nothing"


def test_held_out_combinations_are_the_same_ones_and_one_in_ten():
    rows = draw_attributes(2000, torch.Generator().manual_seed(0), test=False)
    assert not held_out(rows).any()
    assert held_out(draw_attributes(500, torch.Generator().manual_seed(0), test=True)).all()
    grid = torch.cartesian_prod(torch.tensor([STACKED]), *(torch.arange(k) for k in (2, 6, 10, 2, 6, 10)))
    assert 0.09 < held_out(grid).float().mean() < 0.11
    assert held_out(grid)[:60].nonzero().flatten().tolist() == KNOWN  # weights were trained without these
