"""Lessons: what runs they start, on which data, and that their pictures are those of the run."""

from pathlib import Path

import numpy as np
import pytest
import torch

from gan_core.building import build_trainer
from gan_core.kitchen.lessons import LESSONS, lesson, prepare
from gan_core.kitchen.looking import first_snapshot, modes_reached
from gan_core.runs.snapshots import Snapshotter
from gan_core.settings import UserError
from gan_core.trainer import FLOAT32
from tests.short_runs import tiny_game

DIFFERS = {"ring": {"lr_discriminator"}, "packing": {"packing"}, "images": {"g_steps"}}


@pytest.mark.parametrize("name", [each.name for each in LESSONS])
def test_the_two_runs_of_a_lesson_are_twins_that_differ_in_one_thing(name):
    first, second = (part.config for part in prepare(lesson(name), 7).parts)
    ours, theirs = first.settings, second.settings
    assert {key for key in ours if ours[key] != theirs[key]} == DIFFERS[name]
    assert first.training == second.training
    assert first.training.seed == 7
    assert first.training.precision == "float32"  # timed arithmetic would not be the same everywhere
    assert second.start_like == first.settings


def test_without_mnist_the_lesson_takes_the_digits_and_says_so():
    found = prepare(lesson("images"), 0)
    assert {part.config.dataset for part in found.parts} == {"digits"}
    assert found.note == (
        "MNIST is not on this machine, so the lesson uses Digits (small): the effect is the same."
    )


def test_with_mnist_the_lesson_takes_it(data_dir: Path):
    raw = data_dir / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for split in ("train", "t10k"):
        for part in ("images-idx3", "labels-idx1"):
            (raw / f"{split}-{part}-ubyte").write_bytes(b"0")
    found = prepare(lesson("images"), 0)
    assert {part.config.dataset for part in found.parts} == {"mnist"}
    assert found.note is None


def test_an_unknown_lesson_is_refused_in_one_sentence():
    with pytest.raises(UserError, match="no lesson 'algebra'; lessons are ring, images, packing"):
        lesson("algebra")


def test_the_first_picture_is_that_of_the_run_itself():
    torch.set_num_threads(1)
    config = tiny_game(seed=5)
    trainer = build_trainer(config, precision=FLOAT32)
    expected = Snapshotter(trainer).take()
    found = first_snapshot(config)
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in found)


def test_modes_are_counted_where_points_lie_within_three_deviations():
    angles = np.array([0.0, 0.0, np.pi / 2, np.pi])
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    points[3] *= 1.1
    assert modes_reached("ring8", points) == (2, 8, 0.75)
    assert modes_reached("moons", points) is None
