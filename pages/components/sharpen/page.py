"""The Sharpen page from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources, text
from pages.components.sharpen import below, given, stage
from pages.components.sources import Source
from pages.components.translate import place
from pages.components.translate.stage import top_bar

NOTHING = (
    "No network that enlarges pictures is here yet: train an SRGAN on the Train page, or fetch the folder "
    "`weights` of the project again."
)
HINTS = {
    "draw": "Draw something on the left: it is made small and enlarged again when you lift the pen.",
    "upload": "Choose a picture on the left: it is enlarged by plain rules and by the network.",
}


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    known = find()
    if not known:
        st.title("Sharpen", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        return
    where = place.read(link, known)
    place.remember(source=where.source.name, step=None if where.step is None else str(where.step))
    if where.notice:
        st.info(where.notice, icon=":material/link_off:")
    try:
        loaded = place.loaded(where)
    except UserError as error:
        with st.container(key="sharpen_top"):
            top_bar(where, known, None)
        _tell(error)
        return
    with st.container(key="sharpen_top"):
        top_bar(where, known, loaded)
    left, right = st.columns([3.4, 7.6], gap="large")
    with right:
        shown = st.container(key="sharpen_stage")
    found, problem = None, None
    with left, st.container(key="sharpen_given"):
        try:
            found = given.show(where, loaded)
        except UserError as error:
            problem = error
        corner = st.container()
    with shown:
        if problem is not None:
            _tell(problem)
        elif found is None:
            st.info(HINTS[where.way], icon=":material/image:")
        else:
            picture = found
            _told(lambda: stage.show(where, loaded, picture, link, corner))
    _told(lambda: below.show(where, loaded))


def find() -> list[Source]:
    """Everything that enlarges pictures; first those whose test images are on this machine."""
    return sources.here_first(sources.find(lambda cls: cls.can_enlarge))


def _told(draw: Callable[[], None]) -> None:
    try:
        draw()
    except UserError as error:
        _tell(error)


def _tell(error: UserError) -> None:
    st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
