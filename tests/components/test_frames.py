"""Snapshots that show one class per row."""

from __future__ import annotations

import numpy as np
import pytest

from pages.components import frames
from pages.components.pictures import TILE_PIXELS
from pages.components.sheets import BELOW, BETWEEN, GAP, drawn, length

FACTOR = TILE_PIXELS // 16
PITCH, BLOCKS = 16 + GAP // FACTOR, BETWEEN // FACTOR  # in pixels of the pictures


def _snapshot(rows: int, columns: int) -> dict[str, np.ndarray]:
    shades = np.arange(rows * columns, dtype=np.uint8)
    fake = np.broadcast_to(shades[:, None, None, None], (rows * columns, 16, 16, 1))
    return {"fake": fake, "columns": np.asarray(columns)}


def test_every_row_holds_one_class_beside_real_ones_of_it() -> None:
    arrays = _snapshot(3, 5)
    sheet = frames._rows(arrays, 100 + arrays["fake"]).pixels
    gap = PITCH - 16
    assert sheet.shape[:2] == (3 * PITCH - gap, 5 * PITCH - gap + BLOCKS + 2 * PITCH - gap)
    for row in range(3):
        shades = sheet[row * PITCH, ::PITCH, 0][:5]
        assert shades.tolist() == list(range(5 * row, 5 * row + 5))
        first_real = sheet[row * PITCH, 5 * PITCH - gap + BLOCKS, 0]
        assert first_real == 100 + 5 * row


def test_without_real_examples_the_generated_ones_stand_alone() -> None:
    alone = frames._rows(_snapshot(2, 4), None).pixels
    assert alone.shape[:2] == (2 * PITCH - (PITCH - 16), 4 * PITCH - (PITCH - 16))


@pytest.mark.parametrize(("named", "columns"), [(("fake", "columns"), 8), (("fake",), 4)])
def test_a_whole_snapshot_keeps_its_columns(named: tuple[str, ...], columns: int) -> None:
    arrays = {name: _snapshot(2, 8)[name] for name in named}
    assert frames.picture(arrays).shape[1] == columns * (TILE_PIXELS + 4) - 4


def test_what_was_given_made_and_real_stand_side_by_side() -> None:
    n = frames.THREES * frames.THREE_COLUMNS
    fake = np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None, None], (n, 16, 16, 3))
    scores = {"fake_score": np.full(n, 0.25, np.float32), "real_score": np.full(n, 0.75, np.float32)}
    given = np.broadcast_to(np.arange(100, 100 + n, dtype=np.uint8)[:, None, None, None], (n, 8, 8, 1))
    sheet = frames.threes({"fake": fake, **scores}, given, 200 + fake)
    tops = np.arange(frames.THREES) * (PITCH + length(BELOW, FACTOR))
    lefts = [PITCH * column for column in range(3)]
    for block in range(frames.THREE_COLUMNS):
        start = block * (3 * PITCH - (PITCH - 16) + BLOCKS)
        shades = sheet.pixels[tops][:, [start + left for left in lefts], 0]
        first = block * frames.THREES
        assert shades.tolist() == [[100 + i, i, 200 + i] for i in range(first, first + frames.THREES)]
    under = drawn(sheet)[TILE_PIXELS + 6, :, 3]  # the bars of the scores
    assert under[:TILE_PIXELS].max() == 0  # none under what was given
    assert under[FACTOR * PITCH : FACTOR * PITCH + TILE_PIXELS].min() > 0
    assert under[2 * FACTOR * PITCH : 2 * FACTOR * PITCH + TILE_PIXELS].min() > 0


@pytest.mark.parametrize("kind", ["curves", "points"])
def test_a_picture_takes_the_ground_of_the_page(kind: str) -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "curves": {"fake": rng.random((8, 12, 1)), "real": rng.random((4, 12, 1))},
        "points": {"fake": np.zeros((3, 2)), "real": np.zeros((3, 2)), "extent": np.array(2.0)},
    }[kind]
    picture = frames.picture({name: part.astype(np.float32) for name, part in arrays.items()}, "#102030")
    found, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    commonest = found[counts.argmax()]
    assert commonest.max() < 120  # the ground, or the field over it
