"""The Explore page from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources, text
from pages.components.explore import place, stage, tabs, tools

NOTHING = (
    "No generator of images is here yet: train a DCGAN on the Train page, or fetch the folder `weights` "
    "of the project again."
)


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    known = sources.find()
    if not known:
        st.title("Explore", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link("pages/train.py", label="Train a GAN", icon=":material/play_circle:")
        return
    where = place.read(link, known)
    step = None if where.step is None else str(where.step)
    place.remember(
        source=where.source.name, step=step
    )  # a link must not depend on what else is here tomorrow
    tools.show_problem()
    if where.notice:
        st.info(where.notice, icon=":material/link_off:")
    try:
        loaded = place.loaded(where)
    except UserError as error:
        with st.container(key="explore_top"):
            stage.top_bar(where, known, None)
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
        return
    with st.container(key="explore_top"):
        stage.top_bar(where, known, loaded)
    with st.container(key="explore_stage"):
        stage.show(where, place.version())
    tabs.show(where)
