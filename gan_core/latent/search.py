"""Finding a latent for a picture, whole or with a part painted out: gradient descent from several starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.family import Family
from gan_core.images import fit_to
from gan_core.latent.paths import Draw, drawer
from gan_core.latent.pictures import refuse_blank
from gan_core.settings import UserError

OnProgress = Callable[[float], None]

TRIED = 256  # random latents whose pictures are looked at first
STARTS = 6  # the best of them, from which the search goes downhill
STEPS = 80
_RATE = 0.08
_FEATURE_WEIGHT = 0.5  # of the classifier's view beside the pixels'
_LAW_WEIGHT = 0.002  # keeps z where the generator has learned to draw
_PRIOR_WEIGHT = 0.003  # of D's verdict beside the known pixels
_SURROUNDINGS = 7  # pixels; side of the window that weighs a known pixel by how much is missing near it


@dataclass(frozen=True)
class Found:
    """Result of a search.

    Attributes:
        z: The latent `(z_dim,)`.
        image: What the generator makes of it `(C, H, W)`, in [-1, 1].
        error: Root mean square difference to the picture, where it is known, as a share of the range 0 to 1.
    """

    z: Tensor
    image: Tensor
    error: float


def find(
    family: Family,
    picture: Tensor,
    *,
    judge: Family | None = None,
    y: int = 0,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Found:
    """The latent whose picture matches best.

    Args:
        family: Samples images.
        picture: `(C, H, W)` in [-1, 1], as large as the family's images.
        judge: A classifier; with it the search also matches its features, which see strokes before pixels.
        y: Class to draw, where the family takes one.
        steps: Steps of descent.
        seed: Of the starts.
        on_progress: Told the fraction done.

    Raises:
        UserError: The picture is blank or of another shape, or the family does not sample.
    """
    draw, target = drawer(family, y), _checked(family, picture)
    refuse_blank(target)
    features = _features(judge, target)

    def loss(z: Tensor, images: Tensor) -> Tensor:
        pixels = (images - target).square().mean((1, 2, 3))
        return pixels + _FEATURE_WEIGHT * features(images) + _LAW_WEIGHT * z.square().mean(1)

    z = _descend(family, draw, loss, steps, seed, on_progress)
    return _found(draw, z, target, torch.ones(target.shape[1:], dtype=torch.bool))


def fill_in(
    family: Family,
    picture: Tensor,
    known: Tensor,
    *,
    y: int = 0,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Found:
    """A latent whose picture agrees with the known part, so that it completes the rest.

    The picture is the generator's own; `completed` keeps the known part as it is.

    Args:
        family: Samples images; where it has a discriminator, what is filled in must please it too.
        picture: `(C, H, W)` in [-1, 1], as large as the family's images.
        known: `(H, W)` bool: False where a part is painted out.
        y: Class to draw, where the family takes one.
        steps: Steps of descent.
        seed: Of the starts.
        on_progress: Told the fraction done.

    Raises:
        UserError: Nothing or everything is painted out, the picture has another shape, or the family does not
            sample.

    Source: Yeh et al. 2017 (arXiv:1607.07539), section 3.

    Departs from the paper: -log D instead of log(1 - D), whose gradient fades where D is sure; several
    starts; the known part is pasted in without Poisson blending.
    """
    draw, target = drawer(family, y), _checked(family, picture)
    if known.shape != target.shape[1:]:
        raise UserError(
            f"the mask must have {tuple(target.shape[1:])} pixels, got {tuple(known.shape)}; "
            "make it as large as the picture"
        )
    if not known.any() or known.all():
        raise UserError("paint out a part of the picture: some of it, not all of it")
    importance = _importance(known)

    def loss(z: Tensor, images: Tensor) -> Tensor:
        context = ((images - target).abs() * importance).mean((1, 2, 3))
        if not family.can_score:
            return context
        scores = family.discriminator_scores(images, torch.full((len(z),), y) if family.num_classes else None)
        return context - _PRIOR_WEIGHT * scores.clamp_min(1e-30).log()

    return _found(draw, _descend(family, draw, loss, steps, seed, on_progress), target, known)


def completed(picture: Tensor, known: Tensor, image: Tensor) -> Tensor:
    """The known part of `picture` `(C, H, W)` with the rest taken from `image`."""
    return torch.where(known, picture, image)


def _checked(family: Family, picture: Tensor) -> Tensor:
    if tuple(picture.shape) != family.data.shape:
        raise UserError(
            f"the picture must have shape {family.data.shape} for this generator, got {tuple(picture.shape)}"
        )
    return picture.detach().float()


def _features(judge: Family | None, target: Tensor) -> Callable[[Tensor], Tensor]:
    """Squared distance in a classifier's features `(N,)`, over the target's own square; 0 without one."""
    if judge is None:
        return lambda images: images.new_zeros(len(images))
    with torch.no_grad():
        wanted = judge.features(fit_to(target[None], judge.data.shape))
    size = wanted.square().sum().clamp_min(1e-6)
    return lambda images: (judge.features(fit_to(images, judge.data.shape)) - wanted).square().sum(1) / size


def _importance(known: Tensor) -> Tensor:
    """Weight `(H, W)` of each known pixel: the share of what is missing around it, at least a little."""
    missing = F.avg_pool2d(
        (~known)[None, None].float(), _SURROUNDINGS, 1, _SURROUNDINGS // 2, count_include_pad=False
    )[0, 0]
    return known * (missing + 0.2)


def _descend(
    family: Family,
    draw: Draw,
    loss: Callable[[Tensor, Tensor], Tensor],
    steps: int,
    seed: int,
    on_progress: OnProgress | None,
) -> Tensor:
    """The best of all latents met on the way down from the best of many random ones, `(z_dim,)`."""
    candidates = family.sample_z(TRIED, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        order = loss(candidates, draw(candidates)).argsort()
    z = candidates[order[:STARTS]].clone().requires_grad_(True)
    optimizer = torch.optim.Adam([z], lr=_RATE, betas=(0.9, 0.99))
    best, best_z = torch.full((len(z),), torch.inf), z.detach().clone()
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = _RATE * (1 - step / steps) ** 0.5
        with torch.enable_grad():
            losses = loss(z, draw(z))
            (z.grad,) = torch.autograd.grad(losses.sum(), z)
        better = losses.detach() < best
        best = torch.where(better, losses.detach(), best)
        best_z = torch.where(better[:, None], z.detach(), best_z)
        optimizer.step()
        if on_progress is not None:
            on_progress((step + 1) / steps)
    return best_z[best.argmin()]


def _found(draw: Draw, z: Tensor, target: Tensor, known: Tensor) -> Found:
    with torch.no_grad():
        image = draw(z[None])[0]
    difference = (image - target)[:, known] / 2
    return Found(z, image, float(difference.square().mean().sqrt()))
