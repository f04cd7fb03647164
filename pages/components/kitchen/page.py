"""The Kitchen page from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.components import services
from pages.components.kitchen import lessons, orders, sweep, twins

PARTS: dict[str, tuple[str, Callable[[Mapping[str, str]], None]]] = {
    "lessons": ("Lessons", lessons.show),
    "twins": ("Twin runs", twins.show),
    "sweep": ("Sweep", sweep.show),
}
_KEY = "kitchen_part"


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    services.wait_for_torch()
    services.launcher()
    asked = link.get("do", "")
    chosen = st.segmented_control(
        "What to do", list(PARTS), default=asked if asked in PARTS else "lessons", required=True, key=_KEY,
        format_func=lambda name: PARTS[name][0], label_visibility="collapsed",
        on_change=lambda: st.query_params.from_dict({"do": st.session_state[_KEY]}),
    )  # fmt: skip
    orders.show_problem()
    PARTS[str(chosen)][1](st.query_params.to_dict())
