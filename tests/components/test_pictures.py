from __future__ import annotations

import io

import numpy as np
from PIL import Image

from gan_core.images import gif
from pages.components.colours import FAKE, GROUNDS, NEUTRAL, REAL, rgb, score_colour
from pages.components.pictures import (
    TILE_PIXELS,
    captioned,
    enlarged,
    points_picture,
    row_of,
    sample_sheet,
)  # fmt: skip

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 16, 16, 1), np.uint8)


def test_enlarged_pixels_stay_crisp() -> None:
    large = enlarged(IMAGES)
    assert large.shape == (6, TILE_PIXELS, TILE_PIXELS, 3)
    assert (large[0, :8, :8] == IMAGES[0, 0, 0]).all()


def test_colour_images_keep_their_channels() -> None:
    colour = RNG.integers(0, 256, (2, 32, 32, 3), np.uint8)
    assert (enlarged(colour)[1, 0, 0] == colour[1, 0, 0]).all()


def test_the_scale_of_scores_diverges_about_grey() -> None:
    assert score_colour(0.5) == rgb(NEUTRAL)
    assert score_colour(1.0) == rgb(REAL)
    assert score_colour(0.0) == rgb(FAKE)


def test_a_row_has_one_tile_per_image() -> None:
    assert row_of(IMAGES, side=32, gap=4).shape == (32, 6 * 36 - 4, 4)


def test_points_lie_where_their_coordinates_say() -> None:
    far = np.zeros((0, 2), np.float32)
    picture = points_picture(
        np.array([[0.5, 0.5]], np.float32), far, np.full((4, 4), 0.5, np.float32), 1.0, side=200
    )
    assert np.abs(picture[50, 150].astype(int) - rgb(FAKE)).max() <= 2  # right of the middle and above it


def test_the_field_has_low_y_at_the_bottom() -> None:
    field = np.zeros((4, 4), np.float32)
    field[3] = 1.0  # the highest y is taken for real
    none = np.zeros((0, 2), np.float32)
    picture = points_picture(none, none, field, 1.0, side=80).astype(int)
    top, bottom = picture[5, 40], picture[-5, 40]
    assert top[1] > top[0]  # green
    assert bottom[0] > bottom[1]  # purple


def test_the_page_shines_through_the_field() -> None:
    none = np.zeros((0, 2), np.float32)
    even = np.full((4, 4), 0.5, np.float32)
    light, dark = (points_picture(none, none, even, 1.0, 80, GROUNDS[name]) for name in ("light", "dark"))
    assert light.mean() > dark.mean() + 100
    assert np.array_equal(light, points_picture(none, none, even, 1.0, 80))


def test_frames_of_a_film_have_their_step_and_make_a_gif() -> None:
    frames = [captioned(sample_sheet(IMAGES, columns=3), step) for step in (0, 50)]
    assert frames[0].shape[0] > sample_sheet(IMAGES, columns=3).shape[0]
    assert not np.array_equal(frames[0], frames[1])
    film = Image.open(io.BytesIO(gif(frames)))
    assert film.n_frames == 2
