"""Stacks: three grey images each, drawn independently, always the same."""

from __future__ import annotations

import pytest
import torch

from gan_core.data import ImageDataset, load_dataset, stacks
from gan_core.data.stacks import drawn_numbers, stack_images, stacked


def test_each_channel_is_the_image_that_was_drawn_for_it() -> None:
    images = torch.arange(5 * 16, dtype=torch.uint8).view(5, 1, 4, 4)
    numbers = torch.tensor([[0, 3, 4], [2, 2, 1]])
    stacks = stacked(images, numbers)
    assert stacks.shape == (2, 3, 4, 4)
    for row, drawn in enumerate(numbers.tolist()):
        for channel, number in enumerate(drawn):
            assert torch.equal(stacks[row, channel], images[number, 0])


def test_channels_are_drawn_independently() -> None:
    numbers = drawn_numbers(10, 50_000, torch.Generator().manual_seed(3))
    combinations = torch.bincount(numbers @ torch.tensor([100, 10, 1]), minlength=1000)
    assert combinations.min() > 20  # 50 of each are expected, 7 the standard deviation
    assert combinations.max() < 90


def test_training_and_unseen_stacks_differ_and_never_change() -> None:
    grey = ImageDataset("grey", torch.arange(200, dtype=torch.uint8).view(200, 1, 1, 1))
    train, again = (stack_images("stack", grey, training=True) for _ in range(2))
    test = stack_images("stack", grey, training=False)
    assert (len(train), len(test)) == (128_000, 10_000)
    assert torch.equal(train.images, again.images)
    assert not torch.equal(train.images[:10_000], test.images)


def test_large_images_make_fewer_stacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "_LARGEST_BYTES", 50 * 3 * 16 * 16)
    grey = ImageDataset("grey", torch.zeros(3, 1, 16, 16, dtype=torch.uint8))
    assert len(stack_images("stack", grey, training=False)) == 50


def test_stacked_digits_are_made_of_the_digits_of_their_split() -> None:
    stack, digits = (load_dataset(name, split="test") for name in ("stacked-digits", "digits"))
    assert stack.spec.shape == (3, 16, 16)
    assert stack.spec.num_classes == 0
    known = {bytes(image.numpy()) for image in digits.images[:, 0]}
    assert all(bytes(channel.numpy()) in known for channel in stack.images[:40].flatten(0, 1))
