"""An endless stream of minibatches that a checkpoint can stop and resume at any batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gan_core.data.datasets import Dataset, ImageDataset, PointDataset, SequenceDataset
from gan_core.phases import Batch
from gan_core.settings import UserError


class BatchStream:
    """Minibatches of a data set: images in a new random order each epoch, points and sequences drawn afresh.

    Images that do not fill the last batch of an epoch wait for the next one, so every batch is full. Of a
    second domain every batch has examples drawn independently, each as likely as any other.

    Attributes:
        epoch: Passes over the images completed so far; stays 0 where they are drawn.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        rng: torch.Generator,
        device: torch.device | str = "cpu",
    ) -> None:
        """Moves the images to `device` once, as uint8, and draws the first order from `rng`.

        Raises:
            UserError: The data set has fewer images than one batch.
        """
        self.device = torch.device(device)
        self.batch_size = batch_size
        self.epoch = 0
        self._rng = rng
        self._position = 0
        self._epoch_rng = rng.get_state()
        if isinstance(dataset, ImageDataset):
            check_batch_fits(dataset.name, len(dataset), batch_size)
            dataset = dataset.to(self.device)
        self.dataset = dataset
        self._order = self._draw_order()

    @property
    def batches_per_epoch(self) -> int | None:
        """Batches in one pass over the images; None where they are drawn, which never repeat."""
        return len(self.dataset) // self.batch_size if isinstance(self.dataset, ImageDataset) else None

    def next(self) -> Batch:
        """The next batch, `batch_size` examples on the stream's device."""
        if not isinstance(self.dataset, ImageDataset):
            other = self.dataset.other if isinstance(self.dataset, PointDataset) else None
            return Batch(self._drawn(self.dataset), other=None if other is None else self._drawn(other))
        if self._position + self.batch_size > len(self.dataset):
            self._start_epoch()
        indices = self._order[self._position : self._position + self.batch_size]
        self._position += self.batch_size
        return self.dataset.batch(indices)._replace(other=self._other_images(self.dataset.other))

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to go on with the very next batch."""
        return {
            "rng": self._rng.get_state(),
            "epoch_rng": self._epoch_rng,
            "epoch": self.epoch,
            "position": self._position,
            "size": self._size(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continues exactly where `state` was taken.

        Raises:
            UserError: The data set has changed since.
        """
        if state["size"] != self._size():
            raise UserError(
                f"data set '{self.dataset.name}' now has {self._size()} images, but the run was training on "
                f"{state['size']}; restore the files or start a new run"
            )
        self.epoch, self._position = int(state["epoch"]), int(state["position"])
        self._epoch_rng = state["epoch_rng"].cpu()
        self._rng.set_state(self._epoch_rng)
        self._order = self._draw_order()
        self._rng.set_state(state["rng"].cpu())  # last, for redrawing the order has moved it

    def _drawn(self, dataset: PointDataset | SequenceDataset) -> Tensor:
        return dataset.sample(self.batch_size, self._rng).to(self.device)

    def _other_images(self, dataset: ImageDataset | None) -> Tensor | None:
        if dataset is None:
            return None
        drawn = torch.randint(len(dataset), (self.batch_size,), generator=self._rng, device=self._rng.device)
        return dataset.batch(drawn.to(self.device)).real

    def _start_epoch(self) -> None:
        self.epoch += 1
        self._position = 0
        self._epoch_rng = self._rng.get_state()
        self._order = self._draw_order()

    def _draw_order(self) -> Tensor:
        """A random order of the images `(N,)` int64; the same on every device if `rng` is on the CPU."""
        return torch.randperm(self._size(), generator=self._rng, device=self._rng.device).to(self.device)

    def _size(self) -> int:
        return len(self.dataset) if isinstance(self.dataset, ImageDataset) else 0


def check_batch_fits(title: str, images: int, batch_size: int) -> None:
    """Raises UserError if a data set has fewer training images than a batch.

    Args:
        title: What the data set is called.
        images: Training images it has.
        batch_size: Real examples per update.
    """
    if batch_size > images:
        raise UserError(
            f"a batch of {batch_size} is larger than the data set '{title}', which has {images} "
            f"training images; choose a batch size of at most {images} or add images"
        )
