"""Pictures with the sentences they were made of: sketch, picture and real scene side by side, words below."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pages.components import sheets
from pages.components.pictures import Pixels
from pages.components.sheets import Sheet

ROWS, COLUMNS = 3, 2  # rows, and threes in each
_LINES, _LETTERS = 2, 34


def sheet(arrays: Mapping[str, Any], captions: Sequence[str], real: Pixels) -> Sheet:
    """Columns of threes, D's scores under picture and real scene, the sentence under each three.

    Args:
        arrays: A snapshot's `fake` and `sketch`, and D's scores if there are any.
        captions: The sentence of each.
        real: The real scene of each.
    """
    found = None
    for start in range(0, min(ROWS * COLUMNS, len(captions)), ROWS):
        rows = [_three(arrays, captions, real, k) for k in range(start, min(start + ROWS, len(captions)))]
        column = sheets.stacked(rows)
        found = column if found is None else sheets.beside(found, column)
    assert found is not None
    return found


def _three(arrays: Mapping[str, Any], captions: Sequence[str], real: Pixels, k: int) -> Sheet:
    from gan_core.images import like

    made = arrays["fake"][k : k + 1]
    three = np.concatenate([like(arrays["sketch"][k : k + 1], made), made, real[k : k + 1]])
    scores = None
    if "fake_score" in arrays:
        scores = np.array([np.nan, arrays["fake_score"][k], arrays["real_score"][k]], np.float32)
    lines = textwrap.wrap(captions[k], _LETTERS, max_lines=_LINES, placeholder=" …")
    return sheets.with_words(sheets.tiles(three, scores, 3), lines, _LINES)
