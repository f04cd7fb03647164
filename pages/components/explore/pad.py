"""Sliders along directions, and a pad for two at once, that tell where they are while they are dragged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.assets import asset
from pages.components.explore import place
from pages.components.explore.place import REACH

KEY = "latent_pad"

_HTML = """<div class="latent-pad">
<div class="rows" role="group" aria-label="Directions"></div>
<div class="plane">
<div class="axes"><label><span>Pad across</span><select></select></label>
<label><span>Pad upwards</span><select></select></label></div>
<div class="pad" role="slider" tabindex="0" aria-label="Two directions at once"
aria-valuemin="-3" aria-valuemax="3" aria-valuenow="0"><div class="point"></div></div>
</div></div>"""


@dataclass(frozen=True)
class Edit:
    """Where the sliders are.

    Attributes:
        moves: Standard deviations along each direction.
        seq: Number of the request, which the answer must name; 0: nothing was dragged yet.
        final: Whether the hand has let go.
    """

    moves: tuple[float, ...]
    seq: int = 0
    final: bool = True


def edit(start: Sequence[float], count: int) -> Edit:
    """What the sliders say now, also before they are drawn.

    Args:
        start: Moves of the address.
        count: Number of sliders.
    """
    first = (*start, *[0.0] * count)[:count]
    state = (st.session_state.get(KEY) or {}).get("edit")
    if not isinstance(state, dict) or state.get("version") != place.version():
        return Edit(first)
    values = [min(max(float(value), -REACH), REACH) for value in state.get("values", ())]
    return Edit((*values, *first[len(values) :])[:count], int(state.get("seq", 0)), bool(state.get("final")))


def show(names: Sequence[str], thumbs: Sequence[tuple[str, str]], now: Edit) -> None:
    """Draws the sliders and the pad.

    Args:
        names: What each direction is called.
        thumbs: For each the addresses of its pictures at -2 and +2 standard deviations.
        now: Where they are, and which request the pictures on the page answer.
    """
    mount = st.components.v2.component("gan_latent_pad", html=_HTML, css=asset("pad.css"), js=asset("pad.js"))
    # While the hand moves the small pictures stay as they are; ten kilobytes less a frame.
    pairs = [list(pair) for pair in thumbs] if now.final else None
    data: dict[str, Any] = {
        "names": list(names), "thumbs": pairs, "values": list(now.moves),
        "reach": REACH, "version": place.version(), "echo": now.seq,
    }  # fmt: skip
    mount(key=KEY, data=data, default={"edit": None}, on_edit_change=lambda: None)


def show_plain(names: Sequence[str], now: Edit) -> tuple[float, ...]:
    """Streamlit's own sliders, for browsers in which the others do not work; they answer on release.

    Returns:
        Their values.
    """
    return tuple(
        st.slider(
            name, -REACH, REACH, value, 0.05, format="%+.2f σ",
            key=f"plain:{place.version()}:{index}",
        )
        for index, (name, value) in enumerate(zip(names, now.moves, strict=True))
    )  # fmt: skip
