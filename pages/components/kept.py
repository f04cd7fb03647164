"""What takes seconds: made once for all viewers, with a bar that says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import streamlit as st

if TYPE_CHECKING:
    from gan_core.data.progress import Progress

T = TypeVar("T")

_KEPT = 96


@st.cache_resource(show_spinner=False)
def _kept() -> dict[Hashable, Any]:
    return {}


def once(key: Hashable, make: Callable[[Progress], T]) -> T:
    """What `make` returns, made once for each key while it is remembered; a bar tells how far it is.

    Args:
        key: Everything that the result depends on.
        make: Makes it; told where to report.

    Raises:
        UserError: What `make` raises; nothing is remembered then.
    """
    kept = _kept()
    if key not in kept:
        bar = st.progress(0.0, "Starting")
        try:
            made = make(lambda words, share: _tell(bar, words, share))
        finally:
            bar.empty()
        while len(kept) >= _KEPT:
            kept.pop(next(iter(kept)), None)
        kept[key] = made
    return cast(T, kept[key])


def is_kept(key: Hashable) -> bool:
    """Whether `once` would answer at once."""
    return key in _kept()


def _tell(bar: Any, words: str, share: float) -> None:
    bar.progress(min(max(share, 0.0), 1.0), words)
