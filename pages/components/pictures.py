"""Pictures put together from snapshots: samples with D's score, points over D's field, frames of a film."""

from __future__ import annotations

import base64
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pages.components.colours import FAKE, REAL, WHITE, rgb, score_colour
from pages.components.text import step_counter

Pixels = NDArray[np.uint8]
Numbers = NDArray[np.float32]

TILE_PIXELS = 128  # about twice what the page shows, so that projectors and dense screens stay sharp
GAP = 16
CAPTION = 30
FIELD_SHARE = 0.45  # opacity of D's field behind the points


@lru_cache(maxsize=4)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The lab's letters inside pictures, of a height in pixels."""
    return ImageFont.load_default(size)


def enlarged(images: Pixels, side: int = TILE_PIXELS) -> Pixels:
    """Pictures `(N, H, W, C)` as RGB, enlarged by a whole number of times so that pixels stay crisp."""
    factor = max(1, round(side / images.shape[1]))
    large = images.repeat(factor, axis=1).repeat(factor, axis=2)
    return large.repeat(3, axis=3) if large.shape[3] == 1 else large


def beside(left: Pixels, right: Pixels, gap: int) -> Pixels:
    """Two RGBA pictures next to each other, aligned at the top, on a transparent ground."""
    height = max(left.shape[0], right.shape[0])
    sheet = np.zeros((height, left.shape[1] + gap + right.shape[1], 4), np.uint8)
    sheet[: left.shape[0], : left.shape[1]] = left
    sheet[: right.shape[0], left.shape[1] + gap :] = right
    return sheet


def row_of(images: Pixels, side: int = TILE_PIXELS, gap: int = GAP) -> Pixels:
    """Pictures `(N, H, W, C)` side by side on a transparent ground, RGBA."""
    tiles = enlarged(images, side)
    n, height, width, _ = tiles.shape
    sheet = np.zeros((height, n * (width + gap) - gap, 4), np.uint8)
    for index in range(n):
        left = index * (width + gap)
        sheet[:, left : left + width, :3] = tiles[index]
        sheet[:, left : left + width, 3] = 255
    return sheet


def sample_sheet(images: Pixels, columns: int = 4) -> Pixels:
    """Pictures `(N, H, W, C)` in rows on white, RGB: what is downloaded."""
    tiles = enlarged(images)
    n, height, width, _ = tiles.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (height + 4) - 4, columns * (width + 4) - 4, 3), 255, np.uint8)
    for index in range(n):
        top, left = (index // columns) * (height + 4), (index % columns) * (width + 4)
        sheet[top : top + height, left : left + width] = tiles[index]
    return sheet


def points_picture(
    fake: Numbers, real: Numbers, field: Numbers, extent: float, side: int = 480, ground: str = WHITE
) -> Pixels:
    """Real and generated points over D's field, RGB.

    Args:
        fake: Generated points `(n, 2)`.
        real: Real points `(m, 2)`.
        field: D's output `(k, k)` in [0, 1]; rows from the lowest y, columns from the lowest x.
        extent: Half the side of the square shown.
        side: Side of the picture in pixels.
        ground: Colour of the page, "#RRGGBB".
    """
    colours = np.array([[score_colour(float(score)) for score in row] for row in field], np.float32)
    blended = np.array(rgb(ground)) * (1 - FIELD_SHARE) + colours * FIELD_SHARE
    cells = Image.fromarray(
        blended.round().astype(np.uint8)[::-1]
    )  # pictures start at the top, y at the bottom
    picture = cells.resize((2 * side, 2 * side), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for points, colour in ((real, REAL), (fake, FAKE)):
        centres = (points * (1, -1) / extent + 1) * side
        for x, y in centres:
            draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=rgb(colour), outline=(255, 255, 255), width=1)
    return np.asarray(picture.resize((side, side), Image.Resampling.LANCZOS))


def data_url(png: bytes) -> str:
    """A PNG as an address that holds it.

    A picture that is replaced every second must not be fetched from the server: by then it may be gone there.
    """
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def captioned(picture: Pixels, step: int) -> Pixels:
    """A picture with the step written under it, for a film."""
    return titled(picture, f"step {step_counter(step)}")


def titled(picture: Pixels, text: str) -> Pixels:
    """A picture with words written under it."""
    height, width, _ = picture.shape
    sheet = Image.new("RGB", (width, height + CAPTION), (255, 255, 255))
    sheet.paste(Image.fromarray(picture))
    ImageDraw.Draw(sheet).text((width / 2, height + 4), text, font=font(20), fill=(60, 60, 70), anchor="ma")
    return np.asarray(sheet)
