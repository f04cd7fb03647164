"""Pictures put together on a sheet with words: what is downloaded, and what the page shows of blends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from pages.components.colours import NEUTRAL, rgb
from pages.components.pictures import Pixels, enlarged, font

_GAP = 8
_TEXT = 24
_LINE = 34
_LONGEST = 16  # letters of a name at a corner
_DARK = (40, 40, 48)


def rows(images: Pixels, names: Sequence[str], columns: int) -> Pixels:
    """Rows of pictures with a name before each, RGB on white.

    Args:
        images: uint8 `(len(names) * columns, H, W, C)`, row by row.
        names: One for each row.
        columns: Pictures in a row.
    """
    tiles = enlarged(images, 64)
    _, height, width, _ = tiles.shape
    room = round(max(font(_TEXT).getlength(name) for name in names)) + 2 * _GAP
    size = room + columns * (width + _GAP), len(names) * (height + _GAP) + _GAP
    sheet = Image.new("RGB", size, (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for row, name in enumerate(names):
        top = _GAP + row * (height + _GAP)
        draw.text((room - _GAP, top + height / 2), name, font=font(_TEXT), fill=_DARK, anchor="rm")
        for column in range(columns):
            tile = Image.fromarray(tiles[row * columns + column])
            sheet.paste(tile, (room + column * (width + _GAP), top))
    return np.asarray(sheet)


def strip(images: Pixels, captions: Sequence[str]) -> Pixels:
    """Pictures `(N, H, W, C)` side by side with words under each, RGBA on a transparent ground."""
    tiles = enlarged(images, 112)
    places = [(index * (tiles.shape[2] + _GAP), 0) for index in range(len(tiles))]
    return _placed(tiles, places, captions)


def triangle(images: Pixels, side: int, names: Sequence[str]) -> Pixels:
    """Blends of three as a triangle, RGBA on a transparent ground.

    Args:
        images: uint8 `(side * (side + 1) / 2, H, W, C)`, row by row from the tip.
        side: Pictures along each side.
        names: Of the three at the tip, at the left and at the right corner; written beside them.
    """
    tiles = enlarged(images, 84)
    _, height, width, _ = tiles.shape
    pitch_x, pitch_y = width + _GAP, height + _GAP
    places = [
        (round((side - 1 - row) * pitch_x / 2) + column * pitch_x, row * pitch_y)
        for row in range(side)
        for column in range(row + 1)
    ]
    sheet = Image.fromarray(_placed(tiles, places, [""] * len(places)))
    under = side * pitch_y
    spots = ((places[0][0] + width + _GAP, height / 2, "lm"), (0, under, "la"), (sheet.width, under, "ra"))
    for name, (x, y, anchor) in zip(names, spots, strict=True):
        short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
        ImageDraw.Draw(sheet).text((x, y), short, font=font(_TEXT), fill=(*rgb(NEUTRAL), 255), anchor=anchor)
    return np.asarray(sheet)


def _placed(tiles: Pixels, places: Sequence[tuple[int, int]], captions: Sequence[str]) -> Pixels:
    """Pictures at given corners (x, y), with words under those that have some."""
    _, height, width, _ = tiles.shape
    size = max(x for x, _ in places) + width, max(y for _, y in places) + height + _LINE
    sheet = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(sheet)
    for tile, (x, y), words in zip(tiles, places, captions, strict=True):
        sheet.paste(Image.fromarray(tile), (x, y))
        middle = (min(max(x + width / 2, 0), size[0]), y + height + 6)
        draw.text(middle, words, font=font(_TEXT), fill=(*rgb(NEUTRAL), 255), anchor="ma")
    return np.asarray(sheet)


def words(pictures: Pixels, *, paper: bool) -> Pixels:
    """Each row of characters as one picture.

    Args:
        pictures: uint8 `(versions, characters, H, W, C)`.
        paper: Whether light ink on a dark ground becomes dark ink on a light one.

    Returns:
        uint8 `(versions, H, characters * W, C)`.
    """
    versions, characters, height, width, channels = pictures.shape
    lines = pictures.transpose(0, 2, 1, 3, 4).reshape(versions, height, characters * width, channels)
    return 255 - lines if paper else lines


def smooth(images: Pixels, times: int) -> Pixels:
    """Pictures `(N, H, W, C)` enlarged a whole number of times without visible pixels."""
    tiles = []
    for image in images:
        large = Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)
        large = large.resize((times * large.width, times * large.height), Image.Resampling.BICUBIC)
        tiles.append(np.asarray(large).reshape(large.height, large.width, -1))
    return np.stack(tiles)


def on_white(picture: Pixels) -> Pixels:
    """An RGBA picture over white, RGB."""
    ground = Image.new("RGBA", (picture.shape[1], picture.shape[0]), (255, 255, 255, 255))
    ground.alpha_composite(Image.fromarray(picture))
    return np.asarray(ground.convert("RGB"))
