"""Pictures of sentences, for whoever shows or measures a family that draws them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gan_core.capabilities import Drawn
from gan_core.data import ImageDataset
from gan_core.family import Family
from gan_core.settings import UserError
from gan_core.text_spec import TextSpec

AT_ONCE = 250  # drawn at once


class Asked(NamedTuple):
    """Captions of real scenes, on the CPU."""

    captions: Tensor  # (N, L) int64
    attributes: Tensor  # (N, K) int64: what the scenes show
    real: Tensor  # (N, *data.shape)


def words_of(family: Family) -> TextSpec:
    """The words a family knows.

    Raises:
        UserError: It draws no sentences.
    """
    if family.illustration is None:
        raise UserError(f"family '{family.name}' reads no sentences; choose stackgan")
    return family.illustration.text


def some_captions(data: ImageDataset, n: int, seed: int) -> Asked:
    """Captions of n scenes in random order, each once before any comes twice.

    Args:
        data: Captioned scenes, at least one.
        n: How many.
        seed: Of the order.

    Raises:
        UserError: The data set has no captions.
    """
    if data.spec.text is None:
        raise UserError(f"data set '{data.name}' has no captions; choose captioned-digits")
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))
    batch = data.batch(order[torch.arange(n) % len(order)].to(data.device))
    assert batch.captions is not None
    assert batch.attributes is not None
    return Asked(batch.captions.cpu(), batch.attributes.cpu(), batch.real.cpu())


def draw(family: Family, captions: Tensor, seed: int) -> Drawn:
    """What a family makes of captions `(N, L)`, each with noise of its own; on the CPU.

    Args:
        family: One that illustrates, in evaluation mode.
        captions: Token ids.
        seed: Of the noise.
    """
    z = family.sample_z(len(captions), torch.Generator().manual_seed(seed))
    device = next(next(iter(family.modules().values())).parameters()).device
    parts = torch.split(torch.arange(len(captions)), AT_ONCE)
    with torch.no_grad():
        drawn = [family.illustrate(captions[part].to(device), z[part].to(device)) for part in parts]
    return Drawn(*(torch.cat(parts).cpu() for parts in zip(*drawn, strict=True)))
