"""Shares in words."""

from __future__ import annotations

import math

import pytest

from gan_core.percent import percent


@pytest.mark.parametrize(
    ("share", "decimals", "said"),
    [
        (0.694, 0, "69\u00a0%"),
        (0.694, 1, "69.4\u00a0%"),
        (0, 0, "0\u00a0%"),
        (1, 1, "100.0\u00a0%"),
        (math.nan, 1, "–"),
    ],
)
def test_a_share_is_told_in_per_cent(share: float, decimals: int, said: str) -> None:
    assert percent(share, decimals) == said
