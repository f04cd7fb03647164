"""What a latent spec says of the parts of z."""

import pytest
import torch

from gan_core.latent_spec import LatentSpec

CODED = LatentSpec(4 + 3 + 2 + 2, "normal", (3, 2), 2)


def test_a_spec_without_codes_draws_the_noise_it_always_drew():
    z = LatentSpec(5).sample(7, torch.Generator().manual_seed(1))
    assert torch.equal(z, torch.randn(7, 5, generator=torch.Generator().manual_seed(1)))
    assert not LatentSpec(5).has_codes
    assert LatentSpec(5).noise_dim == 5
    assert LatentSpec(5).split(z).c_cat.shape == (7, 0)


def test_every_part_of_z_has_its_place():
    assert CODED.has_codes
    assert CODED.noise_dim == 4
    assert CODED.cat_slices == (slice(4, 7), slice(7, 9))
    assert CODED.cont_slice == slice(9, 11)


def test_codes_follow_their_laws():
    z = CODED.sample(4000, torch.Generator().manual_seed(0))
    noise, c_cat, c_cont = CODED.split(z)
    for where, column, size in zip(CODED.cat_slices, c_cat.T, CODED.cat_sizes, strict=True):
        assert torch.equal(z[:, where].sum(1), torch.ones(4000))  # one-hot
        assert torch.equal(z[:, where].amax(1), torch.ones(4000))
        shares = torch.bincount(column, minlength=size) / 4000
        assert shares.tolist() == pytest.approx([1 / size] * size, abs=0.03)
    assert noise.std().item() == pytest.approx(1.0, abs=0.03)
    assert c_cont.min() >= -1
    assert c_cont.max() <= 1
    assert c_cont.std().item() == pytest.approx(3**-0.5, abs=0.02)  # of the uniform law
    assert abs(torch.corrcoef(torch.cat([noise, c_cont], 1).T).fill_diagonal_(0)).max() < 0.1


def test_join_undoes_split():
    z = CODED.sample(6, torch.Generator().manual_seed(2))
    assert torch.equal(CODED.join(*CODED.split(z)), z)


def test_the_largest_part_of_a_blend_is_its_code():
    z = torch.zeros(1, 11)
    z[0, 4:7] = torch.tensor([0.2, 0.5, 0.3])
    assert CODED.split(z).c_cat[0, 0] == 1


def test_uniform_noise_stays_in_its_square():
    z = LatentSpec(3 + 2, "uniform", (2,)).sample(500, torch.Generator().manual_seed(0))
    assert -1 <= z[:, :3].min() < -0.9
    assert 0.9 < z[:, :3].max() <= 1
