"""Who watches a run: one viewer presents it and sees every change, the others follow at a slower pace.

Every look of a viewer takes processor time from the training on the same machine. In a class one screen is
projected; what the others see of it may be a second or two older.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable

import streamlit as st

ABSENT_S = 7.0  # without a look, after which a viewer has left; followers look every two seconds
_VIEWER = "viewer"


class Audience:
    """The viewers of every run, in the order in which they came; safe to share between threads.

    Args:
        now: Clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._lock = now, threading.Lock()
        self._seen: dict[str, dict[str, float]] = {}  # run -> viewer -> time of the last look

    def looks(self, run_id: str, viewer: str) -> bool:
        """Notes that a viewer looks at a run, and tells whether it is the one who presents."""
        with self._lock:
            now = self._now()
            present = {
                v: t for v, t in self._seen.get(run_id, {}).items() if now - t <= ABSENT_S or v == viewer
            }
            present[viewer] = now
            self._seen[run_id] = present
            return next(iter(present)) == viewer

    def takes_over(self, run_id: str, viewer: str) -> None:
        """Makes a viewer the one who presents: whoever controls a run should see at once what that does."""
        with self._lock:
            others = {v: t for v, t in self._seen.get(run_id, {}).items() if v != viewer}
            self._seen[run_id] = {viewer: self._now()} | others


@st.cache_resource(show_spinner=False)
def audience() -> Audience:
    """The audience of this process."""
    return Audience()


def viewer() -> str:
    """Tells this browser tab from the others."""
    return str(st.session_state.setdefault(_VIEWER, secrets.token_hex(8)))


def presents(run_id: str) -> bool:
    """Whether this viewer, who looks at a run just now, is the one who presents it."""
    return audience().looks(run_id, viewer())


def take_over(run_id: str) -> None:
    """Makes this viewer the one who presents a run."""
    audience().takes_over(run_id, viewer())
