from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from gan_core.data.pictures import BadPictureError, decode, is_grey, square_pixels

Picture = Callable[..., bytes]


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_every_allowed_format_is_read(picture: Picture, file_format: str) -> None:
    image = decode(picture((200, 30, 30), (20, 12), file_format=file_format))
    assert image.mode == "RGB"
    assert image.size == (20, 12)
    np.testing.assert_allclose(np.asarray(image).reshape(-1, 3).mean(axis=0), (200, 30, 30), atol=6)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 90, (90, 90, 90)),
        ("LA", (90, 0), (255, 255, 255)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("I;16", 90 * 256, (90, 90, 90)),
    ],
)
def test_every_mode_becomes_rgb_on_white(
    picture: Picture, mode: str, colour: object, expected: tuple[int, int, int]
) -> None:
    image = decode(picture(colour, mode=mode))
    assert image.getpixel((3, 3)) == expected


def test_half_transparent_pixels_are_blended_with_white(picture: Picture) -> None:
    red, *_ = decode(picture((0, 0, 0, 128), mode="RGBA")).getpixel((3, 3))  # type: ignore[misc]
    assert abs(red - 127) <= 1


def test_a_palette_and_its_transparent_colour_are_resolved(picture: Picture) -> None:
    pixels = np.zeros((16, 16, 3), dtype=np.uint8)
    pixels[:, 8:] = (0, 0, 250)
    palette = Image.fromarray(pixels).convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    blue = palette.getpixel((12, 3))
    buffer = io.BytesIO()
    palette.save(buffer, "PNG", transparency=palette.getpixel((3, 3)))
    image = decode(buffer.getvalue())
    assert blue is not None
    assert image.getpixel((3, 3)) == (255, 255, 255)
    assert image.getpixel((12, 3)) == (0, 0, 250)


def test_cmyk_photographs_become_rgb(picture: Picture) -> None:
    pixel = decode(picture((0, 255, 255, 0), mode="CMYK", file_format="JPEG")).getpixel((3, 3))
    np.testing.assert_allclose(pixel, (255, 0, 0), atol=8)


def test_a_camera_held_sideways_is_turned_upright(picture: Picture) -> None:
    pixels = np.zeros((10, 20, 3), dtype=np.uint8)
    pixels[:, :10] = 255  # left half white
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn a quarter to the right to view"
    image = decode(picture(pixels=pixels, exif=exif.tobytes()))
    assert image.size == (10, 20)
    assert image.getpixel((5, 2)) == (255, 255, 255)  # what was left is now on top
    assert image.getpixel((5, 17)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not an image that can be read"),
        (b"plain text", "not an image that can be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "not an image that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image that can be read"),
    ],
)
def test_other_files_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadPictureError, match=reason):
        decode(data)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_truncated_image_is_refused(picture: Picture, file_format: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    data = picture(pixels=pixels, file_format=file_format)
    with pytest.raises(BadPictureError):
        decode(data[: len(data) // 2])


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_random_damage_is_refused_or_read_but_never_raises_anything_else(
    picture: Picture, file_format: str
) -> None:
    rng = np.random.default_rng(1)
    data = np.frombuffer(
        picture(pixels=rng.integers(0, 256, (16, 16, 3), dtype=np.uint8), file_format=file_format), np.uint8
    )
    for _ in range(60):
        damaged = data.copy()
        damaged[rng.integers(0, len(data), 4)] = rng.integers(0, 256, 4)
        try:
            assert decode(damaged.tobytes()).mode == "RGB"
        except BadPictureError:
            continue


def _png_header(width: int, height: int) -> bytes:
    """A PNG that states a size and compresses next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [7_000, 10_000, 60_000])
def test_a_decompression_bomb_is_refused_before_it_unpacks(side: int) -> None:
    with pytest.raises(BadPictureError, match="more than 36 megapixels"):
        decode(_png_header(side, side))


def test_an_image_too_small_is_refused(picture: Picture) -> None:
    with pytest.raises(BadPictureError, match="30 × 7 is smaller than 8 pixels on a side"):
        decode(picture(size=(30, 7)))


def test_fractions_are_refused_instead_of_turned_black(picture: Picture) -> None:
    with pytest.raises(BadPictureError, match="fractions"):
        decode(picture(pixels=np.full((16, 16), 0.5, dtype=np.float32), file_format="TIFF"))


def test_the_centre_square_is_kept() -> None:
    pixels = np.zeros((20, 60, 3), dtype=np.uint8)
    pixels[:, 20:40] = 200
    inner = square_pixels(Image.fromarray(pixels), 10)[:, 2:-2]  # the filter blends the outermost pixels
    assert (inner == 200).all()


def test_shrinking_averages() -> None:
    pixels = np.zeros((64, 64, 3), dtype=np.uint8)
    pixels[::2] = 255
    inner = square_pixels(Image.fromarray(pixels), 16)[2:-2].astype(float)
    assert abs(inner - 127.5).max() < 40


def test_grey_is_three_equal_channels() -> None:
    grey = np.repeat(np.arange(48, dtype=np.uint8).reshape(4, 12, 1), 3, axis=2)
    assert is_grey(grey)
    grey[0, 0, 2] += 1
    assert not is_grey(grey)
