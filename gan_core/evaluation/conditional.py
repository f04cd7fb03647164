"""Whether a generator makes the class it is asked for, and whether codes found without labels are classes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.kinds import information, kinds_of, read_images
from gan_core.evaluation.neighbours import NEIGHBOURS
from gan_core.family import Family
from gan_core.metrics import (
    Metric,
    agreement,
    confusion_matrix,
    frechet_distance,
    metric_name,
    prdc,
)


@dataclass(frozen=True)
class Labelled:
    """Some images as an extractor sees them.

    Attributes:
        features: Of all of them, or of the first ones, `(M, d)`.
        y: Their classes, or those asked for, `(N,)` int64.
        recognised: Classes the extractor names `(N,)` int64; None: it knows none.
    """

    features: Tensor
    y: Tensor
    recognised: Tensor | None = None

    def of(self, c: int) -> Tensor:
        """Features of class c alone."""
        return self.features[self.y[: len(self.features)] == c]


def label_metrics(
    extractor: str, classes: tuple[str, ...], fake: Labelled, floor: Labelled, test: Labelled
) -> list[Metric]:
    """Agreement of asked and recognised class, then Fréchet distance and recall of every class by itself.

    A class with too few images for a distance, or for neighbours, has none.

    Args:
        extractor: Name of the extractor.
        classes: Names of the classes.
        fake: Generated images and the classes asked for.
        floor: Real training images.
        test: Images of the test split, which both are compared with.
    """
    metrics = _agreements(extractor, classes, fake, floor)
    for c, name in enumerate(classes):
        metrics += _class_quality(extractor, c, name, fake.of(c), floor.of(c), test.of(c))
    return metrics


def _agreements(extractor: str, classes: tuple[str, ...], fake: Labelled, floor: Labelled) -> list[Metric]:
    """Share of images that are recognised as what was asked for: of all, and of every class."""
    if fake.recognised is None or floor.recognised is None:
        return []
    k = len(classes)
    value, of_class = agreement(confusion_matrix(fake.y, fake.recognised, k, k))
    best, best_of_class = agreement(confusion_matrix(floor.y, floor.recognised, k, k))
    asked = torch.bincount(fake.y, minlength=k).tolist()

    def metric(name: str, title: str, value: float, n: int, floor: float) -> Metric:
        return Metric(
            name=metric_name(name, extractor, n),
            title=title,
            value=value,
            count=n,
            floor=None if math.isnan(floor) else floor,
            better="higher",
        )

    whole = metric("agreement", "Share recognised as the class asked for", value, len(fake.y), best)
    parts = [
        metric(f"agreement_class{c}", f"Share recognised, class {name}", *numbers)
        for c, (name, *numbers) in enumerate(zip(classes, of_class, asked, best_of_class, strict=True))
        if asked[c]
    ]
    return [whole, *parts]


def _class_quality(
    extractor: str, c: int, name: str, fake: Tensor, floor: Tensor, test: Tensor
) -> list[Metric]:
    """Fréchet distance and recall of one class against its test images; the floor has as many images."""
    n = min(len(fake), len(floor))
    fake, floor, metrics = fake[:n], floor[:n], list[Metric]()
    if min(n, len(test)) > test.shape[1]:
        metrics.append(
            Metric(
                name=metric_name(f"frechet_class{c}", extractor, n),
                title=f"Fréchet distance, class {name}",
                value=frechet_distance(fake, test),
                count=n,
                floor=frechet_distance(floor, test),
                better="lower",
            )
        )
    if min(n, len(test)) > NEIGHBOURS:
        metrics.append(
            Metric(
                name=metric_name(f"recall_class{c}", extractor, n),
                title=f"Recall, class {name}",
                value=prdc(test, fake, NEIGHBOURS).recall,
                count=n,
                floor=prdc(test, floor, NEIGHBOURS).recall,
                better="higher",
            )
        )
    return metrics


def code_metrics(
    family: Family, z: Tensor, fake: Tensor, test: ImageDataset, progress: Progress
) -> list[Metric]:
    """How much the categorical codes say of an image, and how well the first tells the classes of real ones.

    Args:
        family: Reads codes, of which one at least is categorical.
        z: Latent vectors `(N, z_dim)` of the generated images.
        fake: Generated images `(N, C, H, W)` uint8.
        test: The test split.
        progress: Told how far the reading is.
    """
    if family.latent is None or not family.latent.cat_sizes:
        return []
    most = sum(math.log(size) for size in family.latent.cat_sizes)
    told = Metric(
        name=metric_name("information_cat", "generated", len(fake)),
        title=f"I(c; x) of the categorical codes, nats of {most:.3f}",
        value=information(family, z, read_images(family, fake, progress)),
        count=len(fake),
        better="higher",
    )
    if test.labels is None:
        return [told]
    accuracy = Metric(
        name=metric_name("code_accuracy", "test", len(test)),
        title="Test images whose code, matched to a class, is right",
        value=code_accuracy(family, test, progress),
        count=len(test),
        better="higher",
    )
    return [accuracy, told]


def code_accuracy(family: Family, test: ImageDataset, progress: Progress) -> float:
    """Share of labelled images whose first categorical code, each value matched to one class, is right.

    Args:
        family: Reads codes, of which one at least is categorical; its networks are in evaluation mode.
        test: Images with labels.
        progress: Told how far the reading is.
    """
    return kinds_of(family, read_images(family, test.images, progress), test).accuracy
