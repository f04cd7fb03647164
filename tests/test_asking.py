"""Asking for classes and for values of a code."""

import torch

from gan_core.asking import ask, ask_any, ask_rows, num_kinds
from gan_core.families.cgan import Cgan, CganSettings
from gan_core.families.dcgan import Dcgan, DcganSettings
from gan_core.families.infogan import Infogan, InfoganSettings
from gan_core.phases import DataSpec

DATA = DataSpec("images", (1, 16, 16), 3)
SMALL = {"width": 4, "z_dim": 4, "stem_width": 0, "head_width": 0}


def rng():
    return torch.Generator().manual_seed(0)


def dcgan():
    return Dcgan(DcganSettings(**SMALL), DATA)


def cgan():
    return Cgan(CganSettings(**SMALL), DATA)


def infogan(**changes):
    return Infogan(InfoganSettings(**SMALL, **{"cat_size": 5, **changes}), DATA)


def test_kinds_are_classes_or_values_of_the_first_categorical_code():
    assert num_kinds(cgan()) == 3
    assert num_kinds(infogan()) == 5
    assert num_kinds(infogan(cat_codes=0)) == 0
    assert num_kinds(dcgan()) == 0


def test_a_class_goes_into_y_and_leaves_z_alone():
    z = cgan().sample_z(2, rng())
    request = ask(cgan(), z, torch.tensor([2, 0]))
    assert torch.equal(request.z, z)
    assert request.y.tolist() == [2, 0]


def test_a_code_goes_into_z_and_leaves_the_rest_of_it_alone():
    family = infogan(cat_codes=2)
    z = family.sample_z(3, rng())
    request = ask(family, z, torch.tensor([4, 0, 1]))
    assert torch.equal(z, family.sample_z(3, rng()))  # what was given is not changed
    before, after = family.latent.split(z), family.latent.split(request.z)
    assert request.y is None
    assert after.c_cat[:, 0].tolist() == [4, 0, 1]
    assert torch.equal(after.c_cat[:, 1], before.c_cat[:, 1])
    assert torch.equal(after.noise, before.noise)
    assert torch.equal(after.c_cont, before.c_cont)


def test_shares_of_codes_go_into_z_and_all_of_one_is_that_one():
    family = infogan(cat_codes=2)
    z = family.sample_z(2, rng())
    kinds = torch.tensor([4, 1])
    assert torch.equal(ask(family, z, torch.eye(5)[kinds]).z, ask(family, z, kinds).z)
    mixed = ask(family, z, torch.tensor([[0.25, 0.75, 0, 0, 0]] * 2)).z
    assert mixed[:, family.latent.cat_slices[0]].tolist() == [[0.25, 0.75, 0, 0, 0]] * 2
    assert torch.equal(mixed[:, family.latent.cat_slices[1]], z[:, family.latent.cat_slices[1]])


def test_shares_of_classes_are_passed_on():
    shares = torch.tensor([[0.5, 0.5, 0.0]])
    assert torch.equal(ask(cgan(), cgan().sample_z(1, rng()), shares).y, shares)


def test_rows_share_their_noise_down_a_column():
    family = infogan()
    z, _ = ask_rows(family, torch.tensor([1, 3]), 4, rng())
    codes = family.latent.split(z)
    assert codes.c_cat[:, 0].tolist() == [1] * 4 + [3] * 4
    assert torch.equal(codes.noise[:4], codes.noise[4:])
    assert len(codes.noise.unique(dim=0)) == 4
    assert ask_rows(cgan(), torch.tensor([2, 1]), 2, rng()).y.tolist() == [2, 2, 1, 1]


def test_any_kind_comes_up_and_families_without_kinds_are_left_alone():
    assert set(ask_any(cgan(), 60, rng()).y.tolist()) == {0, 1, 2}
    plain = ask_any(dcgan(), 3, rng())
    assert plain.y is None
    assert torch.equal(plain.z, dcgan().sample_z(3, rng()))


def test_a_family_knows_its_kinds_before_its_networks_are_built() -> None:
    for family in (infogan(), infogan(cat_codes=0), infogan(cat_codes=2)):
        assert family.kinds(family.settings, family.data) == num_kinds(family)
    for cls in (Cgan, Dcgan):
        family = cls(cls.Settings(width=4), DataSpec("images", (1, 16, 16), 7))
        assert cls.kinds(family.settings, family.data) == num_kinds(family)
