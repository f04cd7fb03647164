"""Generators of images against the test split."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.conditional import Labelled, code_metrics, label_metrics
from gan_core.evaluation.extractors import (
    Extractor,
    cached_features,
    extractor_for,
    in_batches,
    random_subset,
)
from gan_core.evaluation.generating import generate, latents
from gan_core.evaluation.neighbours import frechet_metric, neighbour_metrics
from gan_core.evaluation.rebuilding import reconstruction_metric
from gan_core.evaluation.result import ClassShare, Evaluation
from gan_core.evaluation.stacks import stack_metrics
from gan_core.evaluation.traversals import traversal_metrics
from gan_core.family import Family
from gan_core.images import to_pixels
from gan_core.metrics import (
    Metric,
    class_histogram,
    kl_to_reference,
    metric_name,
    relative_shares,
)


def asked_classes(family: Family, train: ImageDataset, n: int) -> Tensor | None:
    """Classes to ask for `(n,)`, in the data's own mix: those of the training images that make the floor."""
    if not family.num_classes or train.labels is None:
        return None
    order = random_subset(torch.arange(len(train)), n)
    return train.labels[order[torch.arange(n) % len(train)]]


def generated_images(family: Family, n: int, seed: int, y: Tensor | None, progress: Progress) -> Tensor:
    """uint8 images `(n, C, H, W)`."""
    return torch.cat([to_pixels(batch) for batch in generate(family, n, seed, y, progress)])


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
    y = asked_classes(family, train, n)
    fake = generated_images(family, n, seed, y, progress)
    unseen = random_subset(train.images, compared)  # by the metric, not by the generator: the floor
    test_features = cached_features(extractor, random_subset(test.images, len(test)), progress)
    floor_features = cached_features(extractor, unseen, progress)
    fake_features = in_batches(extractor.features, fake[:compared], "Reading the generated images", progress)
    distance = frechet_metric(extractor.name, fake_features, floor_features, test_features)
    overlap = neighbour_metrics(extractor.name, test_features, fake_features, floor_features, progress)
    named, named_floor = (recognised(extractor, images, progress) for images in (fake, unseen))
    mix, shares = class_metrics(extractor, train, named, named_floor)
    metrics = [*stack_metrics(dataset, fake, unseen, progress), distance, *mix, *overlap]
    if y is not None and train.labels is not None and test.labels is not None:
        metrics += label_metrics(
            extractor.name,
            train.class_names,
            Labelled(fake_features, y, named),
            Labelled(floor_features, random_subset(train.labels, compared), named_floor),
            Labelled(test_features, random_subset(test.labels, len(test))),
        )
    if family.can_encode:
        metrics.append(reconstruction_metric(family, test.images, progress))
    if family.can_read_codes:
        metrics += code_metrics(family, latents(family, n, seed), fake, test, progress)
    metrics += traversal_metrics(family, test.images, seed=seed, progress=progress)
    return Evaluation(dataset, extractor.name, seed, tuple(metrics), shares)


def recognised(extractor: Extractor, images: Tensor, progress: Progress) -> Tensor | None:
    """The class that the extractor sees in each image; None if it knows none."""
    if extractor.classify is None:
        return None
    return in_batches(extractor.classify, images, "Naming classes", progress)


def class_metrics(
    extractor: Extractor, train: ImageDataset, fake: Tensor | None, floor: Tensor | None
) -> tuple[list[Metric], tuple[ClassShare, ...]]:
    """How far the generated mix of classes is from the data's; nothing if nobody can tell the classes.

    Args:
        extractor: Named the classes.
        train: Training images.
        fake: Recognised classes of the generated images `(N,)`.
        floor: Recognised classes of real images.
    """
    if fake is None or floor is None or train.labels is None:
        return [], ()
    k = len(train.class_names)
    reference = class_histogram(train.labels, k)
    made, real = class_histogram(fake, k), class_histogram(floor, k)
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
