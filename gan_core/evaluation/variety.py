"""How different generated examples of one class are from each other, beside real ones of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import NamedTuple

import torch
from torch import Tensor

from gan_core.evaluation.spread import ClassSpread, spread
from gan_core.images import from_uint8
from gan_core.metrics import multiscale_ssim

VARIED = 100  # images of each class whose variety is measured, at most
PAIRED, FEW_PAIRED = 20, 8  # of which all pairs are compared by SSIM; few while a run trains
_SMALLEST = 7  # pixels, of the windows that SSIM compares


class Pictures(NamedTuple):
    """uint8 pictures `(N, C, H, W)` and their features `(N, d)`, on the CPU."""

    images: Tensor
    features: Tensor

    def at(self, chosen: Tensor) -> Pictures:
        """Those at some indices."""
        return Pictures(self.images[chosen], self.features[chosen])


@dataclass(frozen=True)
class RealKinds:
    """Real pictures and the kind of each.

    Attributes:
        pictures: Unseen ones.
        kinds: `(N,)` int64.
    """

    pictures: Pictures
    kinds: Tensor

    @cached_property
    def similarity(self) -> float | None:
        """Mean likeness of a few pairs of one kind; None: too small, or no two of a kind."""
        groups = [(self.kinds == c).nonzero().flatten() for c in torch.unique(self.kinds)]
        found = [similarity(self.pictures.images[g], FEW_PAIRED) for g in groups if len(g) > 1]
        return fmean(found) if found and not math.isnan(found[0]) else None


def similarity(images: Tensor, paired: int = PAIRED) -> float:
    """Mean multi-scale SSIM of all pairs of the first pictures uint8 `(N, C, H, W)`; NaN if too small."""
    x = from_uint8(images[:paired])
    if min(x.shape[2:]) < _SMALLEST:
        return math.nan
    first, second = torch.triu_indices(len(x), len(x), offset=1)
    return float(multiscale_ssim(x[first], x[second]).mean())


def class_pairs(real: RealKinds, made: Pictures, kinds: Tensor, c: int) -> tuple[Pictures, Pictures] | None:
    """As many generated as real pictures of kind c; None if there are not two of either.

    Args:
        real: Real pictures.
        made: Generated pictures.
        kinds: Kind of each generated picture `(N,)`; -1: of none.
        c: The kind.
    """
    mine, others = ((x == c).nonzero().flatten()[:VARIED] for x in (kinds, real.kinds))
    count = min(len(mine), len(others))
    return None if count < 2 else (made.at(mine[:count]), real.pictures.at(others[:count]))


def mean_variety(real: RealKinds, made: Pictures, kinds: Tensor) -> tuple[float, float]:
    """Mean over the kinds of the ratio of distances to that of real pictures, and of the likeness of pairs.

    Both are NaN if there are not two generated pictures of any kind. Arguments are as above.
    """
    ratios, alike = [], []
    for c in torch.unique(real.kinds).tolist():
        pair = class_pairs(real, made, kinds, c)
        if pair is not None:
            mine, others = pair
            ratios.append(ClassSpread(spread(*mine), spread(*others)).ratio)
            alike.append(similarity(mine.images, FEW_PAIRED))
    return (fmean(ratios), fmean(alike)) if ratios else (math.nan, math.nan)
