"""Latents in which one code is swept while noise and all other codes stay as they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from gan_core.latent_spec import CodeReading, LatentSpec


def evenly_coded(latent: LatentSpec, n: int, rng: torch.Generator) -> Tensor:
    """Random latents `(n, z_dim)` whose categorical codes take all their values in turn, in every mix."""
    noise, _, c_cont = latent.split(latent.sample(n, rng))
    count = torch.arange(n, device=rng.device)
    steps = [math.prod(latent.cat_sizes[:index]) for index in range(len(latent.cat_sizes))]
    turns = [count // step % size for step, size in zip(steps, latent.cat_sizes, strict=True)]
    c_cat = torch.stack(turns, dim=1) if turns else noise.new_zeros((n, 0), dtype=torch.int64)
    return latent.join(noise, c_cat, c_cont)


def with_kind(latent: LatentSpec, z: Tensor, code: int, kind: int) -> Tensor:
    """Latents `(N, z_dim)` with one categorical code set to a value.

    Args:
        latent: Says where the code lies.
        z: `(N, z_dim)`.
        code: Number of the categorical code, from 0.
        kind: Its value, from 0.
    """
    changed, where = z.clone(), latent.cat_slices[code]
    changed[:, where] = 0.0
    changed[:, where.start + kind] = 1.0
    return changed


def with_number(latent: LatentSpec, z: Tensor, code: int, value: float) -> Tensor:
    """Latents `(N, z_dim)` with one continuous code set to a value.

    Args:
        latent: Says where the code lies.
        z: `(N, z_dim)`.
        code: Number of the continuous code, from 0.
        value: Any; training draws from -1 to 1.
    """
    changed = z.clone()
    changed[:, latent.cont_slice.start + code] = value
    return changed


def sweep_kinds(latent: LatentSpec, z: Tensor, code: int) -> Tensor:
    """Every value of one categorical code: from z `(N, z_dim)`, `(N, values, z_dim)`."""
    kinds = range(latent.cat_sizes[code])
    return torch.stack([with_kind(latent, z, code, kind) for kind in kinds], dim=1)


def sweep_numbers(latent: LatentSpec, z: Tensor, code: int, values: Sequence[float]) -> Tensor:
    """One continuous code from stop to stop: from z `(N, z_dim)`, `(N, stops, z_dim)`."""
    return torch.stack([with_number(latent, z, code, value) for value in values], dim=1)


def from_reading(latent: LatentSpec, reading: CodeReading, n: int, rng: torch.Generator) -> Tensor:
    """Latents `(n, z_dim)` with the codes that were read off one example, each with noise of its own.

    The most likely kind of each categorical code is taken, and numbers no further than training draws them.

    Args:
        latent: Says which codes there are.
        reading: Of one example.
        n: Latents wanted.
        rng: Source of the noise.
    """
    logits = torch.split(reading.q_logits[:1], list(latent.cat_sizes), dim=1)
    kinds = [part.argmax(dim=1) for part in logits]
    c_cat = torch.stack(kinds, dim=1) if kinds else reading.q_mean.new_zeros((1, 0), dtype=torch.int64)
    noise = latent.split(latent.sample(n, rng)).noise
    c_cont = reading.q_mean[:1].clamp(-1, 1)
    return latent.join(noise, c_cat.expand(n, -1), c_cont.expand(n, -1))
