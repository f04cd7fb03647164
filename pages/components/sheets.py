"""Pictures laid out in rows, D's score under each, words between them: as shapes for the page, or as pixels.

What the page shows live is drawn by the browser. The pictures travel at their own few pixels, bars, numbers
and words as shapes: that takes the server a tenth of the time of drawing them, and is sharp on every screen.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np
from PIL import Image, ImageDraw

from gan_core.images import png
from pages.components import pictures
from pages.components.colours import NEUTRAL, rgb, score_colour
from pages.components.pictures import GAP, TILE_PIXELS, Numbers, Pixels, data_url, font

BETWEEN = 64  # pixels between blocks of pictures, enlarged
BAR, BELOW = 8, 38  # height of a score's bar, and of bar and number
NUMBER_SIZE, WORDS_SIZE, LINE = 24, 24, 28  # letters, and from one line of words to the next
_FAINT = 80  # of 255: opacity of the empty part of a bar


@dataclass(frozen=True)
class Score:
    """D's answer in [0, 1] under a picture: its lower left corner and its width, in the sheet's pixels."""

    value: float
    left: int
    top: int
    width: int


@dataclass(frozen=True)
class Words:
    """A line of words, the upper left corner of the first letter in the sheet's pixels."""

    line: str
    left: int
    top: int


@dataclass(frozen=True)
class Sheet:
    """Pictures at their own resolution on a transparent ground, and what is drawn between them.

    Attributes:
        pixels: uint8 RGBA `(H, W, 4)`.
        factor: Whole number of times by which it is enlarged when it is drawn.
        scores: D's answers.
        words: Lines of words.
    """

    pixels: Pixels
    factor: int
    scores: tuple[Score, ...] = ()
    words: tuple[Words, ...] = ()

    def moved(self, right: int, down: int) -> tuple[tuple[Score, ...], tuple[Words, ...]]:
        """Its scores and words where they are on a sheet that holds this one further right and down."""
        scores = (replace(each, left=each.left + right, top=each.top + down) for each in self.scores)
        words = (replace(each, left=each.left + right, top=each.top + down) for each in self.words)
        return tuple(scores), tuple(words)


def tiles(images: Pixels, scores: Numbers | None, columns: int) -> Sheet:
    """Pictures in rows, under each one D's score as a bar and as a number.

    Args:
        images: uint8 `(N, H, W, C)`, C = 1 or 3.
        scores: D's output for each, `(N,)` in [0, 1], NaN under one it does not judge; None: there is no D,
            and nothing under the pictures.
        columns: Pictures per row.
    """
    n, height, width, _ = images.shape
    factor = max(1, round(TILE_PIXELS / height))
    gap = length(GAP, factor)
    pitch_x, pitch_y = width + gap, height + gap + (0 if scores is None else length(BELOW, factor))
    sheet = np.zeros((-(-n // columns) * pitch_y - gap, columns * pitch_x - gap, 4), np.uint8)
    corners = [((index // columns) * pitch_y, (index % columns) * pitch_x) for index in range(n)]
    for image, (top, left) in zip(images, corners, strict=True):
        sheet[top : top + height, left : left + width, :3] = image
        sheet[top : top + height, left : left + width, 3] = 255
    answers = [] if scores is None else zip(scores.tolist(), corners, strict=True)
    drawn = (Score(value, x, y + height, width) for value, (y, x) in answers if not np.isnan(value))
    return Sheet(sheet, factor, tuple(drawn))


def length(enlarged: int, factor: int) -> int:
    """A length of the enlarged sheet in whole pixels of the pictures, at least one."""
    return max(1, round(enlarged / factor))


def beside(left: Sheet, right: Sheet) -> Sheet:
    """Two sheets of pictures of the same size next to each other, aligned at the top."""
    gap = length(BETWEEN, left.factor)
    pixels = pictures.beside(left.pixels, right.pixels, gap)
    shift = left.pixels.shape[1] + gap
    scores, words = right.moved(shift, 0)
    return Sheet(pixels, left.factor, left.scores + scores, left.words + words)


def stacked(sheets: Sequence[Sheet]) -> Sheet:
    """Sheets of the same width one below the other, without a gap."""
    found, top = sheets[0], sheets[0].pixels.shape[0]
    for sheet in sheets[1:]:
        scores, words = sheet.moved(0, top)
        pixels = np.concatenate([found.pixels, sheet.pixels])
        found = Sheet(pixels, found.factor, found.scores + scores, found.words + words)
        top += sheet.pixels.shape[0]
    return found


def with_words(sheet: Sheet, lines: Sequence[str], room: int) -> Sheet:
    """The sheet with lines of words below it.

    Args:
        sheet: Pictures.
        lines: The words.
        room: Lines that there is room for, so that sheets with fewer of them are as high.
    """
    height, width, _ = sheet.pixels.shape
    below = np.zeros((length(room * LINE + GAP, sheet.factor), width, 4), np.uint8)
    words = tuple(
        Words(line, 0, height + round(number * LINE / sheet.factor)) for number, line in enumerate(lines)
    )
    return replace(sheet, pixels=np.concatenate([sheet.pixels, below]), words=sheet.words + words)


def drawn(sheet: Sheet) -> Pixels:
    """The sheet as pixels, enlarged so that those of its pictures stay crisp: uint8 RGBA `(H', W', 4)`."""
    factor = sheet.factor
    large: Pixels = sheet.pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    picture = Image.fromarray(large)
    draw = ImageDraw.Draw(picture)
    for score in sheet.scores:
        left, top, width = score.left * factor, score.top * factor + 4, score.width * factor - 1
        draw.rectangle((left, top, left + width, top + BAR - 1), fill=(*rgb(NEUTRAL), _FAINT))
        colour = (*score_colour(score.value), 255)
        draw.rectangle((left, top, left + round(width * score.value), top + BAR - 1), fill=colour)
        where, number = (left + (width + 1) / 2, top + BAR + 3), f"{score.value:.2f}"
        draw.text(where, number, font=font(NUMBER_SIZE), fill=(*rgb(NEUTRAL), 255), anchor="ma")
    for words in sheet.words:
        where = (words.left * factor, words.top * factor)
        draw.text(where, words.line, font=font(WORDS_SIZE), fill=(*rgb(NEUTRAL), 255))
    return np.asarray(picture)


def address(sheet: Sheet) -> str:
    """The sheet as an SVG picture, in the form of an address that holds it."""
    factor, (rows, columns) = sheet.factor, sheet.pixels.shape[:2]
    width, height = columns * factor, rows * factor
    is_grey = (sheet.pixels[..., :1] == sheet.pixels[..., 1:3]).all()
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" style="image-rendering:pixelated"'
        f' href="{data_url(png(sheet.pixels[..., ::3] if is_grey else sheet.pixels))}"/>'
        f'<g fill="{NEUTRAL}" font-family="system-ui,sans-serif" font-size="{NUMBER_SIZE}">'
    ]
    parts += [_score(score, factor) for score in sheet.scores]
    for words in sheet.words:
        x, y = words.left * factor, words.top * factor + WORDS_SIZE - 2
        parts.append(f'<text x="{x}" y="{y}">{escape(words.line)}</text>')
    svg = "".join([*parts, "</g></svg>"])
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _score(score: Score, factor: int) -> str:
    left, top, width = score.left * factor, score.top * factor + 4, score.width * factor
    colour, part = "#" + bytes(score_colour(score.value)).hex(), width * score.value
    return (
        f'<path fill-opacity="{_FAINT / 255:.2f}" d="M{left} {top}h{width}v{BAR}h-{width}z"/>'
        f'<path fill="{colour}" d="M{left} {top}h{part:.1f}v{BAR}H{left}z"/>'
        f'<text x="{left + width / 2:g}" y="{top + BELOW - 8}" text-anchor="middle">{score.value:.2f}</text>'
    )
