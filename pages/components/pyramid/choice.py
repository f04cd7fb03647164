"""What the Pyramid page's address says of the levels: their seeds, which are kept, which all rows share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pages.components.explore import place
from pages.components.explore.place import LARGEST_SEED, Place

FEWEST, MOST, USUAL = 1, 6, 3  # rows


@dataclass(frozen=True)
class Choice:
    """How the page draws.

    Attributes:
        seeds: Of each level's noise, the coarsest first.
        frozen: Levels, from 0, whose noise stays when all others get new noise.
        same: Levels whose noise is the same in all rows.
        rows: Pictures.
    """

    seeds: tuple[int, ...]
    frozen: frozenset[int] = frozenset()
    same: frozenset[int] = frozenset()
    rows: int = USUAL


def read(link: Mapping[str, str], where: Place, levels: int) -> Choice:
    """The choice of a link; a level of which it says nothing has the page's seed.

    Args:
        link: Parameters of the page's address.
        where: The place.
        levels: Of the generator.
    """
    given = link.get("noise", "").split(",")[:levels]
    seeds = [_whole(written, where.seed) for written in given]
    rows = _whole(link.get("rows", ""), USUAL)
    return Choice(
        (*seeds, *[where.seed] * (levels - len(seeds))),
        _numbers(link.get("keep", ""), levels), _numbers(link.get("same", ""), levels),
        min(max(rows, FEWEST), MOST),
    )  # fmt: skip


def _whole(written: str, otherwise: int) -> int:
    is_number = written.isascii() and written.isdigit()
    return min(int(written[:9]), LARGEST_SEED) if is_number else otherwise


def _numbers(written: str, levels: int) -> frozenset[int]:
    """Levels from "1,3", from 0; what is no level is passed over."""
    asked = {_whole(part, 0) - 1 for part in written.split(",")[:levels]}
    return frozenset(asked & set(range(levels)))


def to_seed(now: Choice, seed: int) -> None:
    """All levels that are not kept get the noise of a seed."""
    seeds = [old if number in now.frozen else seed for number, old in enumerate(now.seeds)]
    _go(replace(now, seeds=tuple(seeds)), seed)


def renew(now: Choice, level: int, seed: int, page_seed: int) -> None:
    """One level gets the noise of a seed, all others keep theirs."""
    seeds = [seed if number == level else old for number, old in enumerate(now.seeds)]
    _go(replace(now, seeds=tuple(seeds)), page_seed)


def _go(now: Choice, seed: int) -> None:
    same = all(each == seed for each in now.seeds)
    place.go(seed=str(seed), noise=None if same else ",".join(map(str, now.seeds)), z=None)


def remember(name: str, levels: Sequence[int]) -> None:
    """Puts the levels that are kept, or shared by all rows, into the address."""
    place.remember(**{name: ",".join(str(level + 1) for level in sorted(levels))})
