"""What the Codes page shows, as its address says it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pages.components.explore import place
from pages.components.sources import Source

FEWEST_STOPS, MOST_STOPS, STOPS = 5, 11, 9
MOST_ROWS, ROWS = 6, 3
REACHES = (1.0, 2.0)
MIXED = "mixed"  # another kind in every row


@dataclass(frozen=True)
class Place:
    """Everything the page shows, but for what is drawn or uploaded.

    Attributes:
        explored: Generator, checkpoint, seed, strength of the noise (`psi`), and what to say about the link.
        reach: How far a continuous code is swept to either side.
        stops: Stops of a sweep.
        rows: Latents each code is swept on.
        kind: Value of the first categorical code while others are swept; None: another in every row.
        code: The categorical code whose kinds are compared with classes.
        image: Number of the test image that is read.
    """

    explored: place.Place
    reach: float = 1.0
    stops: int = STOPS
    rows: int = ROWS
    kind: int | None = None
    code: int = 0
    image: int = 0

    @property
    def source(self) -> Source:
        """The generator."""
        return self.explored.source

    @property
    def key(self) -> tuple[str, int | None, int]:
        """What the generator, and all that is measured on it, is cached by."""
        return self.explored.key

    @property
    def values(self) -> tuple[float, ...]:
        """The stops of a continuous code."""
        return tuple(self.reach * (2 * index / (self.stops - 1) - 1) for index in range(self.stops))


def read(link: Mapping[str, str], known: Sequence[Source]) -> Place:
    """The place a link asks for; what is not valid is passed over, or the nearest that is.

    Args:
        link: Parameters of the page's address.
        known: All generators with codes, at least one.
    """
    kind = link.get("kind", MIXED)
    return Place(
        explored=place.read(link, known),
        reach=2.0 if link.get("range") == "2" else 1.0,
        stops=_whole(link.get("stops"), STOPS, FEWEST_STOPS, MOST_STOPS),
        rows=_whole(link.get("rows"), ROWS, 1, MOST_ROWS),
        kind=None if kind == MIXED else _whole(kind, 0, 0, 99),
        code=_whole(link.get("code"), 0, 0, 3),
        image=_whole(link.get("image"), 0, 0, 999_999),
    )


def _whole(text: str | None, otherwise: int, low: int, high: int) -> int:
    try:
        value = float(text or "")
    except ValueError:
        return otherwise
    return min(max(int(value), low), high) if math.isfinite(value) else otherwise
