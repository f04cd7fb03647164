"""Ways through latent space: straight lines, arcs, planes, arithmetic, truncation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor

from gan_core.family import Family
from gan_core.settings import UserError

Draw = Callable[[Tensor], Tensor]
PathKind = Literal["lerp", "slerp"]

_PARALLEL = 1e-4  # sine below which two directions are taken for one, or for opposite ones


def drawer(family: Family, y: int = 0) -> Draw:
    """A function from z `(N, z_dim)` to examples `(N, *data.shape)`.

    Args:
        family: Any that samples.
        y: Class asked for, where the family takes one.

    Raises:
        UserError: The family does not sample.
    """
    if family.latent is None:
        raise UserError(f"family '{family.name}' has no latent space to explore; choose one that generates")
    if not family.num_classes:
        return family.generate
    return lambda z: family.generate(z, torch.full((len(z),), y, dtype=torch.int64, device=z.device))


def latent_from_seed(family: Family, seed: int, n: int = 1) -> Tensor:
    """The first n latents `(n, z_dim)` of a seed, float32; the same on every machine."""
    return family.sample_z(n, torch.Generator().manual_seed(seed))


def lerp(a: Tensor, b: Tensor, t: Tensor | float) -> Tensor:
    """The point at fraction t of the straight line from a to b; shapes broadcast."""
    return a + (b - a) * t


def slerp(a: Tensor, b: Tensor, t: Tensor | float) -> Tensor:
    """The point at fraction t of the arc from a to b; its length goes evenly from that of a to that of b.

    Where the arc is not defined (one of them is zero) or is the line itself (same direction), it is `lerp`.
    Between opposite directions every half circle is as short as any other: one fixed one is taken.

    Args:
        a: `(..., z_dim)`.
        b: `(..., z_dim)`.
        t: 0 to 1; a tensor's last dimension is 1.

    Source: Shoemake 1985, Animating rotation with quaternion curves, extended to unequal lengths as in White
    2016 (arXiv:1609.04468).
    """
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    unit_a = a / length_a.clamp_min(1e-12)
    unit_b = b / length_b.clamp_min(1e-12)
    cosine = (unit_a * unit_b).sum(-1, keepdim=True).clamp(-1.0, 1.0)
    across = unit_b - cosine * unit_a  # what of b is square to a
    sine = across.norm(dim=-1, keepdim=True)
    opposite = (sine < _PARALLEL) & (cosine < 0)
    across = torch.where(opposite, _perpendicular(unit_a), across)
    angle = torch.atan2(torch.where(opposite, torch.zeros_like(sine), sine), cosine) * t
    unit_across = across / across.norm(dim=-1, keepdim=True).clamp_min(1e-12)
    arc = (unit_a * torch.cos(angle) + unit_across * torch.sin(angle)) * lerp(length_a, length_b, t)
    straight = ((sine < _PARALLEL) & (cosine > 0)) | (length_a < 1e-6) | (length_b < 1e-6)
    return torch.where(straight, lerp(a, b, t), arc)


def _perpendicular(unit: Tensor) -> Tensor:
    """Some direction square to each unit vector `(..., d)`: the axis it leans to least, made square to it."""
    axis = torch.zeros_like(unit).scatter(-1, unit.abs().argmin(-1, keepdim=True), 1.0)
    return axis - (axis * unit).sum(-1, keepdim=True) * unit


def walk(a: Tensor, b: Tensor, n: int, kind: PathKind = "slerp") -> Tensor:
    """Stops from a to b, both included.

    Args:
        a: Start `(z_dim,)`.
        b: End `(z_dim,)`.
        n: Stops, 2 to 240.
        kind: Along the arc or along the straight line.

    Returns:
        `(n, z_dim)`.

    Raises:
        UserError: The number of stops is out of range.
    """
    if not 2 <= n <= 240:
        raise UserError(f"a walk must have 2 to 240 stops, got {n}")
    path = slerp if kind == "slerp" else lerp
    return path(a, b, torch.linspace(0, 1, n, dtype=a.dtype)[:, None])


def plane(a: Tensor, b: Tensor, c: Tensor, side: int, margin: float = 0.25) -> Tensor:
    """A grid of latents on the plane through three, which lie on it at exact places.

    Column and row run along a→b and a→c; a point at fractions (u, v) is mixed from the three with weights
    1 - u - v, u and v, and then given the length the three have on average, as a typical z has.

    Args:
        a: `(z_dim,)`, at u = v = 0.
        b: `(z_dim,)`, at u = 1, v = 0.
        c: `(z_dim,)`, at u = 0, v = 1.
        side: Points along each side of the grid, at least 2.
        margin: How far the grid reaches beyond the three, as a fraction of the way between them.

    Returns:
        `(side, side, z_dim)`; rows along v, columns along u.
    """
    fractions = torch.linspace(-margin, 1 + margin, side, dtype=a.dtype)
    v, u = torch.meshgrid(fractions, fractions, indexing="ij")
    u, v = u[..., None], v[..., None]
    mixed = a * (1 - u - v) + b * u + c * v
    length = torch.stack([a, b, c]).norm(dim=-1).mean()
    sized: Tensor = mixed * (length / mixed.norm(dim=-1, keepdim=True).clamp_min(1e-6))
    return sized


def arithmetic(plus: Tensor, minus: Tensor, plus_too: Tensor) -> Tensor:
    """A - B + C, each the average of several latents `(n, z_dim)`, at the length a single one has.

    Averages are shorter than what they average: without the last step the picture would be a dull one.

    Source: Radford et al. 2016 (arXiv:1511.06434), section 6.3.2, who average three each.
    """
    result = plus.mean(0) - minus.mean(0) + plus_too.mean(0)
    length = torch.cat([plus, minus, plus_too]).norm(dim=-1).mean()
    sized: Tensor = result * (length / result.norm().clamp_min(1e-6))
    return sized


def truncate(z: Tensor, truncation_psi: float) -> Tensor:
    """Pulls z towards the mean latent, which is zero: 1 leaves it, 0 gives the same for all.

    Raises:
        UserError: `truncation_psi` is not from 0 to 1.
    """
    if not (math.isfinite(truncation_psi) and 0.0 <= truncation_psi <= 1.0):
        raise UserError(f"truncation must be from 0 to 1, got {truncation_psi}")
    return z * truncation_psi


def combine(z: Tensor, steps: Tensor, amounts: Sequence[float]) -> Tensor:
    """Moves z along directions.

    Args:
        z: `(N, z_dim)`.
        steps: One standard deviation along each direction `(k, z_dim)`.
        amounts: How many of them, `k` or fewer; the rest are not moved along.
    """
    if not amounts:
        return z
    return z + torch.tensor(list(amounts), dtype=z.dtype) @ steps[: len(amounts)]
