"""Generators of images against the test split."""

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
from gan_core.evaluation.generating import generate
from gan_core.evaluation.neighbours import neighbour_metrics
from gan_core.evaluation.result import ClassShare, Evaluation
from gan_core.family import Family
from gan_core.images import to_uint8
from gan_core.metrics import (
    Metric,
    class_histogram,
    frechet_distance,
    frechet_name,
    kl_to_reference,
    metric_name,
    relative_shares,
)


def _generated_images(family: Family, train: ImageDataset, n: int, seed: int, progress: Progress) -> Tensor:
    """uint8 images `(n, C, H, W)`; a conditional family is asked for the data's own mix of classes."""
    y = None
    if family.num_classes and train.labels is not None:
        rng = torch.Generator().manual_seed(seed + 1)
        y = train.labels[torch.randint(len(train), (n,), generator=rng)]
    batches = [to_uint8(batch) for batch in generate(family, n, seed, y, progress)]
    return torch.cat([torch.from_numpy(batch) for batch in batches]).permute(0, 3, 1, 2).contiguous()


def evaluate_images(
    family: Family,
    dataset: str,
    train: ImageDataset,
    test: ImageDataset,
    *,
    n: int,
    seed: int,
    progress: Progress,
) -> Evaluation:
    """Measures n generated images; not more than there are training images enter the Fréchet distance."""
    compared = min(n, len(train))
    extractor = extractor_for(dataset, train.images, smallest=min(compared, len(test)))
    fake = _generated_images(family, train, n, seed, progress)
    unseen = random_subset(train.images, compared)  # by the metric, not by the generator: the floor
    test_features = cached_features(extractor, random_subset(test.images, len(test)), progress)
    floor_features = cached_features(extractor, unseen, progress)
    fake_features = in_batches(extractor.features, fake[:compared], "Reading the generated images", progress)
    distance = Metric(
        name=frechet_name(extractor.name, compared),
        title="Fréchet distance",
        value=frechet_distance(fake_features, test_features),
        count=compared,
        floor=frechet_distance(floor_features, test_features),
        better="lower",
    )
    overlap = neighbour_metrics(extractor.name, test_features, fake_features, floor_features, progress)
    class_metrics, shares = _class_metrics(extractor, train, fake, unseen, progress)
    return Evaluation(dataset, extractor.name, seed, (distance, *class_metrics, *overlap), shares)


def _class_metrics(
    extractor: Extractor, train: ImageDataset, fake: Tensor, floor: Tensor, progress: Progress
) -> tuple[list[Metric], tuple[ClassShare, ...]]:
    """How far the generated mix of classes is from the data's; nothing if nobody can tell the classes."""
    if extractor.classify is None or train.labels is None:
        return [], ()
    k = len(train.class_names)
    reference = class_histogram(train.labels, k)
    made, real = (
        class_histogram(in_batches(extractor.classify, images, "Naming classes", progress), k)
        for images in (fake, floor)
    )
    shares, real_shares = relative_shares(made, reference), relative_shares(real, reference)
    divergence = Metric(
        name=metric_name("class_kl", extractor.name, len(fake)),
        title="KL of the class mix to the data's",
        value=kl_to_reference(made, reference),
        count=len(fake),
        floor=kl_to_reference(real, reference),
        better="lower",
    )
    imbalance = Metric(
        name=metric_name("class_imbalance", extractor.name, len(fake)),
        title="Largest deviation of a class from its share",
        value=float(abs(shares - 1).max()),
        count=len(fake),
        floor=float(abs(real_shares - 1).max()),
        better="lower",
    )
    classes = zip(train.class_names, made, shares, strict=True)
    return [divergence, imbalance], tuple(
        ClassShare(name, int(count), float(share)) for name, count, share in classes
    )
