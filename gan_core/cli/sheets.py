"""Samples as a sheet of pictures: the PNG file of `sample`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TILE = 64  # pixels: small pictures are enlarged to about this side
MANY_TILES = 256  # pictures beyond which a sheet is not enlarged
PLOT = 512  # pixels: side of the picture of points
DOT = 2  # pixels: radius of a point
FAKE_COLOUR = (0xA3, 0x3E, 0xBD)


def png_bytes(arrays: Mapping[str, Array]) -> bytes:
    """Images as a sheet, points as dots in a plane, or sequences as curves, as a PNG file.

    Images of several classes, or values of a categorical code, get a row each; others a nearly square sheet.
    Of translated ones each place of the sheet shows the condition, the image made and the real one; of a
    family that translates both ways, A, A to B, A to B to A, then the same from B; of drawn sentences, the
    sketch and the picture.
    """
    from gan_core import images
    from gan_core.curves import curve_tiles, on_ground

    if "points" in arrays:
        return images.png(_dots(arrays["points"]))
    if "sequences" in arrays:
        columns = math.ceil(math.sqrt(len(arrays["sequences"])))
        return images.png(on_ground(curve_tiles(arrays["sequences"], FAKE_COLOUR, columns)))
    if "sketches" in arrays:
        pictures, columns = _pairs(arrays)
    else:
        pictures, columns = _threes(arrays) if "conditions" in arrays else _in_rows(arrays)
    gap = 4 if "conditions" in arrays or "sketches" in arrays else 1
    scale = 1 if len(pictures) > MANY_TILES else max(1, round(TILE / pictures.shape[1]))
    return images.png(images.grid(pictures, columns, scale=scale, gap=gap))


def _in_rows(arrays: Mapping[str, Array]) -> tuple[Array, int]:
    """Pictures `(N, H, W, C)` in the order of a sheet and its columns; short rows end in black ones."""
    pictures, kind = arrays["images"], arrays.get("labels")
    if kind is None and arrays.get("codes_cat", np.empty((0, 0))).size:
        kind = arrays["codes_cat"][:, 0]
    kinds, counts = np.unique([] if kind is None else kind, return_counts=True)
    if len(kinds) < 2:
        return pictures, math.ceil(math.sqrt(len(pictures)))
    sheet = np.zeros((len(kinds), counts.max(), *pictures.shape[1:]), np.uint8)
    for row, one in zip(sheet, kinds, strict=True):
        members = pictures[kind == one]
        row[: len(members)] = members
    return sheet.reshape(-1, *pictures.shape[1:]), int(counts.max())


def _threes(arrays: Mapping[str, Array]) -> tuple[Array, int]:
    """Condition, made and real image of each example side by side, `(N, H, 3 W, C)`; columns of the sheet."""
    from gan_core.images import like

    made = arrays["images"]
    if "back" in arrays:
        ways = [arrays[name] for name in ("conditions", "images", "loops", "real", "back", "back_loops")]
        return np.concatenate([like(images, made) for images in ways], axis=2), 1
    threes = np.concatenate([like(arrays["conditions"], made), made, arrays["real"]], axis=2)
    return threes, max(1, round(math.sqrt(len(made) / 3)))


def _pairs(arrays: Mapping[str, Array]) -> tuple[Array, int]:
    """Sketch and picture of each example side by side, `(N, H, 2 W, C)`; columns of the sheet."""
    from gan_core.images import like

    made = arrays["images"]
    pairs = np.concatenate([like(arrays["sketches"], made), made], axis=2)
    return pairs, max(1, round(math.sqrt(len(made) / 2)))


def _dots(points: Array) -> Array:
    """Points `(N, 2)` as dots on white, `(PLOT, PLOT, 3)` uint8, in the smallest square around the origin."""
    extent = max(1e-6, float(np.abs(points).max())) * 1.05
    centres = np.rint((points * (1, -1) / extent + 1) / 2 * (PLOT - 1)).astype(int)  # y points upward
    picture = np.full((PLOT, PLOT, 3), 255, np.uint8)
    for dx in range(-DOT, DOT + 1):
        for dy in range(-DOT, DOT + 1):
            if dx * dx + dy * dy <= DOT * DOT:
                x, y = np.clip(centres + np.array((dx, dy)), 0, PLOT - 1).T
                picture[y, x] = FAKE_COLOUR
    return picture
