from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gan_core.evaluation.kinds import Kinds
from gan_core.evaluation.traversals import STOPS, CodeEffect, TraitEffect
from gan_core.latent.traits import TRAITS
from gan_core.metrics import match_codes
from pages.components.codes import words


def effect(**changes: tuple[float, float]) -> CodeEffect:
    """A code with the change, and the change in deviations, of some traits."""
    found = []
    for trait in TRAITS:
        change, relative = changes.get(trait, (0.0, 0.0))
        curve = tuple(change * stop / 2 for stop in STOPS)
        found.append(TraitEffect(trait, curve, (0.0, 0.0), change, relative, 0.9, 0.77))
    return CodeEffect(1, tuple(found), 500)


def kinds(counts: list[list[int]]) -> Kinds:
    table = np.array(counts)
    accuracy, class_of_kind = match_codes(table)
    return Kinds(torch.zeros(0), torch.zeros(0), table, class_of_kind, accuracy)


def test_kinds_have_letters() -> None:
    assert [words.letter(kind) for kind in (0, 25, 26, 27, 52, 99)] == ["A", "Z", "AA", "AB", "BA", "CV"]


def test_a_code_is_named_by_what_it_changes_most() -> None:
    leans = effect(slant=(-38.2, -2.5), width=(0.4, 0.7))
    assert words.headline(leans) == "Code 2: slant, 38 degrees from end to end"
    said = words.details(leans, real=True)
    assert "2.5 standard deviations of real images" in said
    assert "77\u00a0% of 500" in said
    assert "It also changes width (0.4 pixels)" in said
    assert words.headline(effect(brightness=(0.2, 1.0))).startswith(
        "Code 2: brightness, 20\u00a0% of the range"
    )


def test_a_code_that_moves_nothing_much_is_not_named() -> None:
    assert words.headline(effect(slant=(2.0, 0.2))) == "Code 2: nothing clear"
    assert "may change the shape" in words.details(effect(), real=False)


def test_a_kind_carries_its_class_where_it_fits() -> None:
    found = kinds([[5, 1], [0, 0], [1, 7]])
    assert words.kind_label(0, found, ("4", "Ankle boot")) == "A: 4"
    assert words.kind_label(1, found, ("4", "9")) == "B"
    assert words.kind_label(2, found, ("4", "Ankle boot")) == "C"
    assert words.kind_label(2, found, ("4", "き")) == "C"
    assert words.kind_label(2, None, ()) == "C"


def test_shared_and_lonely_classes_are_told() -> None:
    assert words.sharing(kinds([[9, 0], [0, 9]]), ("4", "9")) == ["Every kind has a class of its own."]
    said = words.sharing(kinds([[9, 3, 0], [8, 1, 0], [0, 0, 0], [0, 0, 5]]), ("4", "9", "1"))
    assert said == [
        "Kinds A and B share 4.",
        "No kind collects mostly 9: 75\u00a0% of it goes to kind A.",
        "No test image is read as kind C.",
    ]


def test_the_verdict_stands_beside_the_papers_figure() -> None:
    found = kinds([[9, 1], [0, 10]])
    said = words.verdict(found, "mnist", 20)
    assert "95.0\u00a0% of 20 test images" in said
    assert "error of 5.0\u00a0%" in said
    assert "other data" not in said
    assert "other data" in words.verdict(found, "digits", 20)


@pytest.mark.parametrize(
    ("value", "meaning"), [(0.05, "cannot"), (1.2, "not always"), (2.28, "nearly every")]
)
def test_information_about_kinds_in_words(value: float, meaning: str) -> None:
    assert meaning in words.categorical(value, math.log(10))


def test_information_about_numbers_is_told_as_an_error() -> None:
    def told(sigma: float, codes: int = 1) -> float:  # of a Gaussian of that deviation, uniform on [-1, 1]
        return codes * (math.log(2) - 0.5 * math.log(2 * math.pi * math.e * sigma**2))

    assert "±0.12" in words.continuous(told(0.12), 1)
    assert "±0.30" in words.continuous(told(0.30, 2), 2)
    assert "guessing" in words.continuous(told(0.6), 1)
