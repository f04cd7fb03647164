"""Sentences to tokens and back, what is refused, and words swapped so that a sentence becomes wrong."""

import pytest
import torch

from gan_core.settings import UserError
from gan_core.text_spec import PADDING, TextSpec

SPEC = TextSpec(
    words=("a", "red", "crimson", "blue", "one", "two"),
    length=4,
    groups=((("red", "crimson"), ("blue",)), (("one",), ("two",))),
    example="a red one",
)


def ids(*words):
    return SPEC.ids(words)


def test_a_sentence_becomes_tokens_and_comes_back_in_small_letters():
    tokens = SPEC.encode("A Crimson ONE!")
    assert tokens.tolist() == [[1, 3, 5, PADDING]]
    assert SPEC.decode(tokens[0]) == "a crimson one"


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("", "no words; write one such as"),
        (" .,! ", "no words"),
        ("a green one", "unknown: “green”; the words it knows are a, red"),
        ("green cats", "none of its words is known; the words it knows"),
        ("<b>x</b> {y} one", "unknown: “b”, “x”, “y”"),
        ("a b c d e one", "unknown: “b”, “c”, “d” and 1 more"),
        ("a a a red one", "5 words and 4 are read at most"),
        ("red " * 1250, "5,000 characters and 500 are read at most"),
        ("x" * 400, "none of its words is known"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(sentence, message):
    with pytest.raises(UserError) as caught:
        SPEC.encode(sentence)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


def test_synonyms_become_the_usual_word():
    assert SPEC.usual(ids("a", "crimson", "two")[None]).tolist() == [ids("a", "red", "two").tolist()]


def test_a_near_miss_differs_in_one_word_that_means_something_else():
    captions = torch.stack([ids("a", "crimson", "one"), ids("blue", "two"), ids("a", "red", "two")]).repeat(
        50, 1
    )
    wrong = SPEC.near_misses(captions, torch.Generator().manual_seed(0))
    assert ((wrong != captions).sum(dim=1) == 1).all()
    assert ((SPEC.usual(wrong) != SPEC.usual(captions)).sum(dim=1) == 1).all()
    group = {word: k for k, g in enumerate(SPEC.groups) for meaning in g for word in meaning}
    for before, after in zip(captions.tolist(), wrong.tolist(), strict=True):
        (changed,) = [
            (SPEC.words[b - 1], SPEC.words[a - 1]) for b, a in zip(before, after, strict=True) if a != b
        ]
        assert group[changed[0]] == group[changed[1]]
    places = (wrong != captions).int().argmax(dim=1).view(-1, 3)
    assert {(int(row), int(place)) for row, place in enumerate(places[:, 0].unique())} == {(0, 1), (1, 2)}


def test_a_sentence_without_such_words_has_no_near_miss():
    captions = ids("a", "a")[None]
    assert torch.equal(SPEC.near_misses(captions, torch.Generator()), captions)


def test_alternatives_are_the_usual_words_of_a_group():
    assert SPEC.alternatives("crimson") == ("red", "blue")
    assert SPEC.alternatives("a") == ()
