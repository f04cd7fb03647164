"""What a family reads out of images about their codes, and which classes its kinds turn out to be."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.data import ImageDataset
from gan_core.data.progress import Progress
from gan_core.evaluation.extractors import in_batches
from gan_core.evaluation.generating import device_of
from gan_core.family import Family
from gan_core.images import from_uint8
from gan_core.latent_spec import CodeReading
from gan_core.losses import categorical_information
from gan_core.metrics import confusion_matrix, match_codes
from gan_core.metrics.histogram import Counts
from gan_core.settings import UserError


@dataclass(frozen=True)
class Kinds:
    """One categorical code, read off labelled images.

    Attributes:
        kinds: The most likely value of each image `(N,)` int64.
        labels: The class of each image `(N,)` int64.
        counts: Images of each value (row) and class (column), `(K, M)` int64.
        class_of_kind: The class each value is matched to `(K,)` int64; -1: values are more than classes.
        accuracy: Share of images whose value is matched to their class.
    """

    kinds: Tensor
    labels: Tensor
    counts: Counts
    class_of_kind: Counts
    accuracy: float

    @property
    def order(self) -> list[int]:
        """The values in the order of the classes they are matched to; those without a class come last."""
        k, m = self.counts.shape
        return sorted(range(k), key=lambda kind: (int(self.class_of_kind[kind]) % (m + 1), kind))

    def collected(self, kind: int, *, right: bool) -> Tensor:
        """Numbers of the images with a value `(n,)`, in order: those of its class, or those of others."""
        is_right = self.labels == int(self.class_of_kind[kind])
        return ((self.kinds == kind) & (is_right if right else ~is_right)).nonzero().flatten()


def read_images(family: Family, images: Tensor, progress: Progress) -> CodeReading:
    """What a family reads out of images `(N, C, H, W)` uint8, some hundred at a time, on the CPU."""
    device = device_of(family)

    def read(part: Tensor) -> Tensor:
        return torch.cat(family.read_codes(from_uint8(part.to(device))), dim=1).cpu()

    latent = family.latent
    assert latent is not None
    both = in_batches(read, images, "Reading codes", progress)
    return CodeReading(both[:, : sum(latent.cat_sizes)], both[:, sum(latent.cat_sizes) :])


def logits_of(family: Family, reading: CodeReading, code: int) -> Tensor:
    """The part of a reading that tells one categorical code, `(N, values)`."""
    assert family.latent is not None
    return torch.split(reading.q_logits, list(family.latent.cat_sizes), dim=1)[code]


def kinds_of(family: Family, reading: CodeReading, data: ImageDataset, code: int = 0) -> Kinds:
    """Matches the values of a categorical code, read off labelled images, to their classes.

    Args:
        family: Read the codes.
        reading: Of all the images of `data`.
        data: Labelled images.
        code: Number of the code.

    Raises:
        UserError: The images carry no labels.
    """
    if data.labels is None or not data.class_names:
        raise UserError(
            f"data set '{data.name}' has no classes to compare kinds with; choose a generator of one that has"
        )
    logits = logits_of(family, reading, code)
    kinds = logits.argmax(dim=1)
    counts = confusion_matrix(kinds, data.labels, logits.shape[1], len(data.class_names))
    accuracy, class_of_kind = match_codes(counts)
    return Kinds(kinds, data.labels, counts, class_of_kind, accuracy)


def information(family: Family, z: Tensor, reading: CodeReading) -> float:
    """Lower bound of I(c; x) in nats, summed over the categorical codes.

    Args:
        family: Made images from z and read them.
        z: `(N, z_dim)`.
        reading: Of these images.
    """
    assert family.latent is not None
    c_cat = family.latent.split(z).c_cat
    parts = [logits_of(family, reading, code) for code in range(len(family.latent.cat_sizes))]
    return sum(float(categorical_information(part, c)) for part, c in zip(parts, c_cat.T, strict=True))
