"""The census of stacked digits, by the classifier that comes with the lab, on stacks that are known."""

import torch

from gan_core.data import load_dataset
from gan_core.data.progress import silent
from gan_core.data.stacks import drawn_numbers, stacked
from gan_core.evaluation.stacks import channel_judge, combinations_seen, stack_metrics

DIGITS = load_dataset("digits", split="test")  # the shipped classifier knows all 297 of them


def stacks(n, seed=0):
    """Stacks and the digits in their channels `(n, 3)`."""
    numbers = drawn_numbers(len(DIGITS), n, torch.Generator().manual_seed(seed))
    return stacked(DIGITS.images, numbers), DIGITS.labels[numbers]


def test_the_combinations_seen_are_those_that_were_stacked():
    images, classes = stacks(200)
    found = combinations_seen(channel_judge("stacked-digits"), images, silent)
    expected = torch.bincount(classes @ torch.tensor([100, 10, 1]), minlength=1000)
    assert found.counts.tolist() == expected.tolist()
    assert found.covered == len(classes.unique(dim=0))


def test_channels_are_not_mixed_up():
    images, classes = stacks(50, seed=1)
    found = combinations_seen(channel_judge("stacked-digits"), images.flip(1), silent)
    expected = torch.bincount(classes.flip(1) @ torch.tensor([100, 10, 1]), minlength=1000)
    assert found.counts.tolist() == expected.tolist()


def test_a_collapsed_generator_is_told_from_real_stacks():
    real, _ = stacks(100)
    modes, divergence = stack_metrics("stacked-digits", real[:1].expand(100, -1, -1, -1), real, silent)
    assert modes.name == "combinations_classifier-digits_100"
    assert modes.value == 1
    assert modes.floor == len(stacks(100)[1].unique(dim=0))
    assert divergence.value > divergence.floor
    assert divergence.better == "lower"


def test_a_data_set_that_is_no_stack_has_no_combinations():
    assert channel_judge("digits") is None
    assert stack_metrics("digits", DIGITS.images[:4], DIGITS.images[4:8], silent) == []
    assert stack_metrics("my/folder", DIGITS.images[:4], DIGITS.images[4:8], silent) == []
