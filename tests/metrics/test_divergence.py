from __future__ import annotations

import math

import numpy as np
import pytest

from gan_core.metrics import jensen_shannon
from gan_core.settings import UserError


def test_known_values() -> None:
    assert jensen_shannon([0.2, 0.8], [0.2, 0.8]) == 0.0
    assert jensen_shannon([[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.5, 0.5]]) == pytest.approx(math.log(2))
    # half of the mass is shared: each side is half (1/2 ln 4/3 ... ) of the two-point case, by hand
    by_hand = 0.5 * (math.log(1 / 0.75)) + 0.5 * (0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(2))
    assert jensen_shannon([1.0, 0.0], [0.5, 0.5]) == pytest.approx(by_hand)


def test_it_is_symmetric_and_within_its_bounds() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        p, q = rng.dirichlet(np.full(40, 0.05), 2)
        value = jensen_shannon(p, q)
        assert 0 <= value <= math.log(2)
        assert value == pytest.approx(jensen_shannon(q, p))


@pytest.mark.parametrize(
    ("p", "q", "said"),
    [
        ([0.5, 0.4], [0.5, 0.5], "add up to 1, got a total of 0.9"),
        ([1.5, -0.5], [0.5, 0.5], "at least 0"),
        ([1.0], [0.5, 0.5], "same cells"),
        ([math.nan, 1.0], [0.5, 0.5], "add up to 1"),
    ],
)
def test_what_is_no_law_is_refused(p: list[float], q: list[float], said: str) -> None:
    with pytest.raises(UserError, match=said):
        jensen_shannon(p, q)
