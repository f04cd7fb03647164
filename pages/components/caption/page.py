"""The Say it page from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources, text
from pages.components.caption import controls, stage
from pages.components.explore import bar, place

NOTHING = (
    "No network that draws what a sentence says is here yet: train a StackGAN on the Train page, or fetch "
    "the folder `weights` of the project again."
)
HOW = (
    "A text encoder reads the sentence word by word into a row of numbers. "
    '<span class="fake">Stage I</span> turns them, and random noise, into a rough sketch: colours, sizes and '
    'places. <span class="fake">Stage II</span> looks at the sketch and reads the sentence once more, then '
    'paints the picture. Two <span class="disc">discriminators</span> taught them: a real picture beside a '
    "wrong sentence counted as a fake too, and each had to name the digits it saw."
)


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    known = sources.find(lambda cls: cls.can_illustrate)
    if not known:
        st.title("Say it", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        return
    where = place.read(link, known)
    place.remember(source=where.source.name, step=None if where.step is None else str(where.step))
    if where.notice:
        st.info(where.notice, icon=":material/link_off:")
    with st.container(key="caption_top"):
        bar.show(where, known, iter(st.columns([*bar.widths(where)[:-1], 4.0], vertical_alignment="bottom")))
    try:
        loaded = place.loaded(where)
    except UserError as error:
        _tell(error)
        return
    assert loaded.family.illustration is not None  # only families that draw sentences are offered
    words = loaded.family.illustration.text
    left, right = st.columns([3.6, 7.4], gap="large")
    with left, st.container(key="caption_given"):
        sentence = controls.sentence(link, words)
        tokens, problem = None, None
        try:
            tokens = words.encode(sentence)
        except UserError as error:
            problem = error
        controls.swaps(sentence, words, able=tokens is not None)
        controls.known_words(words)
        st.html(f'<p class="quiet">{HOW}</p>')
    with right, st.container(key="caption_stage"):
        if tokens is None:
            assert problem is not None
            _tell(problem)
        else:
            stage.show(where, loaded, tokens, link.get("was"))


def _tell(error: UserError) -> None:
    st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
