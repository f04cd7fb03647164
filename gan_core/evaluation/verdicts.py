"""What D says to seen, unseen and generated examples."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.evaluation.diagnosis import DiscriminatorReport
from gan_core.evaluation.generating import device_of
from gan_core.family import Family
from gan_core.metrics import discrimination, score_histogram

_AT_ONCE = 250


def scores(family: Family, x: Tensor, y: Tensor | None = None) -> Tensor:
    """D's scores `(N,)` of examples `(N, *data.shape)` float32, on the CPU.

    Args:
        family: Can score; in evaluation mode, without gradients.
        x: Examples.
        y: Their classes `(N,)` int64, where the family has classes.
    """
    device, parts = device_of(family), []
    for start in range(0, len(x), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        told = None if y is None else y[part].to(device)
        parts.append(family.discriminator_scores(x[part].to(device), told).cpu())
    return torch.cat(parts)


def report(family: Family, train: Tensor, held_out: Tensor, fake: Tensor) -> DiscriminatorReport:
    """Compares D's scores `(N,)` of the three kinds of examples.

    Where only differences of scores mean something, "real" begins half-way between the mean scores of unseen
    real and of generated examples.
    """
    threshold = 0.5
    if family.score_meaning != "probability":
        threshold = float(held_out.mean() + fake.mean()) / 2
    x, unseen, made = (part.double().numpy() for part in (train, held_out, fake))
    return DiscriminatorReport(
        discrimination(x, unseen, made, threshold),
        threshold,
        score_histogram(x),
        score_histogram(unseen),
        score_histogram(made),
    )
