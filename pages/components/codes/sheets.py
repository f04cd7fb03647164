"""Pictures in labelled rows and columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from pages.components.colours import NEUTRAL, rgb
from pages.components.pictures import Pixels, enlarged, font

SIDE = 96  # pixels of a picture, about half again what the page shows
GAP = 8
_TEXT = 26
_LABEL_HEIGHT = 40


def sheet(
    rows: Sequence[Sequence[Pixels | None]],
    columns: Sequence[str] = (),
    names: Sequence[str] = (),
    *,
    gap_after: int | None = None,
) -> Pixels:
    """Lays pictures out in rows, RGBA on a transparent ground.

    Args:
        rows: Pictures `(H, W, C)` of equal size, C = 1 or 3; None leaves a place empty.
        columns: A label above each column; none: no labels.
        names: A label before each row; none: no labels.
        gap_after: Column after which there is a wider gap.

    Returns:
        uint8 `(H', W', 4)`.
    """
    size = next(picture.shape for row in rows for picture in row if picture is not None)
    side = enlarged(np.zeros((1, *size), np.uint8), SIDE).shape[1]
    count = max(len(row) for row in rows)
    top = _LABEL_HEIGHT if columns else 0
    before = _width(names)
    lefts = [before + index * (side + GAP) for index in range(count)]
    if gap_after is not None:
        lefts = [left + (side // 3 if index > gap_after else 0) for index, left in enumerate(lefts)]
    pixels = np.zeros((top + len(rows) * (side + GAP) - GAP, lefts[-1] + side, 4), np.uint8)
    for number, row in enumerate(rows):
        y = top + number * (side + GAP)
        for x, picture in zip(lefts, row, strict=False):
            if picture is not None:
                pixels[y : y + side, x : x + side, :3] = enlarged(picture[None], SIDE)[0]
                pixels[y : y + side, x : x + side, 3] = 255
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    style = {"font": font(_TEXT), "fill": (*rgb(NEUTRAL), 255)}
    for x, label in zip(lefts, columns, strict=False):
        draw.text((x + side / 2, _LABEL_HEIGHT - 8), label, anchor="ms", **style)
    for number, name in enumerate(names):
        draw.text((0, top + number * (side + GAP) + side / 2), name, anchor="lm", **style)
    return np.asarray(picture)


def on_white(sheets: Sequence[Pixels], headings: Sequence[str]) -> Pixels:
    """Sheets under each other on white, each below its heading, RGB: what is downloaded."""
    pairs = list(zip(sheets, headings, strict=True))
    width = max(max(one.shape[1], _width([heading])) for one, heading in pairs)
    height = sum(one.shape[0] + _LABEL_HEIGHT + 3 * GAP for one, _ in pairs)
    whole = Image.new("RGB", (width + 2 * GAP, height), "white")
    draw, y = ImageDraw.Draw(whole), GAP
    for one, heading in pairs:
        draw.text((GAP, y + _TEXT), heading, font=font(_TEXT), fill=(40, 40, 50), anchor="ls")
        picture = Image.fromarray(one)
        whole.paste(picture, (GAP, y + _LABEL_HEIGHT), picture)
        y += _LABEL_HEIGHT + one.shape[0] + 3 * GAP
    return np.asarray(whole)


def _width(labels: Sequence[str]) -> int:
    """Pixels that labels before rows need, with some air; 0 for none."""
    widest = max((font(_TEXT).getlength(label) for label in labels), default=0)
    return round(widest) + 2 * GAP if widest else 0
