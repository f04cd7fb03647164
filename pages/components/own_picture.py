"""A picture of the viewer's own: drawn on a sheet or uploaded, brought to what a generator draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components.explore import boards

if TYPE_CHECKING:
    from torch import Tensor

DRAW, UPLOAD = "Draw", "Upload"
_LARGEST_UPLOAD_MB = 16
_FILES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")


@dataclass(frozen=True)
class OwnPicture:
    """What the viewer gave.

    Attributes:
        data: The image file; None: nothing yet.
        drawn: Whether it was drawn here; else it was uploaded.
        centre: Whether strokes are brought to the size and place of the generator's own.
    """

    data: bytes | None
    drawn: bool
    centre: bool


def ask(way: str, key: str, sheet: str) -> OwnPicture:
    """Draws the sheet or the field for a file, and the choice whether to centre.

    Args:
        way: DRAW or UPLOAD.
        key: First part of the widgets' keys.
        sheet: Identity of the sheet; another one starts empty.
    """
    data: bytes | None
    if way == DRAW:
        data = boards.show_sketch(
            "Sheet to draw on", key=f"{key}_sheet:{sheet}", ink="#ffffff", paper="#000000", width=0.085
        )
    else:
        file = st.file_uploader(
            "A picture", type=_FILES, key=f"{key}_file", max_upload_size=_LARGEST_UPLOAD_MB,
            help="Its central square is used; dark ink on white paper is turned round where it helps.",
        )  # fmt: skip
        data = None if file is None else file.getvalue()
    centre = st.toggle(
        "Centre the strokes", True, key=f"{key}_centre",
        help="Brings strokes to the size and place that they have in the generator's pictures.",
    )  # fmt: skip
    return OwnPicture(data, way == DRAW, centre)


def as_sample(own: OwnPicture, samples: Tensor) -> Tensor:
    """The viewer's picture as the generator would draw it `(C, H, W)`.

    Args:
        own: What the viewer gave.
        samples: Some pictures of the generator `(N, C, H, W)` in [-1, 1].

    Raises:
        UserError: There is none, it cannot be read, or it is empty.
    """
    from gan_core.latent.pictures import border_level, centred, like_samples, stroke_box

    if own.data is None:
        raise UserError(
            "the drawing is empty; draw something first" if own.drawn else "choose a picture first"
        )
    picture = read(own.data, on_black=own.drawn)
    if not own.centre or border_level(samples) > -0.5:
        return like_samples(picture, samples)
    upright = like_samples(picture, samples.new_full((1, 1, 256, 256), -1.0))  # large still, light on dark
    return like_samples(centred(upright, samples.shape[-1], stroke_box(samples)), samples)


def read(data: bytes, *, on_black: bool) -> Tensor:
    """An image file as `(3, H, W)` in [-1, 1]; transparent parts are black or white.

    Raises:
        UserError: It is no image, damaged, or too large.
    """
    import numpy as np
    import torch

    from gan_core.data.pictures import BadPictureError, decode, square_pixels
    from gan_core.images import from_uint8

    try:
        image = decode(data, background="black" if on_black else "white")
    except BadPictureError as error:
        raise UserError(f"this file cannot be used: {error}; choose a PNG or JPEG picture") from None
    pixels = np.array(square_pixels(image, min(448, *image.size)))
    return from_uint8(torch.from_numpy(pixels).permute(2, 0, 1))
