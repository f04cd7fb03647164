"""Families that translate: what they make of the conditions of test images, beside those images."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import (
    Extractor,
    cached_features,
    extractor_for,
    in_batches,
    random_subset,
)
from gan_core.evaluation.generating import device_of
from gan_core.evaluation.result import Evaluation
from gan_core.family import Family
from gan_core.images import to_uint8
from gan_core.metrics import Metric, frechet_distance, frechet_name, metric_name
from gan_core.translating import noise, pairs

_AT_ONCE = 250


def evaluate_translation(
    family: Family,
    dataset: str,
    train: ImageDataset,
    test: ImageDataset,
    *,
    n: int,
    seed: int,
    progress: Progress,
) -> Evaluation:
    """Makes one image of the condition of each of n test images, all if there are fewer, and compares them.

    The Fréchet distance is that to the whole test split. Conditions carry much of the test images, so it may
    come below its floor, which is what as many training images score.
    """
    count = min(n, len(test))
    extractor = extractor_for(dataset, train.images, smallest=min(count, len(train), len(test)))
    real = random_subset(test.images, count)
    y = None if test.labels is None else random_subset(test.labels, count)
    made, other = _translated(family, test, random_subset(torch.arange(len(test)), count), seed, progress)
    metrics = [
        difference("l1", "Mean difference to the true image, of the range 0 to 1", made, real, "lower"),
        *_recognised(extractor, made, real, y, progress),
        distance(extractor, train, test, made, progress),
    ]
    if other is not None:
        title = "Mean difference of two images of one condition, of the range 0 to 1"
        metrics.append(difference("diversity", title, made, other, "higher"))
    return Evaluation(dataset, extractor.name, seed, tuple(metrics))


def _translated(
    family: Family, test: ImageDataset, indices: Tensor, seed: int, progress: Progress
) -> tuple[Tensor, Tensor | None]:
    """Images `(n, C, H, W)` uint8 made of the conditions, and others of the same with other noise, if any."""
    rng, device = torch.Generator().manual_seed(seed), device_of(family)
    made, other = list[Tensor](), list[Tensor]()
    for part in torch.split(indices, _AT_ONCE):
        progress("Translating", len(made) * _AT_ONCE / len(indices))
        x_condition = pairs(family, test, part, rng).x_condition
        for images in (made, other):
            z = noise(family, len(part), rng)
            x = family.translate(x_condition.to(device), None if z is None else z.to(device))
            images.append(torch.from_numpy(to_uint8(x)).permute(0, 3, 1, 2))
            if z is None:
                break  # another image of the same condition would be the same
    return torch.cat(made).contiguous(), torch.cat(other).contiguous() if other else None


def difference(name: str, title: str, a: Tensor, b: Tensor, better: str) -> Metric:
    """Mean absolute difference of two sets of uint8 images, pair by pair."""
    value = float((a.to(torch.int16) - b.to(torch.int16)).abs().double().mean() / 255)
    name = metric_name(name, "test", len(a))
    return Metric.parse({"name": name, "title": title, "value": value, "count": len(a), "better": better})


def _recognised(
    extractor: Extractor, made: Tensor, real: Tensor, y: Tensor | None, progress: Progress
) -> list[Metric]:
    """Share of images the classifier takes for the true class; the floor is the real images' share."""
    if extractor.classify is None or y is None:
        return []
    value, floor = (
        float((in_batches(extractor.classify, images, "Naming classes", progress) == y).double().mean())
        for images in (made, real)
    )
    return [
        Metric(
            name=metric_name("agreement", extractor.name, len(made)),
            title="Share recognised as the true class",
            value=value,
            count=len(made),
            floor=floor,
            better="higher",
        )
    ]


def distance(
    extractor: Extractor, train: ImageDataset, test: ImageDataset, made: Tensor, progress: Progress
) -> Metric:
    """Fréchet distance of translated images to the whole test split."""
    compared = min(len(made), len(train))
    target = cached_features(extractor, random_subset(test.images, len(test)), progress)
    floor = cached_features(extractor, random_subset(train.images, compared), progress)
    fake = in_batches(extractor.features, made[:compared], "Reading the translated images", progress)
    return Metric(
        name=frechet_name(extractor.name, compared),
        title="Fréchet distance",
        value=frechet_distance(fake, target),
        count=compared,
        floor=frechet_distance(floor, target),
        better="lower",
    )
