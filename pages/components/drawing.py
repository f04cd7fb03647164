"""A board to draw the points on that a GAN shall learn."""

from __future__ import annotations

import streamlit as st

from pages.components.assets import asset

Points = tuple[tuple[float, float], ...]

EXTENT = 1.5  # the board reaches from -EXTENT to EXTENT in x and in y

_HTML = """<div class="drawing-board">
<canvas width="480" height="480" aria-label="Board to draw on"></canvas>
<div class="hint">Draw here</div>
<button type="button">Clear</button>
</div>"""


def show(first: Points | None, *, key: str) -> Points | None:
    """Draws the board.

    Args:
        first: Points that are on it at first.
        key: Identity of the board.

    Returns:
        The points of the strokes, each coordinate within EXTENT; None: nothing is drawn.
    """
    board = st.components.v2.component(
        "gan_drawing", html=_HTML, css=asset("drawing.css"), js=asset("drawing.js")
    )
    start = [list(point) for point in first] if first else []
    result = board(
        key=key,
        data={"extent": EXTENT, "points": start},
        default={"points": start},
        on_points_change=lambda: None,
    )
    return tuple((float(x), float(y)) for x, y in result.points or ()) or None
