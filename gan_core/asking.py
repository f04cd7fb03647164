"""Asking a family for a kind of example: a class or, where it has none, a value of its categorical code."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.family import Family


class Request(NamedTuple):
    """What `generate` takes."""

    z: Tensor  # (N, z_dim)
    y: Tensor | None  # (N,) int64 or (N, num_classes) float32; None where the family has no classes


def num_kinds(family: Family) -> int:
    """Kinds that can be asked for; 0: the family makes what it likes."""
    if family.num_classes or family.latent is None:
        return family.num_classes
    return next(iter(family.latent.cat_sizes), 0)


def ask(family: Family, z: Tensor, kind: Tensor) -> Request:
    """Asks for examples of given kinds.

    Args:
        family: One that has kinds.
        z: Latent vectors `(N, z_dim)`; all but a code that says the kind is kept.
        kind: Kinds `(N,)` int64; or, for what lies between kinds, the share of each `(N, num_kinds)` float32.
    """
    kind = kind.to(z.device)
    if family.num_classes:
        return Request(z, kind)
    assert family.latent is not None
    z = z.clone()
    shares = kind if kind.is_floating_point() else F.one_hot(kind, family.latent.cat_sizes[0])
    z[:, family.latent.cat_slices[0]] = shares.to(z)
    return Request(z, None)


def ask_any(family: Family, n: int, rng: torch.Generator) -> Request:
    """Asks for n examples, every kind equally likely."""
    z = family.sample_z(n, rng)
    if not family.num_classes:
        return Request(z, None)
    return Request(z, torch.randint(family.num_classes, (n,), generator=rng, device=rng.device))


def ask_rows(family: Family, kinds: Tensor, columns: int, rng: torch.Generator) -> Request:
    """Asks for one row of `columns` examples for each of the `kinds` `(R,)`, the same noise down a column."""
    z = family.sample_z(columns, rng).repeat(len(kinds), 1)
    return ask(family, z, kinds.repeat_interleave(columns))
