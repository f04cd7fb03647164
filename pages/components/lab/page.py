"""The lab's page from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from pages.components import services
from pages.components.lab import controls, place, stage
from pages.components.lab.place import Place

_PLACE, _VISIT = "lab_place", "lab_visit"


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    services.wait_for_torch()
    here = _here(link)
    with st.sidebar:
        config = controls.show(here.config, st.session_state[_VISIT])
    here = replace(here, config=config)
    if here.notice:
        st.info(here.notice, icon=":material/link_off:")
    here = stage.show(here)
    st.session_state[_PLACE] = here
    _explain()


def _here(link: Mapping[str, str]) -> Place:
    """Where the visitor is: where they were, or on arrival where the link leads."""
    visit = int(st.session_state.get(_VISIT, 0))
    known = st.session_state.get(_PLACE)
    if known is not None and controls.is_here(visit):
        return known  # type: ignore[no-any-return]
    st.session_state[_VISIT] = visit + 1
    controls.arrive()
    if known is not None and not link:  # back from another page
        return replace(known, notice=None)
    return place.read(link)


def _explain() -> None:
    with st.expander("What am I looking at?", icon=":material/help:"):
        st.markdown(
            "- **G** (the generator) gets random numbers, the noise, and turns each into a point: the purple "
            "dots. It never sees the real points.\n"
            "- **D** (the discriminator) sees real points (green) and fakes and says of each how real it "
            "looks. The colours behind the dots are its answers for every place.\n"
            "- They learn in turns. D learns to tell them apart; G learns to move its fakes where D says "
            "“real”.\n"
            "- **Modes reached** counts the separate clouds at least one fake comes close to. When G sits "
            "on a few of them and leaves the others out, that is *mode collapse*.\n"
            "- **JS divergence** says how far the fakes are, as a whole, from the data: 0 if nothing "
            "differs. The **gap** says how far D is from the best possible D against these very fakes.\n"
            "- The link in the address bar leads others to the same data, settings, layers and seed. "
            "Play in a tab nobody looks at pauses by itself."
        )
