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


class Ways(NamedTuple):
    """Examples of both domains on their way to the other one and back."""

    a: Tensor  # (N, *translation.shape), where translate() starts
    ab: Tensor  # (N, *data.shape)
    aba: Tensor  # like a
    b: Tensor  # (M, *data.shape)
    ba: Tensor  # (M, *translation.shape)
    bab: Tensor  # like b


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
    real, y = _examples(data, indices)
    return Pairs(family.condition_of(real, rng), real, y)


def some_pairs(
    family: Family, data: ImageDataset, n: int, rng: torch.Generator, label: int | None = None
) -> Pairs:
    """Some examples with their condition images; see `some_indices`."""
    return pairs(family, data, some_indices(data, n, rng, label), rng)


def some_indices(data: ImageDataset, n: int, rng: torch.Generator, label: int | None = None) -> Tensor:
    """Positions `(n,)` of some examples in random order, each once before any comes twice.

    Args:
        data: Images, at least one.
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
    return order[torch.arange(n) % len(order)]


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


def both_ways(family: Family, a: Tensor, b: Tensor, z: Tensor | None) -> Ways:
    """Translates examples there and back again.

    Args:
        family: One that translates both ways, in evaluation mode.
        a: Conditions `(N, *translation.shape)`.
        b: Examples `(M, *data.shape)`, which have nothing to do with them.
        z: Noise for the conditions `(N, z_dim)`; None where the family takes none. The way from b and back
            takes the noise that is read out of b.
    """
    ab = family.translate(a, z)
    back = family.translate_back(b)
    again = family.translate(back.x_condition, back.z)
    return Ways(a, ab, family.translate_back(ab).x_condition, b, back.x_condition, again)


def other_domain(family: Family, data: ImageDataset) -> ImageDataset:
    """The images a family of two domains translates from.

    Raises:
        UserError: The data set has no second domain, or one of another shape.
    """
    if data.other is None or data.other.spec.shape != family.data.other_shape:
        raise UserError(
            f"the networks translate between two domains, but data set '{data.name}' has no second one of "
            f"their shape {family.data.other_shape}; name the data set they were trained on"
        )
    return data.other


class SomeWays(NamedTuple):
    """Some test images of both domains, what was made of them, and what they show."""

    ways: Ways
    y_a: Tensor | None  # (n,) int64; None where the images carry no labels
    y_b: Tensor | None
    z: Tensor | None  # (n, z_dim)


def some_ways(family: Family, data: ImageDataset, n: int, seed: int, label: int | None = None) -> SomeWays:
    """Some images of both domains on their ways, on the CPU.

    Args:
        family: One that translates both ways, in evaluation mode, on the CPU.
        data: Images of the family's shape, with its second domain.
        n: Images wanted of each domain.
        seed: Of the choice and of z.
        label: Class of the images; None: any.

    Raises:
        UserError: There is no second domain, no such class, or no image of it.
    """
    rng, other = torch.Generator().manual_seed(seed), other_domain(family, data)
    a, y_a = _examples(other, some_indices(other, n, rng, label))
    b, y_b = _examples(data, some_indices(data, n, rng, label))
    z = noise(family, n, rng)
    parts = torch.split(torch.arange(n), AT_ONCE)
    with torch.no_grad():
        found = [both_ways(family, a[part], b[part], None if z is None else z[part]) for part in parts]
    return SomeWays(Ways(*(torch.cat(images) for images in zip(*found, strict=True))), y_a, y_b, z)


def _examples(data: ImageDataset, indices: Tensor) -> tuple[Tensor, Tensor | None]:
    """Images `(n, C, H, W)` in [-1, 1] and their classes, on the CPU."""
    y = None if data.labels is None else data.labels[indices].cpu()
    return from_uint8(data.images[indices].cpu()), y
