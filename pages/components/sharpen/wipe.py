"""A divider over two pictures: left of it the one, right of it the other."""

from __future__ import annotations

import streamlit as st

from pages.components.assets import asset

KEY = "sharpen_wipe"
_HTML = """<div class="wipe"><img draggable="false" /><img class="over" draggable="false" />
<div class="bar"></div><span class="before"></span><span class="after"></span>
<input type="range" min="0" max="100" step="1" /></div>"""


def show(before: str, after: str, names: tuple[str, str], *, shape: float, crisp: bool, at: int) -> int:
    """Draws both pictures and returns where the divider is, in per cent of the width.

    Args:
        before: Address of the picture on the left.
        after: Address of the picture on the right.
        names: What they are called.
        shape: Width over height.
        crisp: Whether their pixels are shown as squares.
        at: Where the divider is first.
    """
    mount = st.components.v2.component("gan_wipe", html=_HTML, css=asset("wipe.css"), js=asset("wipe.js"))
    data = {
        "before": before, "after": after, "names": list(names), "shape": shape, "crisp": crisp, "at": at,
    }  # fmt: skip
    now = mount(key=KEY, data=data, default={"at": at}, on_at_change=lambda: None).at
    return min(max(int(now), 0), 100) if isinstance(now, int | float) else at
