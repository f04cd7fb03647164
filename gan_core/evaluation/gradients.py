"""How strongly each network would be pushed by its next update."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from gan_core.evaluation.generating import device_of
from gan_core.family import Family
from gan_core.phases import Batch, Phase, StepContext

BATCH = 64  # examples, if the discriminator judges each by itself


def gradient_norms(family: Family, batch: Batch, seed: int) -> dict[str, float]:
    """Norm of the gradient of each phase's losses, by the phase's name; the networks stay as they are.

    Unlike in training, networks with batch norm use their running statistics, as they do when sampled from.

    Args:
        family: Its networks, in evaluation mode.
        batch: Real examples, with classes where the family is told them.
        seed: Of the noise.
    """
    device = device_of(family)
    rng = torch.Generator(device).manual_seed(seed)
    ctx = StepContext(batch.to(device), rng, step=0)
    phases = list(family.phases())
    norms = {}
    for index, phase in enumerate(phases):
        ctx.upcoming = frozenset(later.name for later in phases[index:])
        norms[phase.name] = _norm(family, phase, ctx)
    return norms


def _norm(family: Family, phase: Phase, ctx: StepContext) -> float:
    weights = [weight for module in phase.trains for weight in module.parameters()]
    with torch.enable_grad(), _all_trainable(family):
        total = torch.stack(list(phase.compute(ctx).losses.values())).sum()
        found = torch.autograd.grad(total, weights, allow_unused=True, retain_graph=True)
    return float(torch.nn.utils.get_total_norm([gradient for gradient in found if gradient is not None]))


@contextmanager
def _all_trainable(family: Family) -> Iterator[None]:
    """Lets gradients reach every weight: networks that were loaded are frozen."""
    modules: list[nn.Module] = list(family.modules().values())
    before = [(w, w.requires_grad) for module in modules for w in module.parameters()]
    try:
        for weight, _ in before:
            weight.requires_grad_(True)
        yield
    finally:
        for weight, was in before:
            weight.requires_grad_(was)


def batch_size(family: Family) -> int:
    """About 64 examples: as many packs or groups as its discriminator judges at a time."""
    multiple = int(getattr(family.settings, "batch_multiple", 1))
    return -(-BATCH // multiple) * multiple
