"""Sequences as small pictures of curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]

FINE = 3  # times as large when drawn, so that lines are smooth after shrinking
AXIS: Colour = (140, 140, 150)


def curve_tiles(
    sequences: NDArray[Any],
    colour: Colour,
    columns: int = 4,
    *,
    size: tuple[int, int] = (180, 90),
    gap: int = 12,
    span: float = 1.0,
) -> Pixels:
    """Each sequence as a curve over its steps, in rows, on a transparent ground: RGBA `(H, W, 4)`.

    Args:
        sequences: `(N, T, C)`; each of the C channels gets a curve, the later ones fainter.
        colour: Of the curves.
        columns: Pictures per row.
        size: Width and height of a picture in pixels.
        gap: Pixels between pictures.
        span: The value at a picture's upper edge; its lower edge is the opposite.
    """
    width, height = size
    rows = -(-len(sequences) // columns)
    sheet = Image.new("RGBA", (columns * (width + gap) - gap, rows * (height + gap) - gap), (0, 0, 0, 0))
    for index, sequence in enumerate(sequences):
        place = ((index % columns) * (width + gap), (index // columns) * (height + gap))
        sheet.paste(_curve(sequence, colour, size, span), place)
    return np.asarray(sheet)


def on_ground(picture: Pixels, ground: Colour = (255, 255, 255)) -> Pixels:
    """An RGBA picture on a colour, RGB."""
    whole = Image.new("RGBA", picture.shape[1::-1], (*ground, 255))
    whole.alpha_composite(Image.fromarray(picture))
    return np.asarray(whole.convert("RGB"))


def _curve(sequence: NDArray[Any], colour: Colour, size: tuple[int, int], span: float) -> Image.Image:
    width, height = (FINE * side for side in size)
    picture = Image.new("RGBA", (width, height), (*colour, 0))
    draw = ImageDraw.Draw(picture)
    draw.line((0, height / 2, width, height / 2), fill=(*AXIS, 110), width=FINE)
    x = np.linspace(FINE, width - FINE, len(sequence))
    for channel, values in enumerate(sequence.T):
        y = (1 - np.clip(values / span, -1, 1)) / 2 * (height - 4 * FINE) + 2 * FINE
        points = list(zip(x.tolist(), y.tolist(), strict=True))
        draw.line(points, fill=(*colour, 255 // (channel + 1)), width=2 * FINE, joint="curve")
    return picture.resize(size, Image.Resampling.LANCZOS)
