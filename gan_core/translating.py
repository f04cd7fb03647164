"""Condition images of real examples, the same on every device, for whoever shows what a family translates."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.family import Family
from gan_core.images import from_uint8
from gan_core.settings import UserError


class Pairs(NamedTuple):
    """Condition images and what they were made from, on the CPU."""

    x_condition: Tensor  # (N, *translation.shape)
    real: Tensor  # (N, *data.shape)
    y: Tensor | None  # (N,) int64; None where the examples carry no labels


class Translated(NamedTuple):
    """Some examples and what a family made of their condition images, on the CPU."""

    x_condition: Tensor  # (N, *translation.shape)
    made: Tensor  # (N, *data.shape)
    real: Tensor  # (N, *data.shape)
    y: Tensor | None  # (N,) int64; None where the examples carry no labels
    z: Tensor | None  # (N, z_dim); None where the family takes no noise


AT_ONCE = 256  # translated at once


def pairs(family: Family, data: ImageDataset, indices: Tensor, rng: torch.Generator) -> Pairs:
    """The examples at `indices` `(N,)` with their condition images.

    Args:
        family: One that translates.
        data: Images of the family's shape.
        indices: Positions in `data`, int64.
        rng: Source of what is random in a condition; of the CPU, so that every device makes the same.
    """
    real = from_uint8(data.images[indices].cpu())
    y = None if data.labels is None else data.labels[indices].cpu()
    return Pairs(family.condition_of(real, rng), real, y)


def some_pairs(
    family: Family, data: ImageDataset, n: int, rng: torch.Generator, label: int | None = None
) -> Pairs:
    """Some examples in random order, each once before any comes twice, with their condition images.

    Args:
        family: One that translates.
        data: Images of the family's shape, at least one.
        n: Examples wanted.
        rng: Of the CPU.
        label: Class all of them shall be of; None: any.

    Raises:
        UserError: There is no such class, or no example of it.
    """
    members = torch.arange(len(data))
    if label is not None:
        if data.labels is None or not 0 <= label < len(data.class_names):
            known = f"0 to {len(data.class_names) - 1}" if data.labels is not None else "none"
            raise UserError(f"the examples have no class {label}; classes are {known}")
        members = (data.labels.cpu() == label).nonzero().flatten()
        if not len(members):
            raise UserError(f"the data set has no example of class {label}; choose another one")
    order = members[torch.randperm(len(members), generator=rng)]
    return pairs(family, data, order[torch.arange(n) % len(order)], rng)


def noise(family: Family, n: int, rng: torch.Generator) -> Tensor | None:
    """The z `(n, z_dim)` of n translations; None where the condition alone decides."""
    takes_noise = family.translation is not None and family.translation.noise is not None
    return family.sample_z(n, rng) if takes_noise else None


def translate_some(
    family: Family, data: ImageDataset, n: int, seed: int, label: int | None = None
) -> Translated:
    """What a family makes of the condition images of some real ones.

    Args:
        family: One that translates, in evaluation mode, on the CPU.
        data: Images of the family's shape.
        n: Examples wanted.
        seed: Of the choice of examples, of what is random in their conditions, and of z.
        label: Class of the examples; None: any.

    Raises:
        UserError: There is no such class, or no example of it.
    """
    rng = torch.Generator().manual_seed(seed)
    x_condition, real, y = some_pairs(family, data, n, rng, label)
    z = noise(family, n, rng)
    parts = torch.split(torch.arange(n), AT_ONCE)
    with torch.no_grad():
        made = [family.translate(x_condition[part], None if z is None else z[part]) for part in parts]
    return Translated(x_condition, torch.cat(made), real, y, z)
