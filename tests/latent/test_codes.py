from __future__ import annotations

import torch

from gan_core.latent.codes import evenly_coded, from_reading, sweep_kinds, sweep_numbers
from gan_core.latent_spec import CodeReading, LatentSpec

LATENT = LatentSpec(4 + 3 + 5 + 2, cat_sizes=(3, 5), cont_codes=2)


def test_every_value_comes_equally_often() -> None:
    codes = LATENT.split(evenly_coded(LATENT, 15, torch.Generator().manual_seed(0)))
    assert torch.bincount(codes.c_cat[:, 0]).tolist() == [5, 5, 5]
    assert torch.bincount(codes.c_cat[:, 1]).tolist() == [3, 3, 3, 3, 3]
    assert codes.noise.std() > 0.5
    assert codes.c_cont.abs().max() <= 1


def test_a_sweep_changes_one_code_and_nothing_else() -> None:
    z = LATENT.sample(2, torch.Generator().manual_seed(0))
    before = LATENT.split(z)

    kinds = sweep_kinds(LATENT, z, 1)
    assert kinds.shape == (2, 5, 14)
    codes = LATENT.split(kinds[1])
    assert codes.c_cat[:, 1].tolist() == [0, 1, 2, 3, 4]
    assert (codes.c_cat[:, 0] == before.c_cat[1, 0]).all()
    assert (codes.noise == before.noise[1]).all()
    assert (codes.c_cont == before.c_cont[1]).all()
    assert (kinds.flatten(0, 1)[:, LATENT.cat_slices[1]].sum(1) == 1).all()

    numbers = sweep_numbers(LATENT, z, 1, (-1.0, 0.0, 2.0))
    assert numbers.shape == (2, 3, 14)
    codes = LATENT.split(numbers[0])
    assert codes.c_cont[:, 1].tolist() == [-1, 0, 2]
    assert (codes.c_cont[:, 0] == before.c_cont[0, 0]).all()
    assert (codes.c_cat == before.c_cat[0]).all()


def test_what_was_read_becomes_codes_with_noise_of_their_own() -> None:
    logits = torch.tensor([[0.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 9.0]])
    reading = CodeReading(logits, torch.tensor([[0.25, 3.0]]))
    codes = LATENT.split(from_reading(LATENT, reading, 4, torch.Generator().manual_seed(0)))
    assert codes.c_cat.tolist() == [[1, 4]] * 4
    assert codes.c_cont.tolist() == [[0.25, 1.0]] * 4  # as far as training goes
    assert len({tuple(row) for row in codes.noise.tolist()}) == 4


def test_families_without_some_codes() -> None:
    numbers_only = LatentSpec(4, cont_codes=1)
    assert evenly_coded(numbers_only, 3, torch.Generator().manual_seed(0)).shape == (3, 4)
    kinds_only = LatentSpec(5, cat_sizes=(2,))
    assert sweep_kinds(kinds_only, kinds_only.sample(1, torch.Generator().manual_seed(0)), 0).shape == (
        1,
        2,
        5,
    )
