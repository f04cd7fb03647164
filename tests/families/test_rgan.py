"""The recurrent GAN: order matters, images are rows, and each step is judged."""

import copy

import pytest
import torch

from gan_core.families.rgan import Gru, Rgan, RganSettings
from gan_core.layers import add_spectral_norm, packed
from gan_core.phases import DataSpec
from gan_core.starting import take_over


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


@pytest.mark.parametrize(("shape", "kind"), [((6, 2), "sequences"), ((3, 16, 16), "images")])
def test_the_examples_of_a_pack_are_read_side_by_side(shape, kind):
    rgan = family(shape, kind, packing=2)
    x = torch.randn(4, *shape, generator=torch.Generator().manual_seed(0))
    rows = x if kind == "sequences" else x.transpose(1, 2).flatten(2)
    beside = torch.cat([rows[0::2], rows[1::2]], dim=2)
    judge = rgan.discriminator
    expected = judge.output(judge.memory(beside)[0]).squeeze(2)
    torch.testing.assert_close(judge(packed(x, 2)), expected)
    torch.testing.assert_close(rgan.step_scores(x)[::2], expected.sigmoid())


def test_the_deviation_is_of_what_is_remembered_and_told_after_every_step():
    rgan = family(minibatch_std=True)
    judge, x = rgan.discriminator, torch.rand(5, 12, 1, generator=torch.Generator().manual_seed(0))
    states = judge.memory(x)[0]
    number = states.var(0, correction=0).add(1e-8).sqrt().mean()
    expected = states @ judge.output.weight[0, :-1] + number * judge.output.weight[0, -1] + judge.output.bias
    torch.testing.assert_close(judge(x), expected)
    judge.eval()
    torch.testing.assert_close(judge(x)[:1], judge(x[:1]))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_spectral_norm_reaches_the_weights_of_the_memory(cell):
    plain, normed = family(cell=cell), family(cell=cell, discriminator_norm="spectral")
    normed.discriminator.eval()
    with torch.no_grad():
        for name, weight in plain.discriminator.memory.named_parameters():
            weight.copy_(getattr(normed.discriminator.memory, name))
            if name.startswith("weight"):
                norm = torch.linalg.matrix_norm(weight, 2)
                torch.testing.assert_close(norm, torch.tensor(1.0), atol=0.05, rtol=0)
        plain.discriminator.output.weight.copy_(normed.discriminator.output.weight)
        plain.discriminator.output.bias.copy_(normed.discriminator.output.bias)
    x = torch.rand(3, 12, 1, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(normed.discriminator(x), plain.discriminator(x))
    normed.discriminator(x).sum().backward()
    originals = [each.original for each in normed.discriminator.memory.parametrizations.values()]
    assert len(originals) == 2
    assert all(each.grad.abs().sum() > 0 for each in originals)


def test_spectral_norm_follows_the_weights_of_the_memory_as_they_change():
    memory = Gru(2, 4, batch_first=True)
    holder = torch.nn.Sequential(memory)
    add_spectral_norm(holder)
    copy.deepcopy(holder.to("cpu"))  # before its first call
    x = torch.randn(1, 3, 2)
    before = memory(x)[0]
    copied = copy.deepcopy(memory)
    with torch.no_grad():
        memory.parametrizations.weight_ih_l0.original.copy_(torch.randn(12, 2))
    assert not torch.allclose(before, memory(x)[0])
    torch.testing.assert_close(before, copied(x)[0], atol=0.02, rtol=0.02)  # after more power iterations


def test_twins_share_the_first_weights_of_a_memory_that_reads_packs():
    own, other = (family(packing=packing, layers=2).modules() for packing in (2, 1))
    take_over(own, other)
    ours, theirs = (each["discriminator"].memory.state_dict() for each in (own, other))
    assert {key for key in theirs if not torch.equal(ours[key], theirs[key])} == {
        "weight_ih_l0",
        "bias_ih_l0",
    }
