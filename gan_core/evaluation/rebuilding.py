"""How well families rebuild images they have not seen, from codes of an encoder or of a search."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import in_batches, random_subset
from gan_core.evaluation.generating import device_of
from gan_core.family import Family
from gan_core.images import from_uint8
from gan_core.latent.rebuilding import encoded, searched
from gan_core.metrics import Metric, metric_name

RECONSTRUCTION = "reconstruction_rmse"


def codes(family: Family, images: Tensor, progress: Progress) -> Tensor:
    """The codes `(N, z_dim)` of uint8 images `(N, C, H, W)`, on the CPU.

    Raises:
        UserError: The family cannot encode.
    """
    device = device_of(family)
    return in_batches(
        lambda part: family.encode(from_uint8(part.to(device))).cpu(), images, "Encoding", progress
    )


def reconstruction_metric(family: Family, test: Tensor, progress: Progress) -> Metric:
    """The mean over test images uint8 `(N, C, H, W)` of the difference to what is rebuilt of them.

    Raises:
        UserError: The family cannot encode.
    """
    device = device_of(family)
    errors = in_batches(
        lambda part: encoded(family, from_uint8(part.to(device))).errors.cpu(),
        test, "Rebuilding the test images", progress,
    )  # fmt: skip
    return _metric("test", errors)


def searched_metric(family: Family, test: ImageDataset, n: int, progress: Progress) -> Metric:
    """The same for a family without an encoder: the codes of n random test images are searched for.

    Raises:
        UserError: The family does not sample.
    """
    chosen = random_subset(torch.arange(len(test)), n)
    found = searched(
        family,
        from_uint8(test.images[chosen]),
        y=None if test.labels is None else test.labels[chosen],
        on_progress=lambda share: progress("Searching for codes of test images", share),
    )
    return _metric("search", found.errors)


def _metric(how: str, errors: Tensor) -> Metric:
    return Metric(
        name=metric_name(RECONSTRUCTION, how, len(errors)),
        title="Difference of rebuilt test images, root mean square of the range 0 to 1",
        value=float(errors.mean()),
        count=len(errors),
        better="lower",
    )
