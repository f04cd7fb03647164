"""Conversions, grids and files of images."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from gan_core.images import border, distorted, from_uint8, gif, grid, png, to_uint8


def test_every_grey_value_survives_the_round_trip():
    pixels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    floats = from_uint8(pixels)
    assert floats.min() == -1
    assert floats.max() == 1
    np.testing.assert_array_equal(to_uint8(floats)[0, :, :, 0], pixels[0, 0].numpy())


def test_values_outside_the_range_are_clipped():
    assert to_uint8(torch.tensor([-3.0, 3.0]).reshape(2, 1, 1, 1)).ravel().tolist() == [0, 255]


def test_grid_lays_out_row_by_row_with_gaps():
    images = np.arange(1, 4, dtype=np.uint8).reshape(3, 1, 1, 1)
    sheet = grid(images, 2, scale=2, gap=1)
    assert sheet[:, :, 0].tolist() == [
        [1, 1, 0, 2, 2],
        [1, 1, 0, 2, 2],
        [0, 0, 0, 0, 0],
        [3, 3, 0, 0, 0],
        [3, 3, 0, 0, 0],
    ]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_keeps_every_pixel(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    decoded = np.asarray(Image.open(io.BytesIO(png(pixels))))
    np.testing.assert_array_equal(decoded.reshape(5, 7, channels), pixels)


def test_gif_has_every_frame_and_holds_the_last():
    frames = [np.full((8, 8, 1), value, np.uint8) for value in (0, 120, 250)]
    picture = Image.open(io.BytesIO(gif(frames, fps=10)))
    durations = []
    for index in range(picture.n_frames):
        picture.seek(index)
        durations.append(picture.info["duration"])
    assert durations == [100, 100, 1500]


def test_gif_without_frames_is_refused():
    with pytest.raises(ValueError, match="at least one frame"):
        gif([])


def test_distorted_copies_differ_from_each_other_and_are_drawn_from_rng():
    x = torch.full((6, 1, 16, 16), -1.0)
    x[:, :, 4:12, 7:9] = 1.0
    copies = distorted(x, torch.Generator().manual_seed(0))
    torch.testing.assert_close(copies, distorted(x, torch.Generator().manual_seed(0)))
    assert len({copy.numpy().tobytes() for copy in copies}) == 6
    ink = (copies + 1).sum((1, 2, 3))
    assert ink.min() > 15  # 32 by 1.35 * 1.22 is 19
    assert ink.max() < 60


def test_distortion_moves_no_plain_image_and_brings_in_the_border():
    x = torch.tensor([-1.0, 0.25])[:, None, None, None].expand(2, 3, 16, 16)
    torch.testing.assert_close(distorted(x, torch.Generator().manual_seed(0)), x)


def test_the_border_has_every_outer_pixel_once():
    x = torch.arange(20.0).view(1, 1, 4, 5)
    inner = {6.0, 7.0, 8.0, 11.0, 12.0, 13.0}
    assert sorted(border(x).flatten().tolist()) == sorted(set(range(20)) - inner)
