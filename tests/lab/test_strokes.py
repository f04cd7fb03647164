from __future__ import annotations

import base64
import itertools
import math
import zlib

import pytest

from gan_core.lab import strokes
from gan_core.settings import UserError


def wave(n: int) -> list[tuple[float, float]]:
    return [(3 * i / n - 1.5, math.sin(20 * i / n)) for i in range(n)]


def test_a_link_carries_a_drawing_unchanged() -> None:
    fitted = strokes.fitted(wave(300))
    text = strokes.to_text(fitted)
    assert strokes.from_text(text) == fitted
    assert len(text) < 500
    assert max(math.dist(a, b) for a, b in zip(strokes.fitted(wave(50)), wave(50), strict=True)) < 0.01


def test_a_hundred_thousand_points_are_thinned_evenly() -> None:
    kept = strokes.fitted(wave(100_000))
    assert len(kept) == strokes.MOST
    assert (kept[0][0], kept[-1][0]) == (-1.5, 1.5)
    assert max(b[0] - a[0] for a, b in itertools.pairwise(kept)) < 0.05
    assert len(strokes.to_text(kept)) < 1_500


@pytest.mark.parametrize(
    ("points", "words"),
    [([], "empty"), ([(0.1, 0.2)], "single point"), ([(0.1, 0.2)] * 50, "single point"),
     ([(0.0, 0.0), (float("nan"), 1.0)], "two numbers"), ([(0.0, 0.0), (9.0, 1.0)], "two numbers")],
)  # fmt: skip
def test_what_is_no_drawing_is_refused_in_a_sentence(points: list[tuple[float, float]], words: str) -> None:
    with pytest.raises(UserError, match=words):
        strokes.fitted(points)


def bomb() -> str:
    return base64.urlsafe_b64encode(zlib.compress(bytes(3_000_000), 9)).decode()


@pytest.mark.parametrize("text", ["nonsense", "%%%", "AAAA", "", "x" * 10_000, bomb(), "é"])
def test_a_text_that_is_no_drawing_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        strokes.from_text(text)
