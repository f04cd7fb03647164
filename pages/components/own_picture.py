"""A picture of the viewer's own: drawn on a sheet or uploaded, brought to what a generator draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components.explore import boards

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

DRAW, UPLOAD = "Draw", "Upload"
SQUARE = "Its central square is used; dark ink on white paper is turned round where it helps."
_LARGEST_UPLOAD_MB = 16
_FILES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")
_LARGEST_SIDE = 448  # pixels that are kept of a picture
_COVERED = 0.35  # share of a pixel under the brush, from which it counts as painted


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
        data = upload(key=f"{key}_file")
    return OwnPicture(data, way == DRAW, centre_choice(key=f"{key}_centre"))


def upload(*, key: str, words: str = SQUARE) -> bytes | None:
    """Draws the field for a file, with a help text, and returns its content; None: none is chosen."""
    file = st.file_uploader("A picture", type=_FILES, key=key, max_upload_size=_LARGEST_UPLOAD_MB, help=words)
    return None if file is None else file.getvalue()


def centre_choice(*, key: str) -> bool:
    """Draws the choice whether strokes are moved and sized as the network's own images have them."""
    return st.toggle(
        "Centre the strokes", True, key=key,
        help="Brings strokes to the middle, and to the size they have in the images of the network.",
    )  # fmt: skip


def as_sample(own: OwnPicture, samples: Tensor) -> Tensor:
    """The viewer's picture as the generator would draw it `(C, H, W)`.

    Args:
        own: What the viewer gave.
        samples: Some pictures of the generator `(N, C, H, W)` in [-1, 1].

    Raises:
        UserError: There is none, it cannot be read, or it is empty.
    """
    from gan_core.latent.pictures import as_sample

    if own.data is None:
        raise UserError(
            "the drawing is empty; draw something first" if own.drawn else "choose a picture first"
        )
    return as_sample(read(own.data, on_black=own.drawn), samples, centre=own.centre)


def read(data: bytes, *, on_black: bool) -> Tensor:
    """An image file as `(3, H, W)` in [-1, 1]; transparent parts are black or white.

    Raises:
        UserError: It is no image, damaged, or too large.
    """
    import numpy as np
    import torch

    from gan_core.data.pictures import square_pixels
    from gan_core.images import from_uint8

    image = _decoded(data, background="black" if on_black else "white")
    pixels = np.array(square_pixels(image, min(_LARGEST_SIDE, *image.size)))
    return from_uint8(torch.from_numpy(pixels).permute(2, 0, 1))


def whole(data: bytes, largest: int) -> tuple[Tensor, tuple[int, int]]:
    """All of an image file as uint8 `(H, W, 3)`, and its own width and height.

    Args:
        data: Content of the file; transparent parts become white.
        largest: Pixels its longer side keeps; a larger picture is shrunk.

    Raises:
        UserError: It is no image, damaged, or too large.
    """
    import numpy as np
    import torch
    from PIL.Image import Resampling

    image = _decoded(data, background="white", draft=False)
    size = image.size
    image.thumbnail((largest, largest), Resampling.LANCZOS)
    return torch.from_numpy(np.array(image)), size


def _decoded(data: bytes, *, background: str, draft: bool = True) -> Image:
    from gan_core.data.pictures import BadPictureError, decode

    try:
        return decode(data, background=background, draft=draft)
    except BadPictureError as error:
        raise UserError(f"this file cannot be used: {error}; choose a PNG or JPEG picture") from None


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
