"""Families that translate both ways: what survives the way to the other domain, and the way back."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import DATASETS, ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import (
    Extractor,
    classifier_extractor,
    extractor_for,
    in_batches,
    random_subset,
)
from gan_core.evaluation.generating import device_of
from gan_core.evaluation.judges import judge_for
from gan_core.evaluation.result import Evaluation
from gan_core.evaluation.translation import difference, distance
from gan_core.family import Family
from gan_core.images import from_uint8, to_pixels
from gan_core.metrics import Metric, metric_name
from gan_core.translating import Ways, both_ways, noise, other_domain

_AT_ONCE = 250


def evaluate_domains(
    family: Family,
    dataset: str,
    train: ImageDataset,
    test: ImageDataset,
    *,
    n: int,
    seed: int,
    progress: Progress,
) -> Evaluation:
    """Translates n test images of each domain there and back, all if there are fewer.

    A class survives if a classifier trained on real images of the domain arrived at names the class of the
    image set out from. The floor is how often it names real images of that domain right.
    """
    other = other_domain(family, test)
    count = min(n, len(test), len(other))
    a, b = (random_subset(torch.arange(len(images)), count) for images in (other, test))
    ways = _translated(family, other.images[a], test.images[b], seed, progress)
    extractor = extractor_for(dataset, train.images, smallest=min(count, len(train), len(test)))
    metrics = [
        *_survived("there", "A \u2192 B", extractor, ways.ab, other, a, (ways.b, test, b), progress),
        *_survived("back", "B \u2192 A", _of_other(dataset), ways.ba, test, b, (ways.a, other, a), progress),
        difference("loop_a", "Mean difference at the end of A \u2192 B \u2192 A, of the range 0 to 1",
                   ways.aba, ways.a, "lower"),
        difference("loop_b", "Mean difference at the end of B \u2192 A \u2192 B, of the range 0 to 1",
                   ways.bab, ways.b, "lower"),
        distance(extractor, train, test, ways.ab, progress),
    ]  # fmt: skip
    return Evaluation(dataset, extractor.name, seed, tuple(metrics))


def _of_other(dataset: str) -> Extractor | None:
    """The classifier of the domain translated from, which is a data set of its own; None if there is none."""
    base = DATASETS[dataset].base if dataset in DATASETS else None
    judge = None if base is None else judge_for(base)
    return None if judge is None else classifier_extractor(judge)


def _translated(family: Family, a: Tensor, b: Tensor, seed: int, progress: Progress) -> Ways:
    """All six kinds of image, uint8 `(n, C, H, W)` on the CPU, of images of both domains."""
    z, device = noise(family, len(a), torch.Generator().manual_seed(seed)), device_of(family)
    parts: list[list[Tensor]] = []
    for part in torch.split(torch.arange(len(a)), _AT_ONCE):
        progress("Translating", len(parts) * _AT_ONCE / len(a))
        given, real = (from_uint8(images[part].to(device)) for images in (a, b))
        ways = both_ways(family, given, real, None if z is None else z[part].to(device))
        parts.append([to_pixels(images) for images in ways])
    return Ways(*(torch.cat(images) for images in zip(*parts, strict=True)))


def _survived(
    key: str,
    way: str,
    judge: Extractor | None,
    made: Tensor,
    source: ImageDataset,
    indices: Tensor,
    real: tuple[Tensor, ImageDataset, Tensor],
    progress: Progress,
) -> list[Metric]:
    """Share of translated images that still show their class; nothing where nobody can tell.

    Args:
        key: First part of the metric's name.
        way: The way in words.
        judge: Knows the domain arrived at.
        made: Translated images `(n, C, H, W)` uint8.
        source: Where they set out from.
        indices: Which images of it.
        real: Real images of the domain arrived at, the data set they are of, and where in it.
        progress: Told how far it is.
    """
    images, target, places = real
    if judge is None or judge.classify is None or source.labels is None or target.labels is None:
        return []
    text = "Naming classes"
    named = in_batches(judge.classify, made, text, progress) == source.labels[indices]
    best = in_batches(judge.classify, images, text, progress) == target.labels[places]
    return [
        Metric(
            name=metric_name(f"survives_{key}", judge.name, len(made)),
            title=f"Share that shows the same class after {way}",
            value=float(named.double().mean()),
            count=len(made),
            floor=float(best.double().mean()),
            better="higher",
        )
    ]
