"""Style sheets and scripts of the pages, as files that editors and browsers know."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def asset(name: str) -> str:
    """Text of a file of this folder."""
    return (FOLDER / name).read_text(encoding="utf-8")
