"""Drawings of the lab: thinned to what a link can carry, and written as a short text."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence

import numpy as np

from gan_core.data.points import DRAWING_EXTENT
from gan_core.settings import UserError

Points = tuple[tuple[float, float], ...]

MOST = 600  # points of a drawing that a link carries
FEWEST = 2
_CELLS = 255  # along either axis; a cell is 0.012 wide, less than half the jitter around each point
_LONGEST_TEXT = 4_000  # characters
_LARGEST = 2 * 65_536  # bytes a text may unpack to


def fitted(points: Sequence[Sequence[float]]) -> Points:
    """A drawing as the lab learns it: on a fine grid, without repetitions, at most 600 points.

    Args:
        points: (x, y) pairs, each coordinate in [-1.5, 1.5].

    Raises:
        UserError: It has fewer than two different points, or one that is not two numbers in range.
    """
    for point in points:
        if len(point) != 2 or not all(abs(value) <= DRAWING_EXTENT for value in point):
            raise UserError(
                f"a drawing's points must be two numbers from -{DRAWING_EXTENT} to {DRAWING_EXTENT}, "
                f"got {tuple(point)}"
            )
    if not points:
        raise UserError("the drawing is empty; draw a line or a few dots")
    cells = np.array(points, dtype=np.float64) / DRAWING_EXTENT
    grid = list(dict.fromkeys(map(tuple, np.rint((cells + 1) / 2 * _CELLS).astype(int).tolist())))
    if len(grid) < FEWEST:
        raise UserError(
            "the drawing is a single point, which leaves nothing to learn; draw a line or more dots"
        )
    if len(grid) > MOST:
        grid = [grid[round(i * (len(grid) - 1) / (MOST - 1))] for i in range(MOST)]
    return _points(np.array(grid))


def to_text(drawing: Points) -> str:
    """A fitted drawing as a text for a link; the reverse of `from_text`."""
    cells = np.rint((np.array(drawing) / DRAWING_EXTENT + 1) / 2 * _CELLS).astype(np.int64)
    steps = np.diff(cells, axis=0, prepend=0).astype(np.uint8)  # small along a stroke, and packed well then
    packed = zlib.compress(steps.tobytes(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_text(text: str) -> Points:
    """The drawing a link carries.

    Raises:
        UserError: The text is no drawing.
    """
    broken = UserError("the drawing of this link cannot be read; draw it again")
    if len(text) > _LONGEST_TEXT:
        raise broken
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, _LARGEST)  # a small text must not fill the memory
    except (binascii.Error, ValueError, zlib.error):
        raise broken from None
    if not unpacker.eof or len(data) % 2:
        raise broken
    steps = np.frombuffer(data, np.uint8).reshape(-1, 2)
    return fitted(_points(np.cumsum(steps.astype(np.int64), axis=0) % (_CELLS + 1)))


def _points(cells: np.ndarray) -> Points:
    values = np.round((cells / _CELLS * 2 - 1) * DRAWING_EXTENT, 4)
    return tuple((float(x), float(y)) for x, y in values)
