"""Shapes, layers and limits of the convolutional GAN."""

import pytest
import torch
from torch import nn

from gan_core.building import build_trainer
from gan_core.families.dcgan import Dcgan, DcganSettings
from gan_core.phases import DataSpec
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Precision


def make(size=28, channels=1, **settings):
    return Dcgan(
        DcganSettings(**{"width": 4, "z_dim": 8, **settings}), DataSpec("images", (channels, size, size), 10)
    )


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", range(16, 65, 4))
def test_every_allowed_size_comes_out_and_goes_in(size, channels):
    gan = make(size, channels)
    images = gan.generate(gan.sample_z(2, torch.Generator().manual_seed(0)))
    assert images.shape == (2, channels, size, size)
    assert gan.discriminator(images).shape == (2,)


@pytest.mark.parametrize(("depth", "core"), [(1, 16), (2, 8), (3, 4), (4, 2), (0, 4)])
def test_depth_sets_the_number_of_strided_layers(depth, core):
    gan = make(32, depth=depth)
    strided = [m for m in gan.generator if isinstance(m, nn.ConvTranspose2d)]
    assert len(strided) == (depth or 3)
    assert len([m for m in gan.discriminator if isinstance(m, nn.Conv2d)]) == (depth or 3)
    assert gan.core == core


def test_batch_norm_is_missing_exactly_where_the_paper_leaves_it_out():
    gan = make()
    d_layers = list(gan.discriminator)
    assert isinstance(d_layers[0], nn.Conv2d)
    assert isinstance(d_layers[1], nn.LeakyReLU)
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in d_layers)
    g_layers = list(gan.generator)
    assert isinstance(g_layers[-1], nn.Tanh)
    assert isinstance(g_layers[-2], nn.ConvTranspose2d)


def test_initial_weights_have_the_papers_deviation():
    gan = make(width=32, init="dcgan")
    weight = gan.discriminator[2].weight
    assert weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_spectral_norm_bounds_every_layer_of_the_discriminator():
    gan = make(discriminator_norm="spectral", head_width=16, init="torch")
    gan.discriminator.train()
    for _ in range(30):  # power iterations
        gan.discriminator(torch.randn(2, 1, 28, 28))
    gan.discriminator.eval()
    layers = [m for m in gan.discriminator if isinstance(m, nn.Conv2d | nn.Linear)]
    norms = [torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() for layer in layers]
    assert norms == pytest.approx([1.0] * len(layers), abs=0.02)
    assert not any(isinstance(m, nn.BatchNorm2d | nn.BatchNorm1d) for m in gan.discriminator.modules())


@pytest.mark.parametrize(
    ("size", "channels", "settings", "sentence"),
    [
        (30, 1, {}, "multiple of 4 from 16 to 64, got 30"),
        (12, 1, {}, "multiple of 4 from 16 to 64, got 12"),
        (68, 1, {}, "multiple of 4 from 16 to 64, got 68"),
        (28, 2, {}, "1 or 3 channels, got 2"),
        (28, 1, {"depth": 3}, "depth 3 cannot halve 28 pixels evenly"),
    ],
)
def test_impossible_images_are_refused(size, channels, settings, sentence):
    with pytest.raises(UserError, match=sentence):
        make(size, channels, **settings)


def test_with_many_generator_steps_all_pictures_come_to_look_alike():
    config = RunConfig(
        family="dcgan",
        dataset="digits",
        preset="many-generator-steps",
        settings={"width": 16},
        training=TrainingSettings(steps=150, batch_size=32),
    )
    trainer = build_trainer(config, precision=Precision())
    for _ in trainer.run(record=lambda step: False):
        pass
    with trainer.sampling() as family:
        fake = family.generate(family.sample_z(100, torch.Generator().manual_seed(0)))
    real = trainer.stream.dataset.batch(torch.arange(100)).real
    assert torch.pdist(fake.flatten(1)).mean() < 0.4 * torch.pdist(real.flatten(1)).mean()
