"""Gauges of collapse for images while a run trains: few images, each figure beside what real ones score."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.evaluation.subject import GENERATED, SEED, Finding, Subject, generated
from gan_core.family import Family
from gan_core.runs.probes import Probe, Reference

# The heavy half of the library is imported inside functions; see `subject`.


def classes_made(subject: Subject) -> Finding:
    """How many classes, or groups of similar images, are made."""
    if not _makes_images(subject):
        return None
    kinds, n = subject.kinds, subject.images(GENERATED)
    k = int((kinds.reference > 0).sum())
    z, y = subject.fixed_latents(n)
    what = "groups of similar images" if kinds.by == "clusters" else "classes"

    def compute(family: Family) -> float:
        return float(kinds.census(subject.for_eyes(_uint8(generated(family, z, y)))).covered)

    return Probe(
        "classes",
        f"{what.capitalize()} that are made",
        f"{{value}} of {k} {what} are among {n} generated images",
        compute,
        worst=Reference(1.0, "a single one"),
        best=Reference(float(k), "all of them"),
        is_share=False,
    )


def coverage(subject: Subject) -> Finding:
    """Share of real images with a generated one nearby."""
    if not _makes_images(subject):
        return None
    real = _unseen(subject)
    if isinstance(real, str):
        return real
    from gan_core.evaluation.neighbours import NEIGHBOURS
    from gan_core.metrics import prdc

    n = len(real)
    features, train = _read(subject, real), _read(subject, _some_training_images(subject, n))
    z, y = subject.fixed_latents(n)

    def compute(family: Family) -> float:
        return prdc(features, _features(subject, generated(family, z, y)), NEIGHBOURS).coverage

    return Probe(
        "coverage",
        "Real images with a generated one nearby",
        f"{{value}} of {n} unseen real images have a generated one among their near neighbours",
        compute,
        worst=Reference(0.0, "none"),
        best=Reference(prdc(features, train, NEIGHBOURS).coverage, "real images"),
    )


def frechet(subject: Subject) -> Finding:
    """Distance of the generated images' features from those of real ones."""
    if not _makes_images(subject):
        return None
    real = _unseen(subject)
    if isinstance(real, str):
        return None  # coverage has said why
    from gan_core.metrics import frechet_distance

    n = len(real)
    features = _read(subject, real)
    if n <= features.shape[1]:
        return (
            f"The Fréchet distance is not measured: on {features.shape[1]} features it needs more than that "
            f"many images a time, and {n} are read."
        )
    train = _read(subject, _some_training_images(subject, n))
    z, y = subject.fixed_latents(n)
    return Probe(
        "frechet",
        "Fréchet distance",
        f"{{value}} between {n} generated and {n} unseen real images",
        lambda family: frechet_distance(_features(subject, generated(family, z, y)), features),
        best=Reference(frechet_distance(train, features), "real images"),
        is_share=False,
    )


def overfitting(subject: Subject) -> Finding:
    """Does D know its training images by heart? Its mean score of them less that of unseen ones."""
    if not _makes_images(subject) or not subject.family.can_score:
        return None
    unseen, data = subject.unseen, subject.data
    if unseen is None or not isinstance(data, ImageDataset):
        return None  # coverage has said why
    told = bool(subject.family.num_classes)
    if told and (unseen.labels is None or data.labels is None):
        return "Whether D knows its images by heart is not measured: they carry no classes to tell it."
    from gan_core.evaluation.verdicts import scores
    from gan_core.images import from_uint8

    count = min(subject.images(GENERATED), len(unseen), len(data))
    seen, fresh = (part.subset(_order(len(part))[:count]) for part in (data.to(torch.device("cpu")), unseen))

    def mean_score(family: Family, part: ImageDataset) -> float:
        return float(scores(family, from_uint8(part.images), part.labels if told else None).mean())

    return Probe(
        "d_overfit",
        "D(seen) less D(unseen)",
        f"{{value}} is what D gives {count} training images more than as many unseen ones",
        lambda family: mean_score(family, seen) - mean_score(family, fresh),
        best=Reference(0.0, "no difference"),
        is_share=False,
    )


def _makes_images(subject: Subject) -> bool:
    return (
        subject.family.data.kind == "images"
        and subject.family.latent is not None
        and isinstance(subject.data, ImageDataset)
    )


def _unseen(subject: Subject) -> Tensor | str:
    """Some unseen images `(n, C, H, W)` uint8, or why there are none."""
    test = subject.unseen
    what = "How much of the data is covered is not measured"
    if test is None:
        return f"{what}: the test images are not on this machine."
    n = min(subject.images(GENERATED), len(test))
    if n < 20:
        return f"{what}: that needs at least 20 images that are not trained on, and there are {n}."
    return test.images[_order(len(test))[:n]]


def _some_training_images(subject: Subject, n: int) -> Tensor:
    assert isinstance(subject.data, ImageDataset)
    images = subject.data.images
    return images[_order(len(images))[:n].to(images.device)]


def _order(n: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(SEED))


def _read(subject: Subject, images: Tensor) -> Tensor:
    """Features of uint8 images `(N, C, H, W)`, on the CPU."""
    from gan_core.data.progress import silent
    from gan_core.evaluation.extractors import in_batches

    return in_batches(subject.eyes.features, subject.for_eyes(images), "", silent).cpu()


def _features(subject: Subject, images: Tensor) -> Tensor:
    return _read(subject, _uint8(images))


def _uint8(images: Tensor) -> Tensor:
    """Float images in [-1, 1] as uint8 `(N, C, H, W)` where they are."""
    return images.clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
