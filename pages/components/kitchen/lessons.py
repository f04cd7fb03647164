"""Lessons: predict, run, look."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, run_state, services, text
from pages.components.kitchen import board, orders

if TYPE_CHECKING:
    from gan_core.kitchen.lessons import Lesson, Prepared
    from gan_core.runs.records import Run

_GUESSES = {"fewer": "Fewer", "same": "As many", "more": "More"}
_SAID = {"fewer": "fewer", "same": "as many", "more": "more"}


def show(link: Mapping[str, str]) -> None:
    """The lesson's text and its button left, the two runs right."""
    from gan_core.kitchen.lessons import LESSONS, prepare

    by_name = {lesson.name: lesson for lesson in LESSONS}
    asked = link.get("lesson", "")
    left, right = st.columns([1, 2.1], gap="large")
    with left:
        name = st.radio(
            "Lesson", list(by_name), index=list(by_name).index(asked) if asked in by_name else 0,
            format_func=lambda key: by_name[key].title, key="kitchen_lesson", on_change=_choose,
            help="Each starts two short runs, which also appear in the list of the Train page.",
        )  # fmt: skip
        lesson = by_name[str(name)]
        seed = _seed(link)
        try:
            prepared = prepare(lesson, seed)
        except UserError as error:
            st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
            return
        runs, notice = orders.of_link(link.get("runs"), most=2)
        _text(lesson, prepared)
        _controls(lesson, prepared, seed, bool(runs))
    with right:
        if notice:
            st.info(notice, icon=":material/link_off:")
        _runs(lesson, prepared, runs)


def _choose() -> None:
    st.query_params.from_dict({"do": "lessons", "lesson": st.session_state["kitchen_lesson"]})


def _seed(link: Mapping[str, str]) -> int:
    seed = link.get("seed", "")
    return min(int(seed[:9]), orders.LARGEST_SEED) if seed.isascii() and seed.isdigit() else 0


def _text(lesson: Lesson, prepared: Prepared) -> None:
    st.html(f'<div class="kitchen-text"><h4>Predict</h4><p>{text.escape(lesson.predict)}</p></div>')
    st.segmented_control(
        "Your guess: the second run makes", list(_GUESSES), format_func=lambda key: _GUESSES[key],
        key=f"kitchen_guess:{lesson.name}", help="Before you run it: of the modes or classes that there are.",
    )  # fmt: skip
    if prepared.note:
        st.caption(prepared.note)


def _controls(lesson: Lesson, prepared: Prepared, seed: int, running: bool) -> None:
    problem = orders.has_room(2)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button(
            "Run again" if running else "Run the lesson", type="primary", icon=":material/play_arrow:",
            key="kitchen_run", on_click=partial(_start, lesson, prepared, seed), disabled=problem is not None,
            help="Starts both runs, one after the other on two cores; about a minute.",
        )  # fmt: skip
        st.button(
            "New seed",
            icon=":material/casino:",
            key="kitchen_seed",
            on_click=_new_seed,
            help="Other initial weights; the same seed always gives the same two runs.",
        )
    st.html(f'<p class="quiet small">Seed {seed:,}, {lesson.steps:,} steps each.</p>')
    if problem:
        st.caption(problem)
    st.html(f'<div class="kitchen-text"><h4>Look</h4><p>{text.escape(lesson.look)}</p></div>')


def _start(lesson: Lesson, prepared: Prepared, seed: int) -> None:
    st.query_params.from_dict({"do": "lessons", "lesson": lesson.name, "seed": str(seed)})
    names = [f"{lesson.title}: {text.lower_first(part.title)}"[:80] for part in prepared.parts]
    orders.start(list(zip(names, (part.config for part in prepared.parts), strict=True)))


def _new_seed() -> None:
    orders.forget()
    st.query_params["seed"] = str(secrets.randbelow(orders.LARGEST_SEED + 1))


def _runs(lesson: Lesson, prepared: Prepared, runs: Sequence[Run]) -> None:
    titles = [part.title for part in prepared.parts]
    if len(runs) == 2:
        board.show([run.id for run in runs], titles, partial(_story, lesson))
        return
    st.html('<p class="quiet">Before the first step: both generators have the same weights.</p>')
    for column, part in zip(st.columns(2, gap="large"), prepared.parts, strict=True):
        with column:
            board.before(part.config, part.title)


def _story(lesson: Lesson, runs: Sequence[Run]) -> str:
    """What the two runs say, as HTML."""
    if any(run_state.is_alive(run) for run in runs):
        done = sum(not run_state.is_alive(run) for run in runs)
        return f'<p class="quiet">{text.escape(_progress(runs, done))}</p>'
    ended_early = [run for run in runs if run.state != "finished"]
    if ended_early:
        which = " and ".join(run_state.word(run).lower() for run in ended_early)
        return (
            f'<p class="quiet">Not both runs reached their last step ({text.escape(which)}): run the lesson '
            "again to compare them.</p>"
        )
    first, second = (board.counted(services.follow(run.id)) for run in runs)
    if first is None or second is None:
        return '<p class="quiet">The runs ended before anything was counted: run the lesson again.</p>'
    return result(lesson, first, second, st.session_state.get(f"kitchen_guess:{lesson.name}"))


def _progress(runs: Sequence[Run], done: int) -> str:
    left = [seconds for run in runs if (seconds := run_state.remaining_seconds(run)) is not None]
    time = f", about {text.duration(max(left))} for the one that trains" if left and max(left) > 1 else ""
    return f"{done} of {len(runs)} runs have finished{time}. The pictures follow as they train."


def result(
    lesson: Lesson, first: tuple[float, float, str], second: tuple[float, float, str], guess: str | None
) -> str:
    """What was counted at the end, what was guessed, and what it teaches, as HTML.

    Args:
        lesson: The lesson.
        first: Count, total and what is counted of the first run.
        second: The same of the second.
        guess: What the viewer guessed; None: nothing.
    """
    (a, total, what), (b, *_) = first, second
    outcome = "fewer" if b < a else "more" if b > a else "same"
    said = (
        f"{lesson.first}: {a:.0f} of {total:.0f} {what}. {lesson.second}: {b:.0f} of {total:.0f} {what}, "
        f"{_SAID[outcome]}{' as before' if outcome == 'same' else ''}."
    )
    if outcome != lesson.outcome:
        said += " That is not what usually happens: chance plays a part, try another seed."
    guessed = ""
    if guess in _GUESSES:
        right = "You guessed right." if guess == outcome else f"You guessed: {_SAID[str(guess)]}."
        guessed = f" {right}"
    tone = "--real" if outcome == lesson.outcome else "--care"
    learned = f"<p>{text.escape(lesson.learned)}</p>" if outcome == lesson.outcome else ""
    return (
        f'<div class="finding" style="--tone:var({tone})"><p><b>{text.escape(said)}</b>{guessed}</p>'
        f"{learned}</div>"
    )
