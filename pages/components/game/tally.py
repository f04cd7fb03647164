"""What a whole class has answered on this server, safe to share between all its visitors."""

from __future__ import annotations

import csv
import io
import threading
from dataclasses import dataclass, field

import streamlit as st


@dataclass(frozen=True)
class Score:
    """One round of one player.

    Attributes:
        player: Name the player gave, or a number.
        seed: Of the round.
        right: Pictures the player judged rightly.
        d_right: Pictures D judged rightly, of the same ones.
        of: Pictures.
    """

    player: str
    seed: int
    right: int
    d_right: int
    of: int


@dataclass
class Tally:
    """The rounds played against one generator; a player counts once for each seed."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _scores: dict[tuple[str, int], Score] = field(default_factory=dict)

    def add(self, viewer: str, score: Score) -> None:
        """Counts a round, unless this visitor has played it before: answers are known then.

        Args:
            viewer: Tells the visitor from others of the same name.
            score: The round.
        """
        with self._lock:
            self._scores.setdefault((viewer, score.seed), score)

    def scores(self) -> list[Score]:
        """All rounds, in the order in which they were played."""
        with self._lock:
            return list(self._scores.values())

    def clear(self) -> None:
        """Forgets everything, for the next class."""
        with self._lock:
            self._scores.clear()


def as_csv(scores: list[Score]) -> bytes:
    """The rounds as a table for a spreadsheet."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["player", "round", "right", "d_right", "of"])
    # A spreadsheet would take a name that begins like a formula for one.
    table.writerows([_harmless(s.player), s.seed, s.right, s.d_right, s.of] for s in scores)
    return text.getvalue().encode()


def _harmless(name: str) -> str:
    return f"'{name}" if name[:1] in "=+-@\t\r" else name


@st.cache_resource(show_spinner=False, max_entries=64)
def tally(name: str, step: int | None) -> Tally:
    """The class's tally for one generator.

    Args:
        name: Name of the weights, or a run's id.
        step: Of a run, the checkpoint.
    """
    del name, step
    return Tally()
