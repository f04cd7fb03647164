"""How slow steps tell a page or a terminal where they are."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]  # what is going on, and the fraction done from 0 to 1


def silent(text: str, fraction: float) -> None:
    """The progress callback for callers that show none."""
