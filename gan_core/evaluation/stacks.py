"""Generators of stacked images: which of the many combinations of classes they make."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import DATASETS
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import Extractor, classifier_extractor, in_batches
from gan_core.evaluation.judges import judge_for
from gan_core.metrics import CombinationCensus, Metric, combination_census, metric_name


def stack_metrics(dataset: str, fake: Tensor, real: Tensor, progress: Progress) -> list[Metric]:
    """Combinations covered and their KL to equal shares; nothing for a data set that is no stack.

    Args:
        dataset: Name or path of the data set.
        fake: Generated images `(N, 3, H, W)` uint8.
        real: As many real ones, or fewer, that make the floor.
        progress: Told how many images are read.

    Raises:
        UserError: The classifier's file is damaged.
    """
    source = DATASETS[dataset].stacks if dataset in DATASETS else None
    judge = None if source is None else judge_for(source)
    if judge is None:
        return []
    extractor, k = classifier_extractor(judge), len(judge.card.data.class_names)
    found, floor = (
        combination_census(channel_classes(extractor, images, progress), k) for images in (fake, real)
    )
    return _metrics(extractor.name, found, floor, len(fake))


def channel_classes(extractor: Extractor, images: Tensor, progress: Progress) -> Tensor:
    """The class seen in each channel `(N, C)` int64 of uint8 images `(N, C, H, W)`.

    Args:
        extractor: Knows the classes of grey images.
        images: Stacks.
        progress: Told how many images are read.
    """
    classify = extractor.classify
    assert classify is not None, "the extractor of a classifier names classes"

    def of_channels(part: Tensor) -> Tensor:
        return torch.stack([classify(channel) for channel in part.split(1, dim=1)], dim=1)

    return in_batches(of_channels, images, "Naming the class of each channel", progress)


def _metrics(eyes: str, found: CombinationCensus, floor: CombinationCensus, n: int) -> list[Metric]:
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
