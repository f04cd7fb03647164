"""The lab's picture with its transport, layers and curves: one component that asks for frames."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, fields, reading
from pages.components.assets import asset
from pages.components.lab import controls, place, story
from pages.components.lab.place import Place

if TYPE_CHECKING:
    from gan_core.lab.client import LabClient
    from gan_core.lab.config import LabConfig

KEY = "lab_feed_state"
_VISITOR, _ACK, _PLAYED, _FRAME = "lab_visitor", "lab_ack", "lab_played", "lab_frame"


@st.cache_resource(show_spinner=False)
def client() -> LabClient:
    """The process's one client of the lab's engines."""
    from gan_core.lab.client import LabClient

    return LabClient()


def show(here: Place) -> Place:
    """Draws the stage.

    Returns:
        The place with the layers and the speed as they are now.
    """
    now = _now(here, _ask())
    place.write(now)
    _mount()
    _live(now)
    return now


@st.fragment
def _live(here: Place) -> None:
    """One request of the browser: what it wants done, and the frame it gets."""
    ask = _ask()
    here = _now(here, ask)
    place.write(here)
    commands = _fresh_commands(ask)
    st.session_state[_PLAYED] = st.session_state.get(_PLAYED, False) or ask is not None
    if "seed" in commands:
        controls.ask_for_seed(secrets.randbelow(actions.LARGEST_SEED + 1))
        st.rerun()
    frame, problem = _frame(here, commands)
    if problem:
        st.error(problem, icon=":material/error:")
    _hand_over(here, frame, problem, int(ask["n"]) if ask else 0)


def _ask() -> dict[str, Any] | None:
    """What the browser asked for last; None: it has not yet."""
    state = (st.session_state.get(KEY) or {}).get("ask")
    needed = {"n", "do", "layers", "speed", "slow"}
    return state if isinstance(state, dict) and needed <= state.keys() else None


def _now(here: Place, ask: dict[str, Any] | None) -> Place:
    """The place with what is set on the stage itself."""
    if ask is None:
        return here
    return replace(
        here,
        layers=tuple(name for name in story.LAYERS if name in ask["layers"]),
        speed="" if ask["speed"] is None else f"{ask['speed']:g}",
        slow=bool(ask["slow"]),
    )


def _fresh_commands(ask: dict[str, Any] | None) -> list[str]:
    """Commands not obeyed yet; every one counts once, however often it is sent."""
    done = int(st.session_state.get(_ACK, 0))
    fresh = [command for command in ask["do"] if int(command["seq"]) > done] if ask else []
    if fresh:
        st.session_state[_ACK] = max(int(command["seq"]) for command in fresh)
    return [str(command["what"]) for command in fresh]


def _frame(here: Place, commands: list[str]) -> tuple[dict[str, Any] | None, str | None]:
    """The frame, or the last one and a sentence on why there is no new one."""
    visitor = st.session_state.setdefault(_VISITOR, secrets.token_hex(8))
    wanted = {*here.layers} | ({"pull", "field"} if here.slow else set())
    try:
        frame = client().ask(
            visitor,
            config=here.config.model_dump(mode="json"),
            do=commands,
            speed=float(here.speed) if here.speed else None,
            layers=sorted(wanted),
        )
    except UserError as error:
        return st.session_state.get(_FRAME), actions.sentence(fields.in_words(str(error)))
    st.session_state[_FRAME] = frame
    return frame, None


def _mount() -> None:
    """The stage itself, which is the same for every game."""
    script = "\n".join(asset(name) for name in ("lab2d_draw.js", "lab2d.js"))
    stage = st.components.v2.component(
        "gan_lab2d", html=story.stage_html(), css=asset("lab2d.css"), js=script
    )
    stage(key="lab_picture", data={"captions": story.CAPTIONS, "words": story.RESTING})


def _hand_over(here: Place, frame: dict[str, Any] | None, problem: str | None, echo: int) -> None:
    """Gives the stage a frame, through a component of a few lines: a component's text goes with its data."""
    feed = st.components.v2.component("gan_lab2d_feed", js=asset("lab2d_feed.js"))
    settings = here.config.family_settings
    why = _impossible(here.config, frame)
    data = {
        "frame": frame, "problem": problem, "echo": echo, "ack": int(st.session_state.get(_ACK, 0)),
        "layers": list(here.layers),
        "speed": here.speed, "slow": here.slow,
        "autoplay": here.config.start is None and not st.session_state.get(_PLAYED),
        "references": [
            {"value": value, "label": label}
            for value, label in reading.references(settings["loss"], relativistic=settings["relativistic"])
        ],
        "impossible": list(why), "why": why,
    }  # fmt: skip
    with st.container(key="lab_feed"):
        feed(key=KEY, data=data, default={"ask": None}, on_ask_change=lambda: None)


def _impossible(config: LabConfig, frame: dict[str, Any] | None) -> dict[str, str]:
    """Layers that have nothing to show, and why."""
    why = {}
    if config.family_settings["z_dim"] > 2:
        why["sheet"] = "The noise has more than two numbers, so it is no sheet."
    if frame is not None and not frame["centres"]:
        why["centres"] = "These data are in one piece: they have no separate modes."
    if frame is not None and frame["meaning"] == "ranking":
        why["best"] = why["gap"] = "With this loss D's answer is a score and no probability."
    return why
