"""From what a person types to kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST = 24  # characters, or names, of one line
_SEPARATOR = re.compile(r"[,;]\s*|\s{2,}")


@dataclass(frozen=True)
class Spelling:
    """What is written.

    Attributes:
        kinds: Kind of each place in the line; None: an empty place.
        unknown: What cannot be written, each once.
    """

    kinds: tuple[int | None, ...]
    unknown: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be seen."""
        return all(kind is None for kind in self.kinds)


def one_letter_each(names: Sequence[str]) -> bool:
    """Whether a line is typed character by character; else as names with commas between them."""
    return all(len(name) == 1 for name in names)


def spell(written: str, kind_of: Mapping[str, int], *, letters: bool) -> Spelling:
    """Finds a kind for everything that is typed; capital and small letters count as the same if they must.

    Args:
        written: What was typed.
        kind_of: Kind for each name that has one.
        letters: Whether every character stands for itself; a space is then an empty place.
    """
    small = {name.casefold(): kind for name, kind in kind_of.items()}
    parts = list(written.strip()) if letters else [p for p in _SEPARATOR.split(written.strip()) if p]
    kinds: list[int | None] = []
    unknown: dict[str, None] = {}
    for part in parts[:MOST]:
        kind = kind_of.get(part, small.get(part.casefold()))
        if kind is not None:
            kinds.append(kind)
        elif letters and part.isspace():
            kinds.append(None)
        else:
            unknown[part] = None
    return Spelling(tuple(kinds), tuple(unknown))


def first_line(kind_of: Mapping[str, int], *, letters: bool) -> str:
    """Something that can be written, to begin with."""
    for line in ("2026", "GAN"):
        if letters and all(letter in kind_of for letter in line):
            return line
    return ("" if letters else ", ").join(list(kind_of)[:4])
