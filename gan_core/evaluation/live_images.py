"""Gauges of collapse for images while a run trains: few images, each figure beside what real ones score."""

from __future__ import annotations

import torch

from gan_core.data import ImageDataset
from gan_core.evaluation.subject import GENERATED, Finding, Subject, generated, some_order
from gan_core.family import Family
from gan_core.images import from_uint8, to_pixels
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
        return float(kinds.census(subject.for_eyes(to_pixels(generated(family, z, y)))).covered)

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
    real = subject.real_features
    if isinstance(real, str):
        return real
    from gan_core.evaluation.neighbours import NEIGHBOURS
    from gan_core.metrics import prdc

    features, train = real
    n = len(features)
    z, y = subject.fixed_latents(n)

    def compute(family: Family) -> float:
        return prdc(features, subject.read(to_pixels(generated(family, z, y))), NEIGHBOURS).coverage

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
    real = subject.real_features
    if isinstance(real, str):
        return None  # coverage has said why
    from gan_core.metrics import frechet_distance

    features, train = real
    n = len(features)
    if n <= features.shape[1]:
        return (
            f"The Fréchet distance is not measured: on {features.shape[1]} features it needs more than that "
            f"many images a time, and {n} are read."
        )
    z, y = subject.fixed_latents(n)
    return Probe(
        "frechet",
        "Fréchet distance",
        f"{{value}} between {n} generated and {n} unseen real images",
        lambda family: frechet_distance(subject.read(to_pixels(generated(family, z, y))), features),
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

    count = min(subject.images(GENERATED), len(unseen), len(data))
    seen, fresh = (
        part.subset(some_order(len(part))[:count].to(part.device)).to(torch.device("cpu"))
        for part in (data, unseen)
    )

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
