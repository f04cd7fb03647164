"""The diagnosis of a generator of images."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.diagnosis import (
    Diagnosis,
    DiscriminatorReport,
    KindCensus,
    KindShare,
    Variety,
)
from gan_core.evaluation.extractors import (
    Extractor,
    cached_features,
    extractor_for,
    in_batches,
    random_subset,
)
from gan_core.evaluation.gradients import batch_size, gradient_norms
from gan_core.evaluation.images import asked_classes, class_metrics, generated_images, recognised
from gan_core.evaluation.neighbours import frechet_metric, neighbour_metrics
from gan_core.evaluation.recognition import Recognition, recognition_of
from gan_core.evaluation.spread import ClassSpread, spread
from gan_core.evaluation.variety import Pictures, RealKinds, class_pairs, similarity
from gan_core.evaluation.verdicts import report, scores
from gan_core.family import Family
from gan_core.images import from_uint8
from gan_core.metrics import (
    REPEATED,
    Birthday,
    Memorisation,
    Metric,
    birthday,
    memorisation,
    metric_name,
    repeats_itself,
)
from gan_core.metrics.duplicates import FEWEST
from gan_core.settings import UserError

SEARCHED = 10_000  # training images in which copies are looked for, at most
COMPARED = 2_000  # images in the test for duplicates, at most: all pairs are compared
_SCORED = 1_000  # images of each kind that D is asked about, at most


@dataclass(frozen=True)
class _Material:
    """Images and their features, shared by the parts of the diagnosis."""

    train: ImageDataset
    test: ImageDataset
    fake: Tensor
    y: Tensor | None
    extractor: Extractor
    fake_features: Tensor
    test_features: Tensor
    progress: Progress


def diagnose_images(
    family: Family,
    dataset: str,
    train: ImageDataset,
    test: ImageDataset,
    *,
    n: int,
    seed: int,
    progress: Progress,
) -> Diagnosis:
    """Everything that applies to images."""
    compared = min(n, len(train))
    extractor = extractor_for(dataset, train.images, smallest=min(compared, len(test)))
    y = asked_classes(family, train, n)
    fake = generated_images(family, n, seed, y, progress)
    fake_features = in_batches(extractor.features, fake, "Reading the generated images", progress)
    order = random_subset(torch.arange(len(test)), len(test))
    test = test.subset(order)
    test_features = cached_features(extractor, test.images, progress)
    material = _Material(train, test, fake, y, extractor, fake_features, test_features, progress)
    missing: list[str] = []
    metrics = _figures(material, compared, missing)
    kinds = recognition_of(train, extractor, progress)
    if kinds.by == "clusters":
        missing.append(
            "No classifier that knows these images comes with the lab: what they show is told by "
            f"{len(kinds.names)} groups of similar training images instead."
        )
    counted = _census(kinds, material)
    return Diagnosis(
        family.name,
        dataset,
        extractor.name,
        n,
        seed,
        (*metrics, *_census_metrics(counted, len(fake))),
        counted,
        _variety(kinds, material, missing),
        _duplicates(material, seed, missing),
        _memorisation(material, missing),
        _discriminator(family, material, missing),
        gradients=_gradients(family, train, seed, missing),
        missing=(*missing, "The divergence from the true law, and the best D, are known for points only."),
    )


def _duplicates(m: _Material, seed: int, missing: list[str]) -> Birthday | None:
    """How soon the generator repeats itself, against unseen images; None if there are too few."""
    if min(len(m.fake), len(m.test)) < FEWEST:
        missing.append(
            f"Repetitions are not looked for: that needs {FEWEST} generated and {FEWEST} unseen images."
        )
        return None
    m.progress("Looking for repetitions", 0.0)
    rng = torch.Generator().manual_seed(seed)
    return birthday(m.fake_features[:COMPARED], m.test_features[:COMPARED], rng)


def _memorisation(m: _Material, missing: list[str]) -> Memorisation | None:
    """Whether generated images lie nearer to seen than to unseen ones; None if too few are unseen."""
    if len(m.test) < 4:
        missing.append("Copies are not looked for: that needs 4 images that were not trained on.")
        return None
    seen = cached_features(m.extractor, random_subset(m.train.images, SEARCHED), m.progress)
    m.progress("Looking for copies", 0.0)
    if repeats_itself(seen, m.test_features):
        missing.append(REPEATED)
        return None
    return memorisation(seen, m.test_features, m.fake_features)


def _figures(m: _Material, compared: int, missing: list[str]) -> list[Metric]:
    """Fréchet distance, class mix, and overlap."""
    floor_images = random_subset(m.train.images, compared)
    floor = cached_features(m.extractor, floor_images, m.progress)
    metrics: list[Metric] = []
    if min(compared, len(m.test)) > floor.shape[1]:
        metrics.append(frechet_metric(m.extractor.name, m.fake_features[:compared], floor, m.test_features))
    else:
        missing.append(
            f"The Fréchet distance is not measured: on {floor.shape[1]} features it needs more than that "
            f"many images, and there are {min(compared, len(m.test))}."
        )
    named, named_floor = (recognised(m.extractor, x, m.progress) for x in (m.fake, floor_images))
    metrics += class_metrics(m.extractor, m.train, named, named_floor)[0]
    overlap = neighbour_metrics(m.extractor.name, m.test_features, m.fake_features, floor, m.progress)
    return [*metrics, *overlap]


def _gradients(family: Family, train: ImageDataset, seed: int, missing: list[str]) -> dict[str, float]:
    """Gradient norms on one batch; none where the family learns from more than these images carry."""
    chosen = random_subset(torch.arange(len(train)), batch_size(family))
    try:
        return gradient_norms(family, train.batch(chosen), seed)
    except UserError as error:
        missing.append(f"Gradients are not measured: {error}.")
        return {}


def _census(kinds: Recognition, m: _Material) -> KindCensus:
    found, real = (kinds.census(x) for x in (m.fake, m.test.images[: max(len(m.fake), 100)]))
    data = kinds.reference / kinds.reference.sum()
    rows = zip(kinds.names, found.counts, found.shares, data, strict=True)
    shares = tuple(KindShare(name, int(c), float(share), float(own)) for name, c, share, own in rows)
    return KindCensus(kinds.by, found.covered, found.unsure, real.unsure, shares)


def _census_metrics(counted: KindCensus, n: int) -> list[Metric]:
    word = "Groups" if counted.by == "clusters" else "Classes"
    return [
        Metric(
            name=metric_name("kinds", counted.by, n),
            title=f"{word} of {len(counted.kinds)} that are made",
            value=counted.covered,
            count=n,
            floor=sum(kind.data_share > 0 for kind in counted.kinds),
            better="higher",
        ),
        Metric(
            name=metric_name("unsure", counted.by, n),
            title="Share recognised as nothing with confidence",
            value=counted.unsure,
            count=n,
            floor=counted.real_unsure,
            better="lower",
        ),
    ]


def _variety(kinds: Recognition, m: _Material, missing: list[str]) -> tuple[Variety, ...]:
    """Classes with at least two images on either side; what was asked for, or what is recognised."""
    recognised_kinds, sure = kinds.name_them(m.fake)
    if kinds.by != "clusters" and m.test.labels is not None:
        real_kinds = m.test.labels
        made = recognised_kinds.where(sure, -1) if m.y is None else m.y
    else:
        real_kinds, made = kinds.name_them(m.test.images)[0], recognised_kinds
    real = RealKinds(Pictures(m.test.images, m.test_features), real_kinds)
    result = []
    for c, name in enumerate(kinds.names):
        pair = class_pairs(real, Pictures(m.fake, m.fake_features), made, c)
        if pair is not None:
            mine, others = pair
            ratio = ClassSpread(spread(*mine), spread(*others)).ratio
            alike, real_alike = similarity(mine.images), similarity(others.images)
            result.append(Variety(name, len(mine.images), ratio, alike, real_alike))
    if not result:
        missing.append("Variety within a class is not measured: no class has two images on either side.")
    return tuple(result)


def _discriminator(family: Family, m: _Material, missing: list[str]) -> DiscriminatorReport | None:
    """D on as many training, unseen and generated images; None without a D or the classes it is told."""
    if not family.can_score:
        missing.append("There is no discriminator to examine.")
        return None
    labelled = m.train.labels is not None and m.test.labels is not None
    if family.num_classes and not labelled:
        missing.append("D is not examined: it is told classes, which these images do not carry.")
        return None
    count = min(_SCORED, len(m.train), len(m.test), len(m.fake))
    order = random_subset(torch.arange(len(m.train)), count)
    told = bool(family.num_classes)
    m.progress("Asking D", 0.0)
    sets = (
        (m.train.images[order], m.train.labels[order] if told and m.train.labels is not None else None),
        (m.test.images[:count], m.test.labels[:count] if told and m.test.labels is not None else None),
        (m.fake[:count], m.y[:count] if told and m.y is not None else None),
    )
    return report(family, *(scores(family, from_uint8(x), y) for x, y in sets))
