"""Noise for a family that draws from coarse to fine, each level's from a seed of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from gan_core.family import Family
from gan_core.latent_spec import LatentSpec
from gan_core.settings import UserError

MOST = 8  # examples that one seed names


def noise_of_levels(family: Family, seeds: Sequence[int], n: int, same: Collection[int] = ()) -> Tensor:
    """Latents `(n, z_dim)`: the noise of a level depends on its own seed alone.

    Args:
        family: One that draws from coarse to fine.
        seeds: Of each level, the coarsest first.
        n: Examples, 1 to `MOST`; the first ones are the same for every n.
        same: Numbers of the levels, from 0, whose noise is the same in all examples.

    Raises:
        UserError: The family has no levels, or there are not as many seeds as levels.
    """
    if family.pyramid is None or family.latent is None:
        raise UserError(f"family '{family.name}' does not draw from coarse to fine; choose a lapgan")
    parts = family.pyramid.parts
    if len(seeds) != len(parts):
        raise UserError(f"the generator has {len(parts)} levels, got {len(seeds)} seeds; give one for each")
    drawn = []
    for number, (seed, part) in enumerate(zip(seeds, parts, strict=True)):
        law = LatentSpec(part.stop - part.start, family.latent.distribution)
        z = law.sample(MOST, torch.Generator().manual_seed(seed))[:n]
        drawn.append(z[:1].expand(n, -1) if number in same else z)
    return torch.cat(drawn, dim=1)
