"""Is a generated image a copy? Its nearest training images, beside how near unseen real images come."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.metrics.memorisation import nearest_neighbours
from gan_core.settings import UserError


@dataclass(frozen=True)
class Nearest:
    """The nearest training images of one image.

    Attributes:
        indices: Which training images, nearest first.
        distances: How far each is, in the units of the rows compared.
        usual: Distance of a typical unseen real image to its nearest training image: the yardstick.
        close: Distance below which only one unseen real image in twenty comes.
    """

    indices: tuple[int, ...]
    distances: tuple[float, ...]
    usual: float
    close: float

    @property
    def verdict(self) -> str:
        """What the numbers say, in one sentence."""
        if self.distances[0] <= 0.5 * self.close:
            return "Far closer to a training image than real images are to each other: this looks memorised."
        if self.distances[0] <= self.close:
            return "As close to a training image as only one in twenty unseen real ones: hardly a new image."
        return "No closer to a training image than unseen real images are: not a copy."


def nearest(train: Tensor, unseen: Tensor, query: Tensor, k: int = 5) -> Nearest:
    """Compares one image with all training images.

    Args:
        train: Pixels or features of the training images `(N, d)`, float32 or uint8.
        unseen: The same of real images that were not trained on `(M, d)`.
        query: The same of the image `(d,)`.
        k: Neighbours wanted.

    Raises:
        UserError: There are too few images to compare with.
    """
    if len(train) < k or not len(unseen):
        raise UserError(
            f"at least {k} training images and 1 unseen one are needed, got {len(train)} and {len(unseen)}"
        )
    distances, indices = nearest_neighbours(train, torch.cat([query[None].float(), unseen.float()]), k)
    yardstick = distances[1:, 0]
    return Nearest(
        tuple(indices[0].tolist()),
        tuple(distances[0].tolist()),
        float(yardstick.median()),
        float(yardstick.quantile(0.05)),
    )
