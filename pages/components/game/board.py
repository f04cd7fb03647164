"""The pictures of a round, with what is said of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.images import png
from pages.components.colours import FAKE, REAL
from pages.components.pictures import data_url, enlarged

if TYPE_CHECKING:
    from gan_core.evaluation.game import Round

COLUMNS = 5
REAL_WORD, FAKE_WORD = "Real", "Fake"


def show(dealt: Round, round_key: str, answers: Sequence[str | None], *, is_over: bool) -> None:
    """Draws the pictures in rows; under each the choice or, after the round, the truth.

    Args:
        dealt: The round.
        round_key: Begins the keys of its widgets.
        answers: What was said of each picture so far.
        is_over: Whether the truth may be shown.
    """
    for start in range(0, len(dealt.pictures), COLUMNS):
        for index, column in enumerate(st.columns(COLUMNS), start):
            with column:
                _picture(dealt, index)
                if is_over:
                    _truth(dealt, index, answers[index])
                else:
                    st.segmented_control(
                        f"Picture {index + 1}", [REAL_WORD, FAKE_WORD], key=f"{round_key}:{index}",
                        label_visibility="collapsed", width="stretch",
                    )  # fmt: skip


def _picture(dealt: Round, index: int) -> None:
    tile = enlarged(dealt.pictures[index : index + 1])[0]
    st.image(data_url(png(tile)), width="stretch", alt=f"Picture {index + 1}: real or fake?")


def _truth(dealt: Round, index: int, answer: str | None) -> None:
    is_real = bool(dealt.is_real[index])
    word, colour = (REAL_WORD, REAL) if is_real else (FAKE_WORD, FAKE)
    is_right = (answer == REAL_WORD) == is_real
    mark, sign = ("right", "✓") if is_right else ("wrong", "✗")
    st.html(
        f'<p class="truth {mark}"><b style="color:{colour}">{word}</b> {sign} you: {mark}<br>'
        f"D said {dealt.scores[index]:.2f}</p>"
    )
