"""The 2-D GAN covers its data, and loses modes where a recipe is made to."""

import pytest
import torch

from gan_core.building import build_trainer
from gan_core.data import load_dataset
from gan_core.metrics import mode_coverage
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Precision


def modes_covered(points, centres, radius):
    """Centres with at least one point in a hundred nearby."""
    near = torch.cdist(points, centres) < radius
    return int((near.float().mean(0) > 0.01).sum())


def test_default_recipe_covers_the_ring():
    config = RunConfig(family="mlp", dataset="ring8", training=TrainingSettings(steps=1500, batch_size=128))
    trainer = build_trainer(config, precision=Precision())
    ring = load_dataset("ring8")
    for _ in trainer.run(record=lambda step: False):
        pass
    with trainer.sampling() as family:
        points = family.generate(family.sample_z(1000, torch.Generator().manual_seed(0)))
    assert modes_covered(points, ring.centres, 0.2) >= 7


def test_the_sharp_recipe_hits_every_mode_of_the_ring():
    """1,500 steps of it: all 8 modes, and 0.88 of the points within three deviations of 0.01."""
    settings = {"penalty_fall_steps": 1500, "norm_steps": 1000}
    training = TrainingSettings(steps=1500)
    config = RunConfig(family="mlp", dataset="ring8", preset="thorough", settings=settings, training=training)
    trainer = build_trainer(config, precision=Precision())
    for _ in trainer.run(record=lambda step: False):
        pass
    ring = load_dataset("ring8")
    with trainer.sampling() as family:
        points = family.generate(family.sample_z(2500, torch.Generator().manual_seed(0)))
    reached = mode_coverage(points, ring.centres, ring.std)
    assert reached.covered == 8
    assert reached.high_quality > 0.8
    assert reached.reverse_kl < 0.05


def busy_modes(preset, steps, **settings):
    """Modes the points are spread over, exp of the entropy of their nearest centres: 1 to 8."""
    training = TrainingSettings(steps=steps, batch_size=128)
    config = RunConfig(family="mlp", dataset="ring8", preset=preset, settings=settings, training=training)
    trainer = build_trainer(config, precision=Precision())
    for _ in trainer.run(record=lambda step: False):
        pass
    with trainer.sampling() as family:
        points = family.generate(family.sample_z(1000, torch.Generator().manual_seed(0)))
    nearest = torch.cdist(points, load_dataset("ring8").centres).argmin(dim=1)
    shares = torch.bincount(nearest, minlength=8) / len(points)
    return float(torch.special.entr(shares).sum().exp())


@pytest.mark.parametrize("preset", ["many-generator-steps", "high-generator-rate"])
def test_a_generator_that_is_too_quick_gathers_its_points_in_few_modes(preset):
    assert busy_modes(preset, 600) < 4


@pytest.mark.parametrize("preset", ["packed", "minibatch-deviation"])
def test_a_discriminator_that_sees_several_points_at_once_keeps_it_from_that(preset):
    assert busy_modes(preset, 600) > 6
