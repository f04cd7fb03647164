"""Pictures of given kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components.explore import place
from pages.components.explore.place import Place
from pages.components.pictures import Pixels

if TYPE_CHECKING:
    from torch import Tensor

_AT_ONCE = 250


def pictures(where: Place, z: Tensor, kinds: Tensor) -> Pixels:
    """Pictures uint8 `(N, H, W, C)`.

    Args:
        where: The generator, and how far its noise is pulled towards the average.
        z: Latents `(N, z_dim)`.
        kinds: Kinds `(N,)` int64, or the share of each `(N, kinds)` float32.

    Raises:
        UserError: The generator is gone or damaged.
    """
    import numpy as np
    import torch

    from gan_core.asking import ask
    from gan_core.images import to_uint8

    family, parts = place.loaded(where).family, []
    with torch.no_grad():
        for start in range(0, len(z), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            parts.append(to_uint8(family.generate(*ask(family, _truncated(where, z[part]), kinds[part]))))
    return np.concatenate(parts)


def _truncated(where: Place, z: Tensor) -> Tensor:
    """The latents with shorter noise; a code that says a kind is not noise."""
    from gan_core.latent.paths import truncate

    latent = place.loaded(where).family.latent
    assert latent is not None
    noise, c_cat, c_cont = latent.split(z)
    return latent.join(truncate(noise, where.psi), c_cat, truncate(c_cont, where.psi))


def latents(where: Place, seed: int, n: int) -> Tensor:
    """The first n latents `(n, z_dim)` of a seed."""
    from gan_core.latent.paths import latent_from_seed

    return latent_from_seed(place.loaded(where).family, seed, n)
