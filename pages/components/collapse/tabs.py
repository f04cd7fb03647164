"""What is looked at: one thing at a time, for one generator or for two side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, text
from pages.components.collapse import census, course, repeats, variety
from pages.components.collapse.measure import Seen
from pages.components.explore import place

TABS: dict[str, tuple[str, Callable[[Sequence[Seen]], None]]] = {
    "made": ("What it makes", census.show),
    "variety": ("How varied", variety.show),
    "repeats": ("What repeats", repeats.show),
    "course": ("When it was lost", course.show),
}
_KEY = "collapse_tab"


def show(seen: Sequence[Seen]) -> None:
    """Draws the choice, and what is chosen; the address remembers it."""
    asked = st.query_params.get("tab", "")
    chosen = st.segmented_control(
        "What to look at", list(TABS), default=asked if asked in TABS else "made", required=True, key=_KEY,
        format_func=lambda name: TABS[name][0], label_visibility="collapsed",
        on_change=lambda: place.remember(tab=st.session_state[_KEY]),
    )  # fmt: skip
    try:
        TABS[str(chosen)][1](seen)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
    with st.expander("What was not measured, and why", icon=":material/info:"):
        for sentence in dict.fromkeys(line for each in seen for line in each.evidence.diagnosis.missing):
            st.html(f'<p class="quiet">{text.escape(sentence)}</p>')
