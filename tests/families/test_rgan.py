"""The recurrent GAN: order matters, images are rows, and each step is judged."""

import pytest
import torch

from gan_core.families.rgan import Rgan, RganSettings
from gan_core.phases import DataSpec


def family(shape=(12, 1), kind="sequences", **settings):
    torch.manual_seed(0)
    return Rgan(RganSettings(generator_width=8, discriminator_width=8, **settings), DataSpec(kind, shape))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_step_depends_on_the_noise_so_far_and_on_none_to_come(cell):
    rgan = family(cell=cell)
    z = rgan.sample_z(2, torch.Generator().manual_seed(1))
    other = z.view(2, 12, 2).clone()
    other[:, 6:] += 1.0
    before, after = rgan.generate(z), rgan.generate(other.view(2, 24))
    assert torch.equal(before[:, :6], after[:, :6])
    assert not torch.allclose(before[:, 6:], after[:, 6:])


def test_d_answers_after_every_step_and_its_answer_is_their_mean():
    rgan = family()
    x = torch.rand(3, 12, 1, generator=torch.Generator().manual_seed(2))
    assert rgan.step_scores(x).shape == (3, 12)
    torch.testing.assert_close(
        rgan.discriminator_scores(x), torch.sigmoid(rgan.discriminator(x).mean(1)), rtol=1e-5, atol=1e-6
    )
    later = x.clone()
    later[:, 11] = -1.0
    assert torch.equal(rgan.step_scores(x)[:, :11], rgan.step_scores(later)[:, :11])


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_is_written_and_read_from_the_top_row_by_row(channels):
    rgan = family((channels, 16, 16), "images")
    z = rgan.sample_z(2, torch.Generator().manual_seed(1))
    assert rgan.latent.z_dim == 16 * 2
    lower = z.clone()
    lower[:, 8 * 2 :] += 1.0
    before, after = rgan.generate(z), rgan.generate(lower)
    assert before.shape == (2, channels, 16, 16)
    assert torch.equal(before[:, :, :8], after[:, :, :8])
    assert not torch.allclose(before[:, :, 8:], after[:, :, 8:])
    assert torch.equal(rgan.step_scores(before)[:, :8], rgan.step_scores(after)[:, :8])


def test_an_image_reaches_exact_black_and_finds_its_way_back():
    rgan = family((1, 16, 16), "images")
    torch.nn.init.constant_(rgan.generator.output.bias, -3.0)
    z = rgan.sample_z(2, torch.Generator().manual_seed(1))
    assert rgan.generator(z).eq(-1).all()
    for wanted, expected in ((1.0, -512.0), (-1.0, 0.0)):  # brighter: heard; darker still: not
        rgan.generator.zero_grad()
        (-wanted * rgan.generator(z)).sum().backward()
        assert rgan.generator.output.bias.grad.sum().item() == expected


def test_writing_rows_is_the_reverse_of_reading_them():
    rgan = family((3, 16, 16), "images")
    rows = torch.randn(2, 16, 48, generator=torch.Generator().manual_seed(3))
    images = rows.view(-1, 16, 3, 16).transpose(1, 2)
    torch.testing.assert_close(images.transpose(1, 2).flatten(2), rows)
    assert rgan.discriminator(images).shape == (2, 16)


def test_the_memory_has_one_row_per_step():
    rgan = family()
    states = rgan.memory_of(rgan.sample_z(4, torch.Generator().manual_seed(0)))
    assert states.shape == (4, 12, 8)
    assert states.abs().max() <= 1
