"""A picture of the viewer's own: uploaded, or drawn on a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError

if TYPE_CHECKING:
    from torch import Tensor

_LARGEST_UPLOAD_MB = 16
_FILES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")
_LARGEST_SIDE = 448  # pixels that are kept of a picture
_COVERED = 0.35  # share of a pixel under the brush, from which it counts as painted


def upload(*, key: str) -> bytes | None:
    """Draws the field for a file and returns its content; None: none is chosen."""
    file = st.file_uploader(
        "A picture", type=_FILES, key=key, max_upload_size=_LARGEST_UPLOAD_MB,
        help="Its central square is used; dark ink on white paper is turned round where it helps.",
    )  # fmt: skip
    return None if file is None else file.getvalue()


def centre_choice(*, key: str) -> bool:
    """Draws the choice whether strokes are moved and sized as the data's own."""
    return st.toggle(
        "Centre the strokes", True, key=key,
        help="Brings strokes to the middle, and to the size they have in the images of the network.",
    )  # fmt: skip


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
    pixels = np.array(square_pixels(image, min(_LARGEST_SIDE, *image.size)))
    return from_uint8(torch.from_numpy(pixels).permute(2, 0, 1))


def painted(data: bytes, side: int) -> Tensor:
    """Where a sheet was painted on, `(side, side)` bool.

    Args:
        data: The strokes as PNG with a transparent ground.
        side: Height and width wanted, in pixels.

    Raises:
        UserError: It is no image.
    """
    import torch.nn.functional as F

    marked = (read(data, on_black=True).amax(0, keepdim=True) > -0.9).float()
    return F.interpolate(marked[None], (side, side), mode="area")[0, 0] > _COVERED
