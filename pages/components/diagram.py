"""The game of a GAN in one drawing, made of vectors that follow the light or the dark theme."""

from __future__ import annotations

import streamlit as st

from pages.components.assets import asset
from pages.components.colours import DISCRIMINATOR, FAKE, GRADIENT, REAL

# 8x8 pixels, dark to light: a written 3, and a generator's first try at one.
_REAL_DIGIT = ("00159700", "02fcfe20", "00105f50", "0004ef40", "00039fb0", "000005f3", "0384afe0", "02bfea30")
_FAKE_DIGIT = ("00278610", "14eb9d50", "01316d61", "0126dc50", "02047ea3", "001216d5", "0452b9c2", "138da820")
_NOISE = ((14, 20), (32, 10), (50, 22), (22, 38), (42, 40), (58, 50), (12, 56), (30, 60), (48, 66), (60, 8))


def _digit(rows: tuple[str, ...], x: float, y: float, cell: float) -> str:
    """A small grey picture as squares; each character of `rows` is a brightness, 0 to f."""
    squares = [f'<rect x="{x}" y="{y}" width="{8 * cell}" height="{8 * cell}" rx="3" fill="#101014"/>']
    for row, line in enumerate(rows):
        for column, level in enumerate(line):
            if level != "0":
                grey = 16 + int(level, 16) * 239 // 15
                place = f'x="{x + column * cell}" y="{y + row * cell}" width="{cell}" height="{cell}"'
                squares.append(f'<rect {place} fill="rgb({grey},{grey},{grey})"/>')
    return "".join(squares)


def _box(x: int, y: int, width: int, colour: str, name: str, task: str) -> str:
    middle = x + width / 2
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="76" rx="10" fill="{colour}"/>'
        f'<text x="{middle}" y="{y + 33}" class="name">{name}</text>'
        f'<text x="{middle}" y="{y + 56}" class="task">{task}</text>'
    )


def _arrow(path: str, colour: str, kind: str = "flow") -> str:
    return f'<path d="{path}" class="{kind}" stroke="{colour}" marker-end="url(#head)"/>'


def svg() -> str:
    """The drawing: noise to G to a fake, real and fake to D, D's answer, gradients back to both."""
    dots = "".join(f'<circle cx="{16 + x}" cy="{192 + y}" r="3.4" class="dot"/>' for x, y in _NOISE)
    return f"""<svg viewBox="0 0 760 322" role="img"
 aria-label="Noise goes into the generator, which makes a fake. The discriminator sees real examples and fakes
 and answers how real each looks. The gradient of its answer trains both networks.">
<defs><marker id="head" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7"
 orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="context-stroke"/></marker></defs>
<rect x="16" y="190" width="76" height="76" rx="10" class="frame"/>{dots}
<text x="54" y="286" class="label">noise z</text>
{_arrow("M98 228H128", FAKE)}
{_box(136, 190, 144, FAKE, "Generator", "makes fakes")}
{_arrow("M286 228H318", FAKE)}
{_digit(_FAKE_DIGIT, 328, 188, 10)}
<text x="368" y="286" class="label" style="fill:var(--fake)">fake</text>
{_digit(_REAL_DIGIT, 328, 34, 10)}
<text x="368" y="24" class="label" style="fill:var(--real)">real example</text>
{_arrow("M414 74C448 74 452 116 476 122", REAL)}
{_arrow("M414 216C448 216 452 174 476 166", FAKE)}
{_box(484, 106, 150, DISCRIMINATOR, "Discriminator", "tells them apart")}
{_arrow("M640 144H668", DISCRIMINATOR)}
<rect x="678" y="92" width="16" height="104" rx="8" fill="url(#scale)"/>
<defs><linearGradient id="scale" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{REAL}"/>
<stop offset="0.5" stop-color="#9a9ca5"/><stop offset="1" stop-color="{FAKE}"/></linearGradient></defs>
<text x="702" y="104" class="end" style="fill:var(--real)">1 real</text>
<text x="702" y="149" class="end">0.5</text>
<text x="702" y="195" class="end" style="fill:var(--fake)">0 fake</text>
<text x="686" y="78" class="label">D's answer</text>
{_arrow("M686 204V222C686 250 660 254 632 254H590C566 254 559 240 559 190", GRADIENT, "gradient")}
{_arrow("M686 204V272C686 294 664 298 636 298H240C216 298 208 292 208 274", GRADIENT, "gradient")}
<text x="436" y="318" class="label" style="fill:var(--gradient)">gradients: how each should change</text>
</svg>"""


def show() -> None:
    """Draws the diagram; inline vectors need a component, st.html lets none through."""
    drawing = st.components.v2.component(
        "gan_diagram", html=f'<div class="drawing">\n{svg()}\n</div>', css=asset("diagram.css")
    )
    drawing(key="gan_diagram")
