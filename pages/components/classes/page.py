"""The Classes page from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, text
from pages.components.classes import kinds, known, tabs
from pages.components.explore import bar, place
from pages.components.explore.place import Place
from pages.components.sources import Source

NOTHING = (
    "No generator that can be asked for a class is here yet: it needs a conditional GAN, which is told the "
    "label of every image while it learns. One on the small digits takes about three minutes to train."
)
_TRAIN = {"new": "", "family": "cgan", "data": "digits", "preset": "default"}


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    everything, able = known.find()
    if not able:
        st.title("Classes", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link(
            "pages/train.py", label="Train a conditional GAN", icon=":material/play_circle:",
            query_params=_TRAIN,
        )  # fmt: skip
        return
    where = _read(link, everything, able)
    step = None if where.step is None else str(where.step)
    place.remember(
        source=where.source.name, step=step
    )  # a link must not depend on what else is here tomorrow
    if where.notice:
        st.info(where.notice, icon=":material/link_off:")
    with st.container(key="classes_top"):
        columns = iter(st.columns(bar.widths(where), vertical_alignment="bottom"))
        bar.show(where, able, columns)
        bar.truncation(where, next(columns))
    try:
        found = kinds.kinds_of(where, place.loaded(where))
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
        return
    if found.problem:
        st.warning(actions.sentence(text.escape_markdown(found.problem)), icon=":material/info:")
    tabs.show(where, found)


def _read(link: Mapping[str, str], everything: Sequence[Source], able: Sequence[Source]) -> Place:
    """The place of a link; a generator without kinds gives way to one that has some, and a notice says so."""
    where = place.read(link, able)
    others = {source.name: source.title for source in everything}
    wanted = link.get("source", "")
    if wanted in others and where.source.name != wanted:
        title = text.escape_markdown(others[wanted])
        notice = (
            f"{title} learned without classes, so it cannot be asked for one: open it on the Explore page; "
            "here another generator is shown."
        )
        return replace(where, notice=notice)
    return where
