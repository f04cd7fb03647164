"""The 2-D GAN covers its data."""

import torch

from gan_core.building import build_trainer
from gan_core.data import load_dataset
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
