from __future__ import annotations

import numpy as np
import pytest

from gan_core.metrics import census
from gan_core.settings import UserError


def test_only_what_is_sure_is_counted_and_a_stray_covers_nothing() -> None:
    labels = np.array([0] * 50 + [1] * 40 + [2] * 1 + [1] * 9)
    sure = np.array([True] * 91 + [False] * 9)
    found = census(labels, sure, [1, 1, 1, 1])
    assert found.counts.tolist() == [50, 40, 1, 0]
    assert found.unsure == pytest.approx(0.09)
    assert found.covered == 2  # one of a hundred is less than a tenth of a quarter
    assert found.shares.tolist() == pytest.approx([50 / 91, 40 / 91, 1 / 91, 0])


def test_a_rare_class_of_the_data_needs_only_a_tenth_of_its_own_share() -> None:
    labels = np.array([0] * 995 + [1] * 5)
    assert census(labels, np.ones(1000, bool), [0.97, 0.03]).covered == 2
    assert census(labels, np.ones(1000, bool), [0.5, 0.5]).covered == 1


def test_all_unsure_covers_nothing() -> None:
    found = census([0, 1], [False, False], [1, 1])
    assert (found.unsure, found.covered, found.shares.tolist()) == (1.0, 0, [0.0, 0.0])


@pytest.mark.parametrize(
    ("labels", "sure", "reference", "said"),
    [
        ([0, 1], [True], [1, 1], "every example needs a class and a confidence, got 2 and 1"),
        ([], [], [1, 1], "got 0 and 0"),
        ([0], [True], [0, 0], "not all 0"),
        ([3], [True], [1, 1], "labels must lie in 0"),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    labels: list[int], sure: list[bool], reference: list[int], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        census(np.array(labels, int), np.array(sure, bool), reference)
