"""Families that enlarge: each way of enlarging against the true picture, and what is then read in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.enlarging import TITLES, enlarge, methods_of, reduce
from gan_core.evaluation.extractors import Extractor, extractor_for, in_batches, random_subset
from gan_core.evaluation.generating import device_of
from gan_core.evaluation.result import Evaluation
from gan_core.family import Family
from gan_core.images import from_uint8, to_pixels
from gan_core.metrics import Metric, gaussian_ssim, metric_name, psnr

_AT_ONCE = 250
_KNOWN, _READ = 10_000, 2_000  # training images a reader of pixels looks at, and test images it reads
_SMALLEST_FOR_SSIM = 11
# What is measured of each way to enlarge, in words.
MEASURES = {
    "agreement": "recognised by the classifier",
    "agreement-pixels": "recognised by the nearest training image",
    "psnr": "PSNR in dB",
    "ssim": "SSIM",
    "perceptual": "perceptual distance",
}


@dataclass(frozen=True)
class Enlarged:
    """Test images, made small and enlarged again.

    Attributes:
        real: The true images `(N, C, H, W)` uint8.
        y: Their classes `(N,)` int64; None: not known.
        low_res: Made small `(N, C, H', W')` uint8.
        made: Enlarged `(N, C, H, W)` uint8, by the method.
    """

    real: Tensor
    y: Tensor | None
    low_res: Tensor
    made: Mapping[str, Tensor]


def evaluate_enlarging(
    family: Family,
    dataset: str,
    train: ImageDataset,
    test: ImageDataset,
    *,
    n: int,
    progress: Progress,
) -> Evaluation:
    """Makes n test images small, all if there are fewer, enlarges them in every way, and compares.

    Two readers say which class they see: the classifier of the data set, on whose features the family may
    have been trained, and the nearest of some training images, pixel by pixel, which no generator has met.
    The floor of a share recognised is that of the true images.
    """
    count = min(n, len(test))
    extractor = extractor_for(dataset, train.images, smallest=min(count, len(train)))
    found = enlarged_tests(family, test, random_subset(torch.arange(len(test)), count), progress)
    metrics = _recognised(extractor, train, found, progress)
    for method, made in found.made.items():
        values = likeness(extractor, made, found.real, progress)
        metrics += [
            _metric(measure, method, value, extractor.name, count) for measure, value in values.items()
        ]
    return Evaluation(dataset, extractor.name, None, tuple(metrics))


def table_of(metrics: Sequence[Metric]) -> dict[str, dict[str, Metric]]:
    """The numbers of an evaluation by measure and by method; what was not measured is left out."""
    by_name = {metric.name.split("_")[0]: metric for metric in metrics}
    found = {
        measure: {m: by_name[f"{measure}-{m}"] for m in TITLES if f"{measure}-{m}" in by_name}
        for measure in MEASURES
    }
    return {measure: row for measure, row in found.items() if row}


def enlarged_tests(family: Family, test: ImageDataset, indices: Tensor, progress: Progress) -> Enlarged:
    """The test images at `indices` `(N,)`, made small and enlarged in every way the family has."""
    device, scale = device_of(family), family.translation.scale if family.translation else 1
    real = test.images[indices].cpu()
    parts: dict[str, list[Tensor]] = {method: [] for method in methods_of(family)}
    small = list[Tensor]()
    for start in range(0, len(real), _AT_ONCE):
        progress("Enlarging", start / len(real))
        low_res = reduce(from_uint8(real[start : start + _AT_ONCE].to(device)), scale)
        small.append(to_pixels(low_res))
        for method, made in parts.items():
            made.append(to_pixels(enlarge(family, low_res, method)))
    y = None if test.labels is None else test.labels[indices].cpu()
    return Enlarged(real, y, torch.cat(small), {method: torch.cat(made) for method, made in parts.items()})


def likeness(extractor: Extractor, made: Tensor, real: Tensor, progress: Progress) -> dict[str, float]:
    """PSNR, SSIM and, with a classifier, the distance of its features, of uint8 images `(N, C, H, W)`.

    The perceptual distance of two pictures is 1 - cos of the angle between their features: 0 for the same
    features, 1 for none in common. Pictures below 11 pixels have no SSIM; equal ones count as 100 dB.
    """
    values = {"psnr": _of_pairs(psnr, made, real).clamp(max=100)}
    if min(real.shape[2:]) >= _SMALLEST_FOR_SSIM:
        values["ssim"] = _of_pairs(gaussian_ssim, made, real)
    if extractor.classify is not None:
        a, b = (
            in_batches(extractor.features, images, "Comparing features", progress) for images in (made, real)
        )
        values["perceptual"] = 1 - torch.cosine_similarity(a.double(), b.double())
    return {measure: float(value.mean()) for measure, value in values.items()}


def _of_pairs(measure: Callable[[Tensor, Tensor], Tensor], made: Tensor, real: Tensor) -> Tensor:
    pairs = zip(torch.split(made, _AT_ONCE), torch.split(real, _AT_ONCE), strict=True)
    return torch.cat([measure(from_uint8(a), from_uint8(b)) for a, b in pairs])


def nearest_classes(images: Tensor, train: ImageDataset, progress: Progress) -> Tensor:
    """Class `(N,)` of the nearest of some training images, by pixels, to uint8 images `(N, C, H, W)`."""
    assert train.labels is not None
    order = random_subset(torch.arange(len(train)), _KNOWN)
    known, y = from_uint8(train.images[order]).flatten(1), train.labels[order]

    def classify(part: Tensor) -> Tensor:
        return y[torch.cdist(from_uint8(part).flatten(1), known).argmin(1)]

    return in_batches(classify, images, "Looking for the nearest training images", progress)


def _recognised(
    extractor: Extractor, train: ImageDataset, found: Enlarged, progress: Progress
) -> list[Metric]:
    """Shares of images that two readers take for the true class; the networks' before the rules'."""
    y = found.y
    if y is None:
        return []
    metrics = []
    methods = list(found.made)[::-1]
    if extractor.classify is not None:
        classify = extractor.classify

        def share(images: Tensor) -> float:
            return float((in_batches(classify, images, "Reading", progress) == y).double().mean())

        floor = share(found.real)
        metrics += [
            _metric("agreement", m, share(found.made[m]), extractor.name, len(y), floor) for m in methods
        ]

    def share_by_pixels(images: Tensor) -> float:
        return float((nearest_classes(images[:_READ], train, progress) == y[:_READ]).double().mean())

    if train.labels is not None:
        n, floor = min(len(y), _READ), share_by_pixels(found.real)
        metrics += [
            _metric("agreement-pixels", m, share_by_pixels(found.made[m]), "pixels", n, floor)
            for m in methods
        ]
    return metrics


def _metric(
    measure: str, method: str, value: float, extractor: str, count: int, floor: float | None = None
) -> Metric:
    return Metric(
        name=metric_name(f"{measure}-{method}", "test" if measure in ("psnr", "ssim") else extractor, count),
        title=f"{TITLES[method]}: {MEASURES[measure]}",
        value=value,
        count=count,
        floor=floor,
        better="lower" if measure == "perceptual" else "higher",
    )
