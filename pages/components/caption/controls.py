"""Left side of the Say it page: the sentence, a word swapped for another, and the words that are known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import text
from pages.components.explore import place

if TYPE_CHECKING:
    from gan_core.text_spec import TextSpec

_PER_ROW = 3
_MOST_SWAPS = 9


def sentence(link: Mapping[str, str], words: TextSpec) -> str:
    """The field the sentence is typed into; returns what stands in it."""
    now = link.get("say", words.example)
    key = f"caption_say:{place.version()}"
    st.text_input(
        "Sentence", now, key=key, on_change=lambda: say(st.session_state[key], was=now),
        help="One or two digits, each with its size and colour, and where they stand. Press Enter to draw.",
    )  # fmt: skip
    return now


def say(wanted: str, was: str | None) -> None:
    """Puts a sentence into the address, and the one before it beside it."""
    # An empty sentence must stay in the address too, or the example would come back unasked.
    place.go(say=wanted or " ", was=was)


def swaps(now: str, words: TextSpec, *, able: bool) -> None:
    """A choice for every word that can be swapped: the noise stays, so only what the word says changes.

    Args:
        now: The sentence.
        words: The vocabulary.
        able: Whether the sentence can be drawn.
    """
    spoken = words.split(now) if able else []
    places = [k for k, word in enumerate(spoken) if words.alternatives(word)][:_MOST_SWAPS]
    if not places:
        return
    st.html('<div class="heading">Change one word, keep the noise</div>')
    for start in range(0, len(places), _PER_ROW):  # row by row, so that the keyboard follows the sentence
        for column, k in zip(st.columns(_PER_ROW), places[start : start + _PER_ROW], strict=False):
            with column:
                _swap(spoken, k, words, now)


def _swap(spoken: list[str], k: int, words: TextSpec, now: str) -> None:
    """The choice for word number `k`."""
    word = spoken[k]
    options = list(words.alternatives(word))
    if word not in options:  # a synonym stands in the place of the usual word
        usual = words.decode(words.usual(words.ids([word])[None])[0])
        options[options.index(usual)] = word
    key = f"caption_swap:{k}:{place.version()}"

    def change() -> None:
        say(" ".join([*spoken[:k], st.session_state[key], *spoken[k + 1 :]]), was=now)

    st.selectbox(
        f"Word {k + 1}", options, options.index(word), key=key, on_change=change,
        help=f"Swap “{word}” for another word; everything else stays as it is.",
    )  # fmt: skip


def known_words(words: TextSpec) -> None:
    """What may be said."""
    with st.expander("Words it knows", icon=":material/menu_book:"):
        for group in words.groups:
            st.markdown(" · ".join(text.escape_markdown(" / ".join(meaning)) for meaning in group))
        grouped = {word for group in words.groups for meaning in group for word in meaning}
        rest = ", ".join(word for word in words.words if word not in grouped)
        st.markdown(f"and {text.escape_markdown(rest)}.")
        st.caption(
            "A sentence names one digit and its place, or two digits and how they stand. Size, colour and "
            "place may be left out; then the noise decides."
        )
        st.button(
            "Back to the example", on_click=partial(say, words.example, None), key="caption_example",
            icon=":material/undo:", help=f"Puts back “{words.example}”.",
        )  # fmt: skip
