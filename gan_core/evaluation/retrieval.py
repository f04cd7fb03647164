"""Search by image: what each network makes of a picture as numbers in which likeness can be measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import in_batches, random_subset
from gan_core.family import Family
from gan_core.images import from_uint8
from gan_core.metrics.retrieval import precision_at

NEIGHBOURS = 10
QUERIES = 1_000  # of a large test split, that are searched for


@dataclass(frozen=True)
class Representation:
    """One way to turn pictures into numbers.

    Attributes:
        kind: "pixels"; the "codes" of an encoder; the last features of "d"; the codes that "q" reads.
        read: Numbers `(N, d)` float32 of uint8 images `(N, C, H, W)`.
    """

    kind: Literal["pixels", "codes", "d", "q"]
    read: Callable[[Tensor], Tensor]

    def of(self, images: Tensor, progress: Progress) -> Tensor:
        """Numbers of many uint8 images, some hundred at a time."""
        return in_batches(self.read, images, "Reading the pictures", progress)


PIXELS = Representation("pixels", lambda images: from_uint8(images).flatten(1))


def representations(family: Family) -> Sequence[Representation]:
    """All that a family's networks make of a picture, on the CPU; nothing if it only generates."""
    found = []
    if family.can_encode:
        found.append(Representation("codes", lambda images: family.encode(from_uint8(images))))
    if family.can_score and family.can_describe:
        found.append(Representation("d", lambda images: family.discriminator_features(from_uint8(images))))
    if family.can_read_codes:
        found.append(Representation("q", lambda images: torch.cat(family.read_codes(from_uint8(images)), 1)))
    return found


def retrieval_precision(
    representation: Representation, test: ImageDataset, progress: Progress
) -> float | None:
    """Precision@10 on test images: the share of the ten nearest others that are of the same class.

    Every test image is searched for, or of a large split 1,000 random ones, among all others.

    Returns:
        0 to 1; None: the images carry no labels.
    """
    if test.labels is None:
        return None
    features = representation.of(test.images, progress)
    queries = random_subset(torch.arange(len(test)), QUERIES)
    progress("Searching", 0.9)
    return precision_at(features, test.labels, NEIGHBOURS, queries)
