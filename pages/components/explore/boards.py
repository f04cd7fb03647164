"""Canvases of the Explore page: a map to click on, a sheet to draw on."""

from __future__ import annotations

import base64
import binascii

import streamlit as st

from gan_core.settings import UserError
from pages.components.assets import asset

_MAP = """<div class="latent-map" role="slider" tabindex="0"
aria-valuemin="1" aria-valuemax="1" aria-valuenow="1">
<img draggable="false" /><div class="mark"></div></div>"""

_SKETCH = """<div class="sketch"><canvas width="448" height="448"></canvas>
<button type="button">Clear</button></div>"""

_LARGEST_DRAWING = 2_000_000  # characters; the canvas itself never has a tenth of it
_PREFIX = "data:image/png;base64,"


def show_map(
    picture: str, side: int, *, key: str, words: str = "Map of a plane through three latents"
) -> tuple[int, int] | None:
    """Draws a map of `side` times `side` cells.

    Args:
        picture: Address of its picture.
        side: Cells along each side.
        key: Identity of the map.
        words: What it shows.

    Returns:
        Row and column of the cell that was just chosen; None if none was.
    """
    mount = st.components.v2.component("gan_latent_map", html=_MAP, css=asset("map.css"), js=asset("map.js"))
    data = {"picture": picture, "side": side, "start": side // 2, "words": words}
    cell = mount(key=key, data=data, on_cell_change=lambda: None).cell
    if not cell:
        return None
    return min(max(int(cell["row"]), 0), side - 1), min(max(int(cell["column"]), 0), side - 1)


def show_sketch(
    words: str, *, key: str, ink: str, paper: str, width: float, ground: str = ""
) -> bytes | None:
    """Draws a sheet.

    Args:
        words: What it is for, to a screen reader.
        key: Identity of the sheet.
        ink: Colour of the pen.
        paper: Colour behind the strokes.
        width: Width of the pen, as a share of the side.
        ground: Address of a picture under the strokes.

    Returns:
        The strokes alone as PNG with a transparent ground; None if there are none.

    Raises:
        UserError: What the browser sent is no drawing.
    """
    mount = st.components.v2.component(
        "gan_sketch", html=_SKETCH, css=asset("sketch.css"), js=asset("sketch.js")
    )
    data = {"words": words, "ink": ink, "paper": paper, "width": width, "ground": ground, "fresh": key}
    drawing = mount(key=key, data=data, default={"drawing": ""}, on_drawing_change=lambda: None).drawing
    if not drawing:
        return None
    if not isinstance(drawing, str) or not drawing.startswith(_PREFIX) or len(drawing) > _LARGEST_DRAWING:
        raise UserError("the drawing did not arrive whole; clear the sheet and draw again")
    try:
        return base64.b64decode(drawing.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise UserError("the drawing did not arrive whole; clear the sheet and draw again") from None
