"""Takes snapshots: what the generator makes of the same noise as training goes on, and what D says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gan_core.data import BatchStream, ImageDataset, PointDataset
from gan_core.family import Family
from gan_core.images import to_uint8
from gan_core.trainer import Trainer

POINTS = 512  # generated, and as many real ones
FIELD_SIDE = 48  # samples of D's field along each axis
IMAGES, LARGE_IMAGES, LARGE_SIDE = 64, 36, 32  # pictures; fewer if their side exceeds LARGE_SIDE pixels
SEED_OFFSET = 7_001  # keeps the fixed noise apart from the draws of training


class Snapshotter:
    """Takes snapshots of one training.

    Arrays of a snapshot of images: `fake` uint8 `(n, H, W, C)`; `fake_score` and `real_score` float32 `(n,)`,
    D's output in [0, 1]. Of points: `fake` and `real` float32 `(512, 2)`; `extent` float32 `()`, half the
    width of the square to show; `field` float32 `(48, 48)`, D's output over that square, rows from the lowest
    y up, columns from the left. A family that does not score has neither scores nor field.

    Args:
        trainer: Holds the networks and the real examples.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        data = training_data(trainer)
        rng = torch.Generator().manual_seed(trainer.training.seed + SEED_OFFSET)
        self._extent = data.extent if isinstance(data, PointDataset) else None
        self._real = _real_examples(data, rng, trainer.device)
        latent = trainer.family.latent
        self._z = None if latent is None else trainer.family.sample_z(len(self._real), rng).to(trainer.device)

    @property
    def real_images(self) -> NDArray[np.uint8] | None:
        """The real images uint8 `(n, H, W, C)` that `real_score` belongs to; None for points."""
        return to_uint8(self._real) if self._extent is None else None

    def take(self) -> dict[str, NDArray[Any]] | None:
        """A snapshot of the present networks; None if the family does not generate."""
        if self._z is None:
            return None
        with self._trainer.sampling() as family:
            fake = family.generate(self._z)
            if self._extent is None:
                return {"fake": to_uint8(fake)} | self._scores(family, fake)
            extent = np.asarray(self._extent, np.float32)
            points = {"fake": _numbers(fake), "real": _numbers(self._real), "extent": extent}
            return points | self._field(family, self._extent)

    def _scores(self, family: Family, fake: Tensor) -> dict[str, NDArray[Any]]:
        if not family.can_score:
            return {}
        return {
            "fake_score": _numbers(family.discriminator_scores(fake)),
            "real_score": _numbers(family.discriminator_scores(self._real)),
        }

    def _field(self, family: Family, extent: float) -> dict[str, NDArray[Any]]:
        if not family.can_score:
            return {}
        axis = torch.linspace(-extent, extent, FIELD_SIDE, device=self._real.device)
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        scores = family.discriminator_scores(torch.stack((x.flatten(), y.flatten()), dim=1))
        return {"field": _numbers(scores.view(FIELD_SIDE, FIELD_SIDE))}


def training_data(trainer: Trainer) -> PointDataset | ImageDataset:
    """The data set the trainer draws its batches from."""
    if not isinstance(trainer.stream, BatchStream):
        raise TypeError(f"a run trains on a BatchStream, got {type(trainer.stream).__name__}")
    return trainer.stream.dataset


def _real_examples(data: PointDataset | ImageDataset, rng: torch.Generator, device: torch.device) -> Tensor:
    if isinstance(data, PointDataset):
        return data.sample(POINTS, rng).to(device)
    n = IMAGES if max(data.images.shape[2:]) <= LARGE_SIDE else LARGE_IMAGES
    chosen = torch.randint(len(data), (n,), generator=rng)
    return data.batch(chosen.to(data.images.device)).real.to(device)


def _numbers(x: Tensor) -> NDArray[np.float32]:
    return x.detach().float().cpu().numpy()
