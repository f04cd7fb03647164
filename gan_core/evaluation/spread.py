"""Does a class vary as much as it should? How different its pictures are from each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gan_core.images import from_uint8
from gan_core.metrics import ssim
from gan_core.settings import UserError

_PAIRED = 20  # pictures of which all pairs are compared by SSIM
_WORDS = (
    (0.25, "almost always the same picture"),
    (0.6, "varies much less than real ones do"),
    (0.85, "varies somewhat less than real ones do"),
    (1.15, "varies as much as real ones do"),
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
        """What the ratio says, to be read after the name of the class."""
        more = "varies more than real ones do: some may be something else"
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
