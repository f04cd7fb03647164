"""Does a class vary as much as it should? How different its pictures are from each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress, silent
from gan_core.evaluation.extractors import Extractor, in_batches
from gan_core.evaluation.real import some_of_each
from gan_core.images import from_uint8
from gan_core.metrics import ssim
from gan_core.settings import UserError

_PAIRED = 20  # pictures of which all pairs are compared by SSIM
_WORDS = (
    (0.25, "almost always the same picture"),
    (0.6, "much less than real ones do"),
    (0.85, "somewhat less than real ones do"),
    (1.15, "as much as real ones do"),
)


class Spread(NamedTuple):
    """How different pictures are from each other.

    Attributes:
        distance: Mean Euclidean distance of all pairs, in the features' units.
        similarity: Mean SSIM of all pairs of the first 20, -1 to 1; 1: all equal.
    """

    distance: float
    similarity: float


@dataclass(frozen=True)
class ClassSpread:
    """The pictures of one class beside real ones of it.

    Attributes:
        made: Of generated pictures.
        real: Of real ones.
    """

    made: Spread
    real: Spread

    @property
    def ratio(self) -> float:
        """Distance between generated pictures divided by that between real ones; 1 is right."""
        return self.made.distance / self.real.distance if self.real.distance else float("inf")

    @property
    def verdict(self) -> str:
        """How much they vary, in words."""
        more = "more than real ones do"
        return next((words for limit, words in _WORDS if self.ratio < limit), more)


def spread(pictures: Tensor, features: Tensor) -> Spread:
    """How different pictures of one class are from each other.

    Args:
        pictures: uint8 `(N, C, H, W)`.
        features: The same in an extractor's eyes `(N, d)`.

    Raises:
        UserError: There are fewer than two.

    Source: SSIM between pictures of one class as a measure of their variety: Odena et al. 2017
    (arXiv:1610.09585), section 4.2, there over several scales.
    """
    if len(pictures) < 2:
        raise UserError(f"at least 2 pictures of a class are needed to compare them, got {len(pictures)}")
    x = from_uint8(pictures[:_PAIRED])
    first, second = torch.triu_indices(len(x), len(x), offset=1)
    return Spread(float(torch.pdist(features.double()).mean()), float(ssim(x[first], x[second]).mean()))


def class_spreads(
    made: Tensor, real: ImageDataset, class_of: Mapping[int, int], eyes: Extractor, progress: Progress
) -> dict[int, ClassSpread]:
    """How pictures of each kind vary beside real ones of its class; a class with too few has no entry.

    Args:
        made: Generated pictures by kind, uint8 `(kinds, n, C, H, W)`.
        real: Real images with labels; up to n of each class are compared.
        class_of: Class of each kind that has one.
        eyes: Turns pictures into features.
        progress: Told how far it is.
    """
    n = made.shape[1]
    labels = torch.empty(0, dtype=torch.int64) if real.labels is None else real.labels
    chosen = some_of_each(labels, n)
    spreads = {}
    for index, (kind, y) in enumerate(class_of.items()):
        progress("Comparing pictures of one class", index / len(class_of))
        of_class = real.images[chosen[labels[chosen] == y]]
        if len(of_class) > 1:
            spreads[kind] = ClassSpread(_seen(made[kind], eyes), _seen(of_class, eyes))
    return spreads


def _seen(pictures: Tensor, eyes: Extractor) -> Spread:
    return spread(pictures, in_batches(eyes.features, pictures, "Reading pictures", silent))
