"""SSIM against a second implementation."""

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter

from gan_core.metrics import gaussian_ssim, multiscale_ssim, psnr, ssim
from gan_core.settings import UserError


def reference(a, b):
    """By scipy's sliding means, one channel, windows that lie wholly inside."""
    a, b = a.astype(np.float64) + 1, b.astype(np.float64) + 1
    inside = (slice(3, -3), slice(3, -3))
    mean_a, mean_b = uniform_filter(a, 7), uniform_filter(b, 7)
    scale = 49 / 48
    var_a = scale * (uniform_filter(a * a, 7) - mean_a**2)
    var_b = scale * (uniform_filter(b * b, 7) - mean_b**2)
    cov = scale * (uniform_filter(a * b, 7) - mean_a * mean_b)
    top = (2 * mean_a * mean_b + 0.0004) * (2 * cov + 0.0036)
    bottom = (mean_a**2 + mean_b**2 + 0.0004) * (var_a + var_b + 0.0036)
    return (top / bottom)[inside].mean()


def test_equals_the_reference_on_every_channel():
    rng = torch.Generator().manual_seed(0)
    a = torch.rand(3, 2, 16, 20, generator=rng) * 2 - 1
    b = (a + 0.3 * torch.randn(a.shape, generator=rng)).clamp(-1, 1)
    expected = [
        np.mean([reference(x.numpy(), y.numpy()) for x, y in zip(p, q, strict=True)])
        for p, q in zip(a, b, strict=True)
    ]
    torch.testing.assert_close(ssim(a, b), torch.tensor(expected, dtype=torch.float64))


def test_only_equal_pictures_reach_one():
    a = torch.rand(2, 1, 8, 8) * 2 - 1
    assert ssim(a, a).tolist() == pytest.approx([1, 1])
    assert (ssim(a, -a) < 0).all()


@pytest.mark.parametrize("shape", [(2, 1, 6, 8), (2, 1, 8, 9)])
def test_pictures_that_do_not_go_together_or_are_too_small_are_refused(shape):
    with pytest.raises(UserError, match="at least 7 x 7"):
        ssim(torch.zeros(2, 1, 6, 8) if shape[2] == 6 else torch.zeros(2, 1, 8, 8), torch.zeros(shape))


def test_over_several_scales_equal_pictures_are_one_and_noise_is_near_nought() -> None:
    x = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    torch.testing.assert_close(multiscale_ssim(x, x), torch.ones(4, dtype=torch.float64))
    other = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(1)) * 2 - 1
    assert multiscale_ssim(x, other).max() < 0.2


def test_fine_noise_counts_less_over_several_scales_than_over_one() -> None:
    rng = torch.Generator().manual_seed(0)
    smooth = torch.nn.functional.interpolate(torch.rand(8, 1, 4, 4, generator=rng), 28, mode="bilinear")
    noisy = (smooth + 0.1 * torch.randn(8, 1, 28, 28, generator=rng)).clamp(-1, 1)
    assert multiscale_ssim(smooth, noisy).mean() > ssim(smooth, noisy).mean() + 0.1


def test_three_scales_at_28_pixels_two_at_16_and_one_at_8() -> None:
    """A checkerboard of single pixels vanishes when halved: each further scale sees equal pictures."""
    board = (torch.arange(28)[:, None] + torch.arange(28)) % 2 * 2.0 - 1
    for side, weights in ((28, (0.0448, 0.2856, 0.3001)), (16, (0.0448, 0.2856)), (8, (1.0,))):
        picture = board[None, None, :side, :side]
        score = float(multiscale_ssim(picture, torch.zeros_like(picture)))
        structure = float(ssim(picture, torch.zeros_like(picture)))
        assert score == pytest.approx(structure ** (weights[0] / sum(weights)), abs=0.01), side


def published(a, b):
    """Equations 13 to 16 window by window: one channel, 11 x 11 pixels, sigma 1.5."""
    place = np.arange(11) - 5
    window = np.exp(-(place[:, None] ** 2 + place**2) / (2 * 1.5**2))
    window /= window.sum()
    a, b = a.astype(np.float64) + 1, b.astype(np.float64) + 1
    values = []
    for top in range(a.shape[0] - 10):
        for left in range(a.shape[1] - 10):
            x, y = a[top : top + 11, left : left + 11], b[top : top + 11, left : left + 11]
            mean_x, mean_y = (window * x).sum(), (window * y).sum()
            var_x, var_y = (window * (x - mean_x) ** 2).sum(), (window * (y - mean_y) ** 2).sum()
            cov = (window * (x - mean_x) * (y - mean_y)).sum()
            top_part = (2 * mean_x * mean_y + 0.0004) * (2 * cov + 0.0036)
            values.append(top_part / ((mean_x**2 + mean_y**2 + 0.0004) * (var_x + var_y + 0.0036)))
    return np.mean(values)


def test_the_gaussian_kind_equals_the_published_definition():
    rng = torch.Generator().manual_seed(0)
    a = torch.rand(2, 3, 13, 16, generator=rng) * 2 - 1
    b = (a + 0.3 * torch.randn(a.shape, generator=rng)).clamp(-1, 1)
    expected = [
        np.mean([published(x.numpy(), y.numpy()) for x, y in zip(p, q, strict=True)])
        for p, q in zip(a, b, strict=True)
    ]
    torch.testing.assert_close(gaussian_ssim(a, b), torch.tensor(expected, dtype=torch.float64))
    assert gaussian_ssim(a, a).tolist() == pytest.approx([1, 1])


def test_the_gaussian_kind_of_two_even_pictures_is_their_luminance_alone():
    a, b = torch.full((1, 1, 16, 16), -0.5), torch.full((1, 1, 16, 16), 0.5)  # 0.5 and 1.5 above black
    expected = (2 * 0.5 * 1.5 + 0.0004) / (0.5**2 + 1.5**2 + 0.0004)
    assert float(gaussian_ssim(a, b)) == pytest.approx(expected)
    with pytest.raises(UserError, match="at least 11 x 11"):
        gaussian_ssim(a[..., :10], b[..., :10])


@pytest.mark.parametrize(("difference", "decibels"), [(2.0, 0.0), (0.2, 20.0), (0.02, 40.0)])
def test_the_signal_to_noise_ratio_in_decibels(difference, decibels):
    a = torch.full((2, 3, 4, 5), -1.0)
    assert psnr(a, a + difference).tolist() == pytest.approx([decibels] * 2, abs=1e-5)


def test_the_signal_to_noise_ratio_takes_each_pair_by_itself():
    a, b = torch.zeros(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    b[1, 0, 0, 0] = 1.0  # a quarter of the pixels: mean square 1/4
    first, second = psnr(a, b).tolist()
    assert first == float("inf")
    assert second == pytest.approx(12.0412, abs=1e-4)  # 10 log10(4 / (1/4))
    with pytest.raises(UserError, match="same shape"):
        psnr(a, b[:1])
