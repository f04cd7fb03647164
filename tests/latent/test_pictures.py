from __future__ import annotations

import pytest
import torch

from gan_core.latent.pictures import (
    as_sample,
    border_level,
    centred,
    like_samples,
    refuse_blank,
    stroke_box,
)
from gan_core.settings import UserError

DARK = torch.full((4, 1, 16, 16), -1.0)


def test_dark_ink_on_white_is_turned_for_a_generator_of_light_strokes() -> None:
    photo = torch.ones(3, 60, 60)
    photo[:, 20:40, 26:34] = -1
    turned = like_samples(photo, DARK)
    assert turned.shape == (1, 16, 16)
    assert border_level(turned[None]) == -1
    assert float(turned.max()) > 0.5


def test_a_picture_on_the_same_ground_is_left_as_it_is() -> None:
    picture = DARK[0].clone()
    picture[:, 5:10, 7:9] = 1
    torch.testing.assert_close(like_samples(picture, DARK), picture)


def test_colour_samples_make_the_picture_colour() -> None:
    assert like_samples(torch.zeros(1, 30, 30), torch.zeros(2, 3, 32, 32)).shape == (3, 32, 32)


@pytest.mark.parametrize("corner", [0, 70])
@pytest.mark.parametrize("size", [16, 28, 32])
def test_strokes_come_to_the_middle_at_one_size(corner: int, size: int) -> None:
    sheet = torch.full((1, 112, 112), -1.0)
    sheet[:, corner : corner + 36, corner + 10 : corner + 18] = 1
    found = (centred(sheet, size)[0] + 1) / 2
    rows = (found > 0.3).any(1).nonzero()
    assert abs(len(rows) - size * 20 / 28) <= 1.5
    ys = torch.arange(size).float()
    assert float((found.sum(1) * ys).sum() / found.sum()) == pytest.approx((size - 1) / 2, abs=0.6)
    assert float((found.sum(0) * ys).sum() / found.sum()) == pytest.approx((size - 1) / 2, abs=0.6)


def test_a_dot_is_no_reason_to_stop() -> None:
    sheet = torch.full((1, 100, 100), -1.0)
    sheet[:, 3:6, 3:6] = 1
    assert centred(sheet, 28).shape == (1, 28, 28)


@pytest.mark.parametrize(("rows", "columns", "share"), [(20, 4, 20 / 28), (6, 14, 0.5), (28, 28, 1.0)])
def test_the_box_of_strokes_is_the_longer_side(rows: int, columns: int, share: float) -> None:
    samples = torch.full((5, 1, 28, 28), -1.0)
    samples[:, :, 28 - rows :, :columns] = 1
    samples[4] = -1  # an empty one says nothing
    assert stroke_box(samples) == pytest.approx(share)


def test_samples_without_strokes_have_the_box_of_mnist() -> None:
    assert stroke_box(DARK) == pytest.approx(20 / 28)


def test_strokes_fill_the_picture_where_the_samples_do() -> None:
    sheet = torch.full((1, 112, 112), -1.0)
    sheet[:, 20:60, 30:40] = 1
    assert int((centred(sheet, 16, 1.0)[0] > -0.4).any(1).sum()) == 16
    assert int((centred(sheet, 16)[0] > -0.4).any(1).sum()) <= 12


def test_a_picture_of_one_brightness_is_refused() -> None:
    with pytest.raises(UserError, match="picture is empty"):
        refuse_blank(torch.full((3, 8, 8), 0.3))
    refuse_blank(torch.linspace(-1, 1, 64).view(1, 8, 8))


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(UserError, match="empty"):
        centred(torch.full((1, 50, 50), -1.0), 28)


def bars(height: int, side: int = 28, n: int = 5) -> torch.Tensor:
    """Pictures of one upright bar."""
    x = torch.full((n, 1, side, side), -1.0)
    top = (side - height) // 2
    x[:, :, top : top + height, 12:15] = 1
    return x


@pytest.mark.parametrize("height", [12, 20, 28])
def test_strokes_get_the_size_they_have_in_the_samples(height: int) -> None:
    assert stroke_box(bars(height)) == pytest.approx(height / 28)
    sheet = torch.full((3, 200, 200), -1.0)
    sheet[:, 30:90, 20:35] = 1
    found = as_sample(sheet, bars(height), centre=True)
    assert abs(int((found[0] > -0.3).any(1).sum()) - height) <= 1
    left_alone = as_sample(sheet, bars(height), centre=False)
    assert int((left_alone[0] > -0.3).any(1).sum()) == pytest.approx(28 * 60 / 200, abs=1)


def test_samples_without_strokes_leave_the_size_that_mnist_has() -> None:
    assert stroke_box(DARK) == pytest.approx(20 / 28)


def test_the_paper_of_a_photo_is_no_stroke() -> None:
    photo = torch.full((3, 120, 120), 0.5)
    photo[:, 40:80, 55:62] = -0.6
    found = as_sample(photo, bars(20), centre=True)
    assert abs(int((found[0] > -0.3).any(1).sum()) - 20) <= 1
    assert border_level(found[None]) == -1
    with pytest.raises(UserError, match="empty"):
        as_sample(torch.full((3, 120, 120), 0.5), bars(20), centre=True)
