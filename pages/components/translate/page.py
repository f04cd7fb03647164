"""The Translate page from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources, text
from pages.components.sources import Source
from pages.components.translate import given, place, stage

if TYPE_CHECKING:
    from gan_core.family import Family

NOTHING = (
    "No network that turns images into images is here yet: train a pix2pix on the Train page, or fetch the "
    "folder `weights` of the project again."
)
HINTS = {
    "draw": "Draw something on the left: the network turns it into a picture when you lift the pen.",
    "upload": "Choose a picture on the left: the network makes its own of what it is given of it.",
}
HOW = (
    'A <span class="fake">generator</span> has learned from pairs: a real image, and what a fixed rule makes '
    'of it. A <span class="disc">discriminator</span> saw both together and judged them patch by patch; '
    "another term pulled every pixel towards the real image. What the given picture leaves open, the noise "
    "decides."
)


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    known = find()
    if not known:
        st.title("Translate", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        return
    where = place.read(link, known)
    step = None if where.step is None else str(where.step)
    place.remember(
        source=where.source.name, step=step
    )  # a link must not depend on what else is here tomorrow
    if where.notice:
        st.info(where.notice, icon=":material/link_off:")
    try:
        loaded = place.loaded(where)
    except UserError as error:
        with st.container(key="translate_top"):
            stage.top_bar(where, known, None)
        _tell(error)
        return
    with st.container(key="translate_top"):
        stage.top_bar(where, known, loaded)
    left, right = st.columns([3.4, 7.6], gap="large")
    with right:
        shown = st.container(key="translate_stage")
    with left, st.container(key="translate_given"):
        found, problem = None, None
        try:
            found = given.show(where, loaded)
        except UserError as error:
            problem = error
        st.html(f'<p class="quiet">{HOW}</p>')
    with shown:
        if problem is not None:
            _tell(problem)
        elif found is None:
            st.info(HINTS[where.way], icon=":material/draw:")
        else:
            stage.show(where, loaded, found)


def find() -> list[Source]:
    """Everything that turns images into others; first those whose test images are on this machine."""
    return sources.here_first(sources.find(_suits))


def _suits(cls: type[Family]) -> bool:
    """Whether no other page is made for what the family does."""
    return cls.can_translate and not (cls.can_enlarge or cls.can_translate_back)


def _tell(error: UserError) -> None:
    st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
