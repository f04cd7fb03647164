from __future__ import annotations

import pytest
import torch

from gan_core.data.resize import fit_images


def test_28_pixels_become_32_by_a_black_border() -> None:
    images = torch.randint(1, 256, (3, 1, 28, 28), dtype=torch.uint8)
    padded = fit_images(images, 32)
    assert padded.shape == (3, 1, 32, 32)
    assert torch.equal(padded[..., 2:-2, 2:-2], images)
    assert int(padded.sum()) == int(images.sum())


def test_the_native_size_is_left_as_it_is() -> None:
    images = torch.randint(0, 256, (3, 1, 28, 28), dtype=torch.uint8)
    assert fit_images(images, 28) is images


@pytest.mark.parametrize("size", [8, 16, 20, 48])
def test_other_sizes_keep_flat_colours_and_the_range(size: int) -> None:
    flat = torch.tensor([0, 77, 255], dtype=torch.uint8).reshape(3, 1, 1, 1).expand(3, 1, 28, 28)
    resized = fit_images(flat, size)
    assert resized.dtype == torch.uint8
    assert torch.equal(resized, flat[..., :1, :1].expand(3, 1, size, size))


def test_shrinking_averages_instead_of_dropping_pixels() -> None:
    lines = torch.zeros(1, 1, 32, 32, dtype=torch.uint8)
    lines[..., 1::4] = lines[..., 2::4] = 255  # every sample falls on a white pair if nothing is averaged
    assert (fit_images(lines, 8).float() - 127.5).abs().max() < 30


def test_overshoot_at_edges_is_clipped_and_does_not_wrap_round() -> None:
    edge = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    edge[..., 4:] = 255
    row = fit_images(edge, 16)[0, 0, 0].int()
    assert bool((row.diff() >= 0).all())
    assert row[0] == 0
    assert row[-1] == 255


def test_many_images_are_resized_like_few(monkeypatch: pytest.MonkeyPatch) -> None:
    images = torch.randint(0, 256, (7, 3, 16, 16), dtype=torch.uint8)
    whole = fit_images(images, 24)
    monkeypatch.setattr("gan_core.data.resize._BLOCK", 3)
    assert torch.equal(fit_images(images, 24), whole)
