"""What is done with the classes: one thing at a time, drawn only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, text
from pages.components.classes import check, grid, mix, variety, write
from pages.components.classes.kinds import Kinds
from pages.components.explore import place
from pages.components.explore.place import Place

TABS: dict[str, tuple[str, Callable[[Place, Kinds], None]]] = {
    "grid": ("Grid", grid.show),
    "write": ("Write", write.show),
    "mix": ("Mix", mix.show),
    "check": ("Does the label work?", check.show),
    "variety": ("Does it vary?", variety.show),
}
_KEY = "classes_tab"


def show(where: Place, kinds: Kinds) -> None:
    """Draws the choice, and what is chosen; the address remembers it."""
    asked = st.query_params.get("tab", "")
    chosen = st.segmented_control(
        "What to do", list(TABS), default=asked if asked in TABS else "grid", required=True, key=_KEY,
        format_func=lambda name: TABS[name][0], label_visibility="collapsed",
        on_change=lambda: place.remember(tab=st.session_state[_KEY]),
    )  # fmt: skip
    _content(where, kinds, str(chosen), place.version())


@st.fragment
def _content(where: Place, kinds: Kinds, name: str, drawn_version: int) -> None:
    if place.version() != drawn_version:
        st.rerun()
    try:
        TABS[name][1](where, kinds)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
