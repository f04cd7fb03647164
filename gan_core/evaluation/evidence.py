"""A diagnosis with the examples that show it: what is made of each kind, what repeats, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gan_core.building import images_for
from gan_core.data.progress import Progress, silent
from gan_core.evaluation.diagnosis import Diagnosis, diagnose
from gan_core.evaluation.extractors import extractor_for, random_subset
from gan_core.evaluation.generating import evaluation_mode, generate
from gan_core.evaluation.images import asked_classes, generated_images
from gan_core.evaluation.measuring import load_points
from gan_core.evaluation.recognition import recognition_of
from gan_core.family import Family

SHOWN = 8  # examples of each kind
REAL_SHOWN = 3
REAL_POINTS = 1_000

Pixels = NDArray[np.uint8]
Points = NDArray[np.float32]


@dataclass(frozen=True)
class ImageEvidence:
    """Images behind a diagnosis.

    Attributes:
        made: For each kind of the census, up to eight generated images uint8 `(n, H, W, C)`.
        real: For each kind, up to three training images.
        pairs: The closest pairs, two images each: uint8 `(2 * pairs, H, W, C)`.
    """

    made: tuple[Pixels, ...]
    real: tuple[Pixels, ...]
    pairs: Pixels


@dataclass(frozen=True)
class PointEvidence:
    """Points behind a diagnosis.

    Attributes:
        made: Generated `(n, 2)`.
        mode: The mode each is within three deviations of `(n,)` int64; -1: none.
        real: Real ones `(m, 2)`.
        centres: Of the modes `(k, 2)`; none if the data are one piece.
        radius: Three deviations of a mode.
        extent: Half the side of the square to show.
    """

    made: Points
    mode: NDArray[np.int64]
    real: Points
    centres: Points
    radius: float
    extent: float


@dataclass(frozen=True)
class Evidence:
    """A diagnosis and what it was read off; images or points, whichever the family makes."""

    diagnosis: Diagnosis
    images: ImageEvidence | None = None
    points: PointEvidence | None = None


def gather(
    family: Family,
    dataset: str,
    n: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    drawing: Sequence[Sequence[float]] | None = None,
) -> Evidence:
    """Diagnoses a generator and keeps the examples that show what was found.

    Args: as `gan_core.evaluation.diagnosis.diagnose`.

    Raises:
        UserError: As there.
    """
    progress = progress or silent
    found = diagnose(family, dataset, n, seed, progress, drawing=drawing)
    with evaluation_mode(family):
        if family.data.kind == "points":
            return Evidence(found, points=_points(family, found, drawing, progress))
        return Evidence(found, images=_images(family, found, progress))


def _images(family: Family, found: Diagnosis, progress: Progress) -> ImageEvidence:
    train, test = (images_for(family, found.dataset, split, progress) for split in ("train", "test"))
    smallest = min(found.n, len(train), len(test))
    kinds = recognition_of(train, extractor_for(found.dataset, train.images, smallest), progress)
    fake = generated_images(family, found.n, found.seed, asked_classes(family, train, found.n), progress)
    named, sure = kinds.name_them(fake)
    named = named.where(sure, -1)
    some = random_subset(train.images, 2_000)
    real_named = (
        random_subset(train.labels, 2_000)
        if kinds.by != "clusters" and train.labels is not None
        else kinds.name_them(some)[0]
    )
    twins = () if found.duplicates is None else found.duplicates.pairs
    indices = [index for pair in twins for index in (pair.first, pair.second)]
    k = range(len(kinds.names))
    return ImageEvidence(
        tuple(_shown(fake[named == c][:SHOWN]) for c in k),
        tuple(_shown(some[real_named == c][:REAL_SHOWN]) for c in k),
        _shown(fake[torch.tensor(indices, dtype=torch.int64)]),
    )


def _shown(images: Tensor) -> Pixels:
    """uint8 `(N, C, H, W)` as the page shows it."""
    pixels: Pixels = np.ascontiguousarray(images.permute(0, 2, 3, 1).numpy())
    return pixels


def _points(
    family: Family, found: Diagnosis, drawing: Sequence[Sequence[float]] | None, progress: Progress
) -> PointEvidence:
    data = load_points(found.dataset, drawing, progress)
    made = torch.cat([part.cpu() for part in generate(family, found.n, found.seed, None, progress)])
    mode, centres, radius = torch.full((len(made),), -1), torch.empty(0, 2), 0.0
    if data.centres is not None and data.std is not None:
        centres, radius = data.centres, 3 * data.std
        distance, nearest = torch.cdist(made.double(), centres.double()).min(dim=1)
        mode = nearest.where(distance < radius, -1)
    real = data.sample(REAL_POINTS, torch.Generator().manual_seed(0))
    return PointEvidence(
        made.float().numpy(), mode.numpy(), real.float().numpy(), centres.float().numpy(), radius, data.extent
    )
