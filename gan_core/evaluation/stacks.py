"""Stacked images: which of the many combinations of classes a generator makes."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core import weights
from gan_core.data import DATASETS
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import classifier_extractor, in_batches
from gan_core.evaluation.judges import judge_for
from gan_core.metrics import CombinationCensus, Metric, combination_census, metric_name


def channel_judge(dataset: str) -> weights.LoadedModel | None:
    """The classifier that knows what the channels of a stacked data set show; None for any other data set.

    Args:
        dataset: Name or path of the data set.

    Raises:
        UserError: The classifier's file is damaged.
    """
    source = DATASETS[dataset].stacks if dataset in DATASETS else None
    return None if source is None else judge_for(source)


def combinations_seen(judge: weights.LoadedModel, images: Tensor, progress: Progress) -> CombinationCensus:
    """The combinations of classes in stacked images.

    Args:
        judge: Knows the classes of the channels.
        images: `(N, C, H, W)` uint8.
        progress: Told how many images are read.
    """
    classify = classifier_extractor(judge).classify
    assert classify is not None, "a classifier names classes"

    def of_channels(part: Tensor) -> Tensor:
        return torch.stack([classify(channel) for channel in torch.split(part, 1, dim=1)], dim=1)

    classes = in_batches(of_channels, images, "Naming the class of each channel", progress)
    return combination_census(classes, len(judge.card.data.class_names))


def stack_metrics(dataset: str, fake: Tensor, real: Tensor, progress: Progress) -> list[Metric]:
    """Combinations covered and their KL to equal shares; nothing for a data set that is no stack.

    Args:
        dataset: Name or path of the data set.
        fake: Generated images `(N, 3, H, W)` uint8.
        real: As many real ones, or fewer, that make the floor.
        progress: Told how many images are read.
    """
    judge = channel_judge(dataset)
    if judge is None:
        return []
    found, floor = (combinations_seen(judge, images, progress) for images in (fake, real))
    eyes, n = judge.card.name, len(fake)
    return [
        Metric(
            name=metric_name("combinations", eyes, n),
            title=f"Combinations of {len(found.counts):,} that are made",
            value=found.covered,
            count=n,
            floor=floor.covered,
            better="higher",
        ),
        Metric(
            name=metric_name("combinations_kl", eyes, n),
            title="KL of the combinations to equal shares",
            value=found.reverse_kl,
            count=n,
            floor=floor.reverse_kl,
            better="lower",
        ),
    ]
