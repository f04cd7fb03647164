"""The page "Be the discriminator" from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from gan_core.percent import percent
from gan_core.settings import UserError
from pages.components import actions, audience, sources, text
from pages.components.explore import bar, place
from pages.components.explore.place import Place
from pages.components.game import board
from pages.components.game.tally import Score, Tally, as_csv, tally

if TYPE_CHECKING:
    from gan_core.evaluation.game import Round
    from gan_core.family import Family

NOTHING = (
    "No GAN to play against is here yet: train one on the Train page, or fetch the folder `weights` of the "
    "project again."
)
CLASS_REFRESH_S = 2.0
LONGEST_NAME = 24


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    known = sources.here_first(sources.find(_plays))
    if not known:
        st.title("Be the discriminator", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link("pages/train.py", label="Train a GAN", icon=":material/play_circle:")
        return
    where = place.read(link, known)
    place.remember(source=where.source.name, step=None if where.step is None else str(where.step))
    bar.show(where, known, iter(st.columns(bar.widths(where), vertical_alignment="bottom")))
    if where.notice:
        st.info(where.notice, icon=":material/link_off:")
    try:
        dealt = _deal(where.key, where.source.dataset, where.seed)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
        return
    left, right = st.columns([8, 4], gap="large")
    with left:
        _play(where, dealt)
    with right:
        _class_total(where)


def _plays(family: type[Family]) -> bool:
    return sources.samples(family) and family.can_score


@st.cache_data(show_spinner="Dealing", max_entries=128)
def _deal(key: tuple[str, int | None, int], dataset: str, seed: int) -> Round:
    from gan_core.building import images_for
    from gan_core.data import dataset_status
    from gan_core.evaluation.game import deal

    family = sources.model(*key).family
    if dataset_status(dataset) != "ready":
        raise UserError(
            f"the real pictures of '{dataset}' are not on this machine; choose one of the small digits"
        )
    return deal(family, images_for(family, dataset, "test"), seed)


def _play(where: Place, dealt: Round) -> None:
    """The pictures with a choice under each, then the truth."""
    n = len(dealt.pictures)
    round_key = f"game:{where.key}:{where.seed}"
    answers = [st.session_state.get(f"{round_key}:{i}") for i in range(n)]
    is_over = bool(st.session_state.get(f"{round_key}:over"))
    board.show(dealt, round_key, answers, is_over=is_over)
    if not is_over:
        missing = sum(answer is None for answer in answers)
        words = "Show the truth" if not missing else f"Show the truth: {missing} still to judge"
        st.button(
            words, type="primary", disabled=bool(missing), key="game_over", icon=":material/visibility:",
            on_click=_finish, args=(where, dealt, round_key),
            help="Judge every picture first; afterwards your answers count for the class.",
        )  # fmt: skip
        return
    says_real = np.array([answer == board.REAL_WORD for answer in answers])
    yours, machines = dealt.right(says_real), dealt.right(dealt.d_says_real)
    st.html(f'<p class="lead">{_verdict(yours, machines, n)}</p>')
    st.button(
        "Next round", type="primary", key="game_next", icon=":material/skip_next:",
        on_click=lambda: place.go(seed=str(where.seed + 1)),
    )  # fmt: skip


def _finish(where: Place, dealt: Round, round_key: str) -> None:
    answers = [st.session_state.get(f"{round_key}:{i}") for i in range(len(dealt.pictures))]
    says_real = np.array([answer == board.REAL_WORD for answer in answers])
    # Widgets that are no longer drawn lose their values; the answers stay under the same keys.
    for i, answer in enumerate(answers):
        st.session_state[f"{round_key}:{i}"] = answer
    st.session_state[f"{round_key}:over"] = True
    name = str(st.session_state.get("game_name") or "")[:LONGEST_NAME].strip()
    score = Score(
        name or "no name", where.seed, dealt.right(says_real), dealt.right(dealt.d_says_real), len(answers)
    )
    tally(where.source.name, where.step).add(audience.viewer(), score)


def _verdict(yours: int, machines: int, n: int) -> str:
    """Who was better, in a sentence."""
    score = f"You judged {yours} of {n} rightly, "
    if yours == machines:
        return f'{score}and so did the <span class="disc">discriminator</span>.'
    better = "you beat it" if yours > machines else "it beats you"
    return f'{score}the <span class="disc">discriminator</span> {machines}: {better}.'


def _class_total(where: Place) -> None:
    st.html('<div class="heading">Your class, on this server</div>')
    st.text_input(
        "Your name", key="game_name", max_chars=LONGEST_NAME, placeholder="no name",
        help="Stands in the table your teacher can download; leave it empty to stay unnamed.",
    )  # fmt: skip
    board_of = tally(where.source.name, where.step)
    st.fragment(_totals, run_every=CLASS_REFRESH_S)(board_of)
    with st.popover("For the teacher", icon=":material/school:"):
        st.download_button(
            "All rounds (CSV)", data=lambda: as_csv(board_of.scores()), file_name="be-the-discriminator.csv",
            icon=":material/download:",
        )  # fmt: skip
        st.button("Start over for the next class", on_click=board_of.clear, icon=":material/restart_alt:")


def _totals(board_of: Tally) -> None:
    scores = board_of.scores()
    if not scores:
        st.html('<p class="quiet">Nobody has finished a round yet. A link to this page deals the same.</p>')
        return
    of = sum(score.of for score in scores)
    yours, machines = (sum(getattr(score, name) for score in scores) / of for name in ("right", "d_right"))
    left, right = st.columns(2)
    left.metric("You, together", percent(yours))
    right.metric("D, same pictures", percent(machines))
    rounds = "1 round" if len(scores) == 1 else f"{len(scores):,} rounds"
    st.html(f'<p class="quiet">{rounds} so far; guessing gives {percent(0.5)}.</p>')
    best = sorted(scores, key=lambda score: -score.right)[:5]
    rows = "".join(
        f"<tr><td>{text.escape(score.player)}</td><td>{score.right} of {score.of}</td></tr>" for score in best
    )
    st.html(f'<table class="best"><tr><th>Best rounds</th><th></th></tr>{rows}</table>')
