"""What lies under the pictures: one thing at a time, drawn only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, text
from pages.components.explore import memory, place, plane, search, walk
from pages.components.explore.place import Place

TABS: dict[str, tuple[str, Callable[[Place], None]]] = {
    "walk": ("Walk", walk.walk),
    "arithmetic": ("Arithmetic", walk.arithmetic),
    "map": ("Map", plane.show),
    "memory": ("Is it memorised?", memory.show),
    "find": ("Find me", search.find_me),
    "fill": ("Fill in", search.fill_in),
}
_KEY = "explore_tab"


def show(where: Place) -> None:
    """Draws the choice, and what is chosen; the address remembers it."""
    asked = st.query_params.get("tab", "")
    chosen = st.segmented_control(
        "What to do", list(TABS), default=asked if asked in TABS else "walk", required=True, key=_KEY,
        format_func=lambda name: TABS[name][0], label_visibility="collapsed",
        on_change=lambda: place.remember(tab=st.session_state[_KEY]),
    )  # fmt: skip
    _content(where, str(chosen), place.version())


@st.fragment
def _content(where: Place, name: str, drawn_version: int) -> None:
    if place.version() != drawn_version:
        st.rerun()
    try:
        TABS[name][1](where)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
