"""One image file of unknown origin to clean pixels."""

from __future__ import annotations

import io
import struct
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"})
_FORMATS = (
    "PNG",
    "JPEG",
    "GIF",
    "BMP",
    "WEBP",
    "TIFF",
)  # leaves out formats that call other programs, such as EPS
_MAX_PIXELS = 36_000_000
_MIN_SIDE = 8
_DRAFT_SIDE = (
    512  # JPEG files are decoded at the smallest of their built-in scales that is no smaller than this
)
# What Pillow's decoders raise on files that are not what they say.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
)


class BadPictureError(Exception):
    """Why one file cannot be used, in a few words."""


def decode(data: bytes, background: str = "white", *, draft: bool = True) -> Image.Image:
    """The first frame of an image file as an upright RGB image.

    Args:
        data: Content of the file.
        background: Colour behind transparent parts.
        draft: Large JPEG files may be decoded at a fraction of their size, which is much faster.

    Raises:
        BadPictureError: It is no image of an allowed format, is damaged, or is too large or too small.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what matters of a doubtful file is named in the errors below
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            _check_size(*image.size)  # from the header alone: nothing has been decompressed yet
            if draft:
                image.draft("RGB", (_DRAFT_SIDE, _DRAFT_SIDE))
            image.load()
            return _on_ground(ImageOps.exif_transpose(image), background)
    except UnidentifiedImageError as error:
        raise BadPictureError("not an image that can be read") from error
    except Image.DecompressionBombError as error:
        raise BadPictureError(f"more than {_MAX_PIXELS // 10**6} megapixels") from error
    except _DECODER_ERRORS as error:
        raise BadPictureError("a damaged image") from error


def square_pixels(image: Image.Image, size: int) -> np.ndarray:
    """The central square of an RGB image, resampled with antialiasing, `(size, size, 3)` uint8."""
    return np.asarray(ImageOps.fit(image, (size, size), method=Image.Resampling.BICUBIC))


def is_grey(pixels: np.ndarray) -> bool:
    """Whether the three channels of `(..., 3)` pixels are equal everywhere."""
    return bool((pixels[..., :1] == pixels).all())


def _check_size(width: int, height: int) -> None:
    if width * height > _MAX_PIXELS:
        raise BadPictureError(f"{width} × {height} is more than {_MAX_PIXELS // 10**6} megapixels")
    if min(width, height) < _MIN_SIDE:
        raise BadPictureError(f"{width} × {height} is smaller than {_MIN_SIDE} pixels on a side")


def _on_ground(image: Image.Image, background: str) -> Image.Image:
    """Any mode of image to RGB."""
    if image.mode.startswith("I"):
        return _from_16_bit(image).convert("RGB")
    if image.mode == "F":
        raise BadPictureError("its pixels are fractions; save it with 8 or 16 bits")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, background), rgba).convert("RGB")
    return image.convert("RGB")


def _from_16_bit(image: Image.Image) -> Image.Image:
    """Grey integers to 8 bits; Pillow's own conversion clips everything above 255 to white."""
    values = np.asarray(image).astype(np.int64)
    return Image.fromarray((values.clip(0, 65535) >> 8).astype(np.uint8))
