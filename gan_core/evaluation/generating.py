"""Examples to measure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from gan_core.data.progress import Progress
from gan_core.family import Family

_GENERATED_AT_ONCE = 250


@contextmanager
def evaluation_mode(family: Family) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards every network is in the mode it was in."""
    modes = {network: network.training for network in family.modules().values()}
    try:
        for network in modes:
            network.eval()
        with torch.no_grad():
            yield
    finally:
        for network, mode in modes.items():
            network.train(mode)


def device_of(family: Family) -> torch.device:
    """Where the networks are."""
    return next(p.device for network in family.modules().values() for p in network.parameters())


def latents(family: Family, n: int, seed: int) -> Tensor:
    """The latent vectors `(n, z_dim)` behind the examples of `generate`, on the CPU."""
    return family.sample_z(n, torch.Generator().manual_seed(seed))


def generate(family: Family, n: int, seed: int, y: Tensor | None, progress: Progress) -> Iterator[Tensor]:
    """Generated examples in batches; z comes from the CPU's generator, so every device makes the same."""
    z = latents(family, n, seed)
    device = device_of(family)
    for start in range(0, n, _GENERATED_AT_ONCE):
        progress("Generating", start / n)
        part = slice(start, start + _GENERATED_AT_ONCE)
        yield family.generate(z[part].to(device), None if y is None else y[part].to(device))
