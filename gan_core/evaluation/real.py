"""Real images to compare with, if they are on this machine."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from gan_core.data import DATASETS, ImageDataset, dataset_status, load_dataset
from gan_core.data.loading import Split
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import random_subset
from gan_core.settings import UserError


def images_here(
    dataset: str, size: int, split: Split = "train", progress: Progress | None = None
) -> ImageDataset:
    """The images of a data set without downloading anything.

    Args:
        dataset: Name or path of the data set.
        size: Side of the images in pixels.
        split: Those to train on, or those held out.
        progress: Told what is being read.

    Raises:
        UserError: They are not on this machine, or are no images.
    """
    if dataset not in DATASETS and not Path(dataset).expanduser().exists():
        raise UserError(
            f"the images of '{Path(dataset).stem}' are not on this machine any more; put them back where "
            "they were, or choose another generator"
        )
    if dataset_status(dataset) != "ready":
        raise UserError(
            f"the images of {DATASETS[dataset].title} are not on this machine; train on them once to fetch "
            "them"
        )
    found = load_dataset(dataset, image_size=size, split=split, progress=progress)
    if not isinstance(found, ImageDataset):
        raise UserError("only images can be compared; choose a generator of images")
    return found


def some_of_each(labels: Tensor, n: int) -> Tensor:
    """Indices of random examples of each class, class by class; always the same ones.

    Args:
        labels: Classes `(N,)` int64.
        n: Examples of each class, at most.
    """
    order = random_subset(torch.arange(len(labels)), len(labels))
    mine = [order[labels[order] == c][:n] for c in torch.unique(labels)]
    return torch.cat(mine) if mine else order


def one_of_each(images: ImageDataset, n: int, rng: torch.Generator) -> Tensor:
    """Indices `(n,)` of random images, one of each class in turn; any, all different, without classes.

    Args:
        images: Any; of a small set without classes there may be fewer than n.
        n: Images wanted; of more classes, the first n.
        rng: Source of the choice.
    """
    order = torch.randperm(len(images), generator=rng)
    if images.labels is None:
        return order[:n]
    mine = [order[images.labels[order] == c] for c in torch.unique(images.labels)[:n]]
    return torch.stack([mine[place % len(mine)][place // len(mine)] for place in range(n)])
