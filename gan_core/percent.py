"""Shares as people read them."""

from __future__ import annotations

import math


def percent(share: float, decimals: int = 0) -> str:
    """A share in per cent, e.g. "69 %" or "69.4 %", with a space that does not break.

    Args:
        share: 0 to 1, where 1 is everything; "–" stands for what is no number.
        decimals: Digits after the point.
    """
    return "–" if math.isnan(share) else f"{100 * share:.{decimals}f}\u00a0%"
