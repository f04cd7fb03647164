"""Pictures rebuilt from their codes, by an encoder or by a search, and what lies between two codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.family import Family
from gan_core.images import fit_to
from gan_core.latent.paths import walk
from gan_core.latent.search import OnProgress, find
from gan_core.settings import UserError


@dataclass(frozen=True)
class Rebuilt:
    """Pictures, the codes a family has for them, and what it makes of these.

    Attributes:
        z: `(N, z_dim)`.
        images: `(N, C, H, W)` in [-1, 1].
        errors: Root mean square difference of each picture, of the range 0 to 1, `(N,)`.
    """

    z: Tensor
    images: Tensor
    errors: Tensor


def difference(x: Tensor, y: Tensor) -> Tensor:
    """Root mean square difference `(N,)` of pairs of images `(N, C, H, W)`, of the range 0 to 1."""
    return ((x - y) / 2).square().flatten(1).mean(1).sqrt()


@torch.no_grad()
def encoded(family: Family, x: Tensor) -> Rebuilt:
    """Pictures rebuilt by the family's own encoder.

    Args:
        family: One that encodes.
        x: `(N, C, H, W)` in [-1, 1], of the family's size.

    Raises:
        UserError: The family cannot encode.
    """
    z = family.encode(x)
    images = family.generate(z)
    return Rebuilt(z, images, difference(x, images))


def searched(
    family: Family,
    x: Tensor,
    *,
    judge: Family | None = None,
    y: Tensor | None = None,
    on_progress: OnProgress | None = None,
) -> Rebuilt:
    """Pictures rebuilt by a family without an encoder: gradient descent on z, one picture after the other.

    Args:
        family: One that samples.
        x: `(N, C, H, W)` in [-1, 1], of the family's size.
        judge: A classifier whose features the search matches too.
        y: Class to draw each as `(N,)` int64, where the family takes one.
        on_progress: Told the fraction done.

    Raises:
        UserError: The family does not sample, or a picture is blank or of another size.
    """
    told = on_progress or (lambda share: None)
    found = [
        find(
            family, picture, judge=judge, y=0 if y is None else int(y[index]),
            on_progress=lambda share, index=index: told((index + share) / len(x)),  # type: ignore[misc]
        )
        for index, picture in enumerate(x)
    ]  # fmt: skip
    images = torch.stack([one.image for one in found])
    return Rebuilt(torch.stack([one.z for one in found]), images, difference(x, images))


@torch.no_grad()
def between(family: Family, a: Tensor, b: Tensor, stops: int, y: tuple[int, int] | None = None) -> Tensor:
    """What a family draws on the straight line from one code to another, `(stops, C, H, W)`.

    Args:
        family: One that samples.
        a: `(z_dim,)`.
        b: `(z_dim,)`.
        stops: Pictures wanted, at least 2.
        y: Classes at the two ends, where the family takes one: what lies between is asked for in shares.
    """
    z = walk(a, b, stops, "lerp")
    if not family.num_classes:
        return family.generate(z)
    first, last = y or (0, 0)
    ends = F.one_hot(torch.tensor([first, last]), family.num_classes).float()
    share = torch.linspace(0, 1, stops)[:, None]
    return family.generate(z, ends[0] * (1 - share) + ends[1] * share)


def crossfade(a: Tensor, b: Tensor, stops: int) -> Tensor:
    """Two pictures `(C, H, W)` mixed pixel by pixel, `(stops, C, H, W)`: what no code is needed for."""
    share = torch.linspace(0, 1, stops).view(-1, 1, 1, 1)
    return a * (1 - share) + b * share


@torch.no_grad()
def certainty(judge: Family, x: Tensor) -> tuple[Tensor, Tensor]:
    """The class a classifier sees in each image `(N, C, H, W)` and how sure it is, `(N,)` each."""
    shares = judge.class_logits(fit_to(x, judge.data.shape)).softmax(dim=1)
    sure, named = shares.max(dim=1)
    return named, sure


def plane_codes(side: int, reach: float) -> Tensor:
    """Codes of two numbers on a square grid `(side * side, 2)`, row by row from the top left.

    The first number grows to the right, the second upwards, each from -reach to reach.
    """
    axis = torch.linspace(-reach, reach, side)
    up, right = torch.meshgrid(axis.flip(0), axis, indexing="ij")
    return torch.stack([right.flatten(), up.flatten()], dim=1)


def check_comparable(families: Sequence[Family], titles: Sequence[str], datasets: Sequence[str]) -> None:
    """Refuses to show pictures of different data beside each other as if they could be compared.

    Raises:
        UserError: They learned different data, or images of different size.
    """
    for family, title, dataset in zip(families, titles, datasets, strict=True):
        if dataset != datasets[0] or family.data.shape != families[0].data.shape:
            raise UserError(
                f"{titles[0]} and {title} learned different images, so that nothing can be compared; "
                "choose models of the same data and image size"
            )
