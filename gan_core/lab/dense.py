"""The trainer of the lab's small dense networks."""

from __future__ import annotations

import torch

from gan_core.building import build_family
from gan_core.data import BatchStream, PointDataset
from gan_core.settings import RunConfig
from gan_core.trainer import Trainer


class DenseTrainer(Trainer):
    """Trains dense networks on points."""

    @classmethod
    def of(cls, run: RunConfig, dataset: PointDataset) -> DenseTrainer:
        """A trainer of a resolved config on points held in memory."""
        family = build_family(run, dataset.spec)
        order = torch.Generator().manual_seed(run.training.seed + 1)
        stream = BatchStream(dataset, run.training.batch_size, order)
        return cls(family, stream, run.training, torch.device("cpu"))

    @property
    def is_fast(self) -> bool:
        """Whether the present settings have gradients written out."""
        return False
