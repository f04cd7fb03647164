"""SSIM against a second implementation."""

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter

from gan_core.metrics import ssim
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
