"""Gauges of collapse for images while a run trains: few images, each figure beside what real ones score."""

from __future__ import annotations

from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.evaluation.subject import GENERATED, Finding, SeenImages, Subject, once_for_each, some_images
from gan_core.runs.probes import Probe, Reference

# The heavy half of the library is imported inside functions; see `subject`.

COPIED = 1_000  # training images among which copies are looked for


def classes_made(subject: Subject) -> tuple[Finding, ...]:
    """How many classes, or groups of similar images, are made."""
    if not _makes_images(subject):
        return ()
    kinds, n = subject.kinds, subject.images(GENERATED)
    k, what = int((kinds.reference > 0).sum()), _kinds_are_called(subject)
    counted = Probe(
        "classes",
        f"{what.capitalize()} that are made",
        f"{{value}} of {k} {what} are among {n} generated images",
        lambda seen: float(seen.census.covered),
        worst=Reference(1.0, "a single one"),
        best=Reference(float(k), "all of them"),
        is_share=False,
        counts=what,
        look=subject.look,
    )
    if kinds.by != "clusters":
        return (counted,)
    reason = (
        f"Classes are not counted: no classifier that knows {subject.title} comes with the lab. "
        f"{len(kinds.names)} groups of similar training images are counted instead."
    )
    return counted, reason


def class_kl(subject: Subject) -> Finding:
    """How far the mix of classes is from that of the data."""
    if not _makes_images(subject):
        return None
    from gan_core.metrics import kl_to_reference, reverse_kl_floor

    kinds, n, what = subject.kinds, subject.images(GENERATED), _kinds_are_called(subject)

    def compute(seen: SeenImages) -> float:
        counts = seen.census.counts
        return kl_to_reference(counts, kinds.reference) if counts.any() else float("inf")

    return Probe(
        "class_kl",
        f"Mix of {what}: divergence from the data's",
        f"{{value}} nats is the divergence of the mix of {what} among {n} generated images from the data's",
        compute,
        best=Reference(reverse_kl_floor(int((kinds.reference > 0).sum()), n), "real images"),
        is_share=False,
        look=subject.look,
    )


def neighbours(subject: Subject) -> tuple[Finding, ...]:
    """Coverage, precision, recall and density."""
    if not _makes_images(subject):
        return ()
    real = subject.real_features
    if isinstance(real, str):
        return (real,)
    from gan_core.evaluation.overlap import overlap_probes

    return overlap_probes(*real, _features, "images", subject.look)


def support(subject: Subject) -> Finding:
    """How many different images are made."""
    real = _real_features(subject)
    if real is None:
        return None
    from gan_core.evaluation.overlap import support_probe
    from gan_core.metrics.duplicates import FEWEST

    n = len(real[0])
    if n < FEWEST:
        return f"Repetitions are not looked for: that needs {FEWEST} unseen images, and there are {n}."
    return support_probe(*real, _features, "images", subject.look)


def frechet(subject: Subject) -> Finding:
    """Distance of the generated images' features from those of real ones."""
    real = _real_features(subject)
    if real is None:
        return None
    from gan_core.metrics import frechet_distance

    features, train = real
    n = len(features)
    if n <= features.shape[1]:
        return (
            f"The Fréchet distance is not measured: on {features.shape[1]} features it needs more than that "
            f"many images a time, and {n} are read."
        )
    return Probe(
        "frechet",
        "Fréchet distance",
        f"{{value}} between {n} generated and {n} unseen real images",
        lambda seen: frechet_distance(seen.features[:n], features),
        best=Reference(frechet_distance(train, features), "real images"),
        is_share=False,
        look=subject.look,
    )


def varieties(subject: Subject) -> tuple[Finding, ...]:
    """How different the images of one class are: in features, and by MS-SSIM."""
    real = _real_features(subject)
    if real is None or isinstance(subject.compared, str):
        return ()
    from gan_core.evaluation.variety import Pictures, RealKinds, mean_variety

    unseen, what = subject.compared[0], _kinds_are_called(subject)
    told = subject.kinds.by != "clusters"
    labels = unseen.labels if told else None
    if labels is None:
        labels = subject.kinds.name_them(subject.for_eyes(unseen.images))[0].cpu()
    yardstick = RealKinds(Pictures(unseen.images, real[0]), labels)
    one = "class" if what == "classes" else "group of similar images"

    def seen_kinds(seen: SeenImages) -> Tensor:
        if seen.y is not None and told:
            return seen.y.cpu()
        kinds, sure = seen.named
        return kinds.where(sure, -1) if told else kinds

    @once_for_each
    def measured(seen: SeenImages) -> tuple[float, float]:
        return mean_variety(yardstick, Pictures(seen.pixels.cpu(), seen.features), seen_kinds(seen))

    distance = Probe(
        "variety",
        f"Variety within a {one}, real images: 1",
        f"{{value}} times as different as real images of the same {one} are the generated ones, on average",
        lambda seen: measured(seen)[0],
        worst=Reference(0.0, "always the same image"),
        best=Reference(1.0, "real images"),
        is_share=False,
        look=subject.look,
    )
    alike = yardstick.similarity
    if alike is None:
        return (distance,)
    similarity = Probe(
        "ms_ssim",
        f"Likeness within a {one} (MS-SSIM)",
        f"{{value}} is the likeness of two generated images of the same {one}, on average",
        lambda seen: measured(seen)[1],
        worst=Reference(1.0, "always the same image"),
        best=Reference(alike, "real images"),
        is_share=False,
        look=subject.look,
    )
    return distance, similarity


def turnover(subject: Subject) -> Finding:
    """Does the same noise keep its class? Of a family that is asked for classes that says nothing."""
    if not _makes_images(subject) or subject.family.num_classes:
        return None
    from gan_core.evaluation.overlap import turnover_probe

    one = "group" if subject.kinds.by == "clusters" else "class"

    def kinds(seen: SeenImages) -> Tensor:
        named, sure = seen.named
        return named.where(sure, -1)

    return turnover_probe(kinds, one, subject.look)


def memorised(subject: Subject) -> Finding:
    """Do generated images lie nearer to training images than real ones do?"""
    real = _real_features(subject)
    if real is None:
        return None
    from gan_core.metrics import REPEATED, memorisation, repeats_itself

    assert isinstance(subject.data, ImageDataset)
    unseen, train = real[0], subject.read(some_images(subject.data, COPIED).images)
    if repeats_itself(train, unseen):
        return REPEATED
    return Probe(
        "memorisation",
        "Distance to seen over distance to unseen images",
        f"generated images lie {{value}} times as near to {len(train):,} seen images as to unseen ones, "
        "where new real images have 1",
        lambda seen: memorisation(train, unseen, seen.features).score,
        worst=Reference(0.0, "copies"),
        best=Reference(1.0, "new images"),
        is_share=False,
        look=subject.look,
    )


def _features(seen: SeenImages) -> Tensor:
    return seen.features


def _real_features(subject: Subject) -> tuple[Tensor, Tensor] | None:
    """Features of unseen and of training images; None if there are none, which coverage has said."""
    if not _makes_images(subject):
        return None
    real = subject.real_features
    return None if isinstance(real, str) else real


def _kinds_are_called(subject: Subject) -> str:
    return "groups of similar images" if subject.kinds.by == "clusters" else "classes"


def _makes_images(subject: Subject) -> bool:
    return (
        subject.family.data.kind == "images"
        and subject.family.latent is not None
        and isinstance(subject.data, ImageDataset)
    )
