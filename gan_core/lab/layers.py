"""What the lab draws over the plane: D's field, the pull on each fake, and the noise as G bends it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

from gan_core.family import Family
from gan_core.latent_spec import LatentSpec
from gan_core.phases import Batch, StepContext
from gan_core.trainer import Trainer

FIELD_CELLS = 40  # along either axis
SHEET_CELLS = 20  # of the noise, along either of its axes
_TAIL = 0.002  # probability of the noise that lies beyond either end of the sheet, per axis


class Sheet(NamedTuple):
    """The noise, cut into cells of equal probability, where G puts it.

    Attributes:
        corners: `(n, n, 2)` float32 for noise of two numbers, `(n, 1, 2)` for one; n is `SHEET_CELLS + 1`.
        density: Probability per unit of area (of length, for one number) of each cell, `(n - 1, n - 1)` or
            `(n - 1, 1)`; infinite where G folds a cell flat.
    """

    corners: Tensor
    density: Tensor


def discriminator_field(family: Family, extent: float) -> Tensor:
    """D's output in the middle of each cell of the shown square, `(40, 40)`; the first axis is y, upwards."""
    axis = (torch.arange(FIELD_CELLS) + 0.5) / FIELD_CELLS * 2 * extent - extent
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    field = family.discriminator_field(torch.stack([x, y], dim=-1).reshape(-1, 2))
    return field.reshape(FIELD_CELLS, FIELD_CELLS)


def pull_on_fakes(trainer: Trainer, z: Tensor, real: Tensor) -> Tensor:
    """Where G's loss pushes each of its points: minus the gradient of the point's own loss, `(N, 2)`.

    It is the loss G is trained with now, whichever that is, and the gradient G learns from. The networks stay
    as they are.

    Args:
        trainer: Its family has a generator and a phase for it.
        z: Noise of the points `(N, z_dim)`, a multiple of what D judges together.
        real: As many real points `(N, 2)`, for a loss that pairs the two.
    """
    family = trainer.family
    with _as_shown(family):
        with torch.no_grad():
            fake = family.generate(z)
        fake.requires_grad_(True)
        # Noise a setting adds to what D sees must not move the random state of the training.
        rng = torch.Generator().manual_seed(0)
        ctx = StepContext(Batch(real), rng, trainer.step, frozenset({"generator"}), {"z": z, "fake": fake})
        phase = next(phase for phase in family.phases() if phase.role == "generator")
        with torch.enable_grad():
            loss = torch.stack(list(phase.compute(ctx).losses.values())).sum()
            (gradient,) = torch.autograd.grad(loss, fake)
    return -gradient * len(fake)  # the loss is a mean over the points


def sheet(family: Family) -> Sheet | None:
    """The noise as G bends it; None for noise of more than two numbers, which has no picture."""
    law = family.latent
    if law is None or law.z_dim > 2:
        return None
    z = _sheet_noise(law)
    corners = family.generate(z.reshape(-1, law.z_dim)).reshape(*z.shape[:-1], 2)
    if law.z_dim == 1:
        corners = corners[:, None]
    return Sheet(corners, sheet_density(corners))


def _sheet_noise(law: LatentSpec) -> Tensor:
    """Noise at the corners of cells of equal probability, `(21, 21, 2)` or `(21, 1)`."""
    share = torch.linspace(_TAIL, 1 - _TAIL, SHEET_CELLS + 1)
    axis = math.sqrt(2) * torch.erfinv(2 * share - 1) if law.distribution == "normal" else 2 * share - 1
    if law.z_dim == 1:
        return axis[:, None]
    return torch.stack(torch.meshgrid(axis, axis, indexing="ij"), dim=-1)


def sheet_density(corners: Tensor) -> Tensor:
    """Probability per area of each cell of a sheet, or per length for a line; see `Sheet`."""
    along = (1 - 2 * _TAIL) / SHEET_CELLS
    if corners.shape[1] == 1:
        lengths: Tensor = corners.diff(dim=0).norm(dim=-1)
        return along / lengths
    a, b, c, d = corners[:-1, :-1], corners[1:, :-1], corners[1:, 1:], corners[:-1, 1:]
    area = (_triangle(a, b, c) + _triangle(a, c, d)) / 2
    density: Tensor = along**2 / area
    return density


def _triangle(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Twice the area of each triangle."""
    (ux, uy), (vx, vy) = (b - a).unbind(-1), (c - a).unbind(-1)
    return (ux * vy - uy * vx).abs()


@contextmanager
def _as_shown(family: Family) -> Iterator[None]:
    """Evaluation mode meanwhile: running statistics stay as they are."""
    networks = list(family.modules().values())
    for network in networks:
        network.eval()
    try:
        yield
    finally:
        for network in networks:
            network.train()
