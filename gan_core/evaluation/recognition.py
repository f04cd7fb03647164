"""Who tells what an image shows: the lab's classifier, or clusters of similar training images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress, silent
from gan_core.evaluation.extractors import Extractor, in_batches, random_subset
from gan_core.metrics import Census, census, class_histogram
from gan_core.metrics.census import CONFIDENCE

CLUSTERS = 10
_CLUSTERED = 5_000  # training images the clusters are fitted to, at most
_FAMILIAR = 0.95  # share of the training images that count as recognised by their cluster


@dataclass(frozen=True)
class Recognition:
    """The kinds of images in a data set and who tells them apart.

    Attributes:
        names: Of the kinds, k of them.
        reference: Training images of each kind `(k,)`.
        name_them: Kind `(N,)` int64 of each uint8 image `(N, C, H, W)`, and whether it is recognised with
            confidence `(N,)` bool.
        by: Who tells them: the classifier's name, or "clusters".
    """

    names: tuple[str, ...]
    reference: npt.NDArray[np.int64]
    name_them: Callable[[Tensor], tuple[Tensor, Tensor]]
    by: str

    def census(self, images: Tensor) -> Census:
        """The kinds of uint8 images `(N, C, H, W)`."""
        return census(*self.name_them(images), self.reference)


def recognition_of(train: ImageDataset, extractor: Extractor, progress: Progress = silent) -> Recognition:
    """The classes if the extractor knows them; otherwise clusters of the training images' features.

    Args:
        train: Training images.
        extractor: A classifier, or any other.
        progress: Told how far it is.
    """
    judge = extractor.probabilities
    if judge is not None and train.labels is not None:

        def by_classifier(images: Tensor) -> tuple[Tensor, Tensor]:
            found, y = in_batches(judge, images, "Naming classes", progress).max(dim=1)
            return y, found >= CONFIDENCE

        reference = class_histogram(train.labels, len(train.class_names))
        return Recognition(train.class_names, reference, by_classifier, extractor.name)
    return _clusters(train.images, extractor, progress)


def _clusters(train: Tensor, extractor: Extractor, progress: Progress) -> Recognition:
    """By the nearest of ten centres; what lies farther off than most training images is unsure."""
    from sklearn.cluster import KMeans  # slow to import, and needed only without a classifier

    def read(images: Tensor) -> Tensor:
        return in_batches(extractor.features, images, "Reading images", progress).double()

    rows = read(random_subset(train, _CLUSTERED))
    k = min(CLUSTERS, len(rows))
    progress("Grouping similar images", 0.0)
    fitted = KMeans(k, n_init=3, random_state=0).fit(rows.numpy())
    centres = torch.from_numpy(fitted.cluster_centers_).double()
    distances, nearest = torch.cdist(rows, centres).min(dim=1)
    reach = distances.quantile(_FAMILIAR)

    def by_centre(images: Tensor) -> tuple[Tensor, Tensor]:
        far, kind = torch.cdist(read(images), centres).min(dim=1)
        return kind, far <= reach

    names = tuple(f"group {number}" for number in range(1, k + 1))
    return Recognition(names, class_histogram(nearest, k), by_centre, "clusters")
