"""Pictures with the sentences they were made of: sketch, picture and real scene side by side, words below."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from pages.components.colours import NEUTRAL, rgb
from pages.components.pictures import GAP, Pixels, beside, font, scored_tiles

ROWS, COLUMNS = 3, 2  # rows, and threes in each
BETWEEN = 64  # pixels between the columns
_WORDS_SIZE, _LINE, _LINES, _LETTERS = 24, 28, 2, 34


def sheet(arrays: Mapping[str, Any], captions: Sequence[str], real: Pixels) -> Pixels:
    """Columns of threes, D's scores under picture and real scene, the sentence under each three, RGBA.

    Args:
        arrays: A snapshot's `fake` and `sketch`, and D's scores if there are any.
        captions: The sentence of each.
        real: The real scene of each.
    """
    found = None
    for start in range(0, min(ROWS * COLUMNS, len(captions)), ROWS):
        rows = [_three(arrays, captions, real, k) for k in range(start, min(start + ROWS, len(captions)))]
        column = np.concatenate(rows)
        found = column if found is None else beside(found, column, BETWEEN)
    assert found is not None
    return found


def _three(arrays: Mapping[str, Any], captions: Sequence[str], real: Pixels, k: int) -> Pixels:
    from gan_core.images import like

    made = arrays["fake"][k : k + 1]
    three = np.concatenate([like(arrays["sketch"][k : k + 1], made), made, real[k : k + 1]])
    scores = None
    if "fake_score" in arrays:
        scores = np.array([np.nan, arrays["fake_score"][k], arrays["real_score"][k]], np.float32)
    tiles = scored_tiles(three, scores, 3)
    words = np.zeros((_LINES * _LINE + GAP, tiles.shape[1], 4), np.uint8)
    return _written(np.concatenate([tiles, words]), captions[k], tiles.shape[0])


def _written(picture: Pixels, sentence: str, top: int) -> Pixels:
    """The picture with a sentence in it, from row `top` on, in two lines at most."""
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    lines = textwrap.wrap(sentence, _LETTERS, max_lines=_LINES, placeholder=" …")
    for number, line in enumerate(lines):
        draw.text((0, top + number * _LINE), line, font=font(_WORDS_SIZE), fill=(*rgb(NEUTRAL), 255))
    return np.asarray(canvas)
