"""Rounds of "Be the discriminator": pictures, which of them are real, and what D says of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gan_core.asking import ask_any
from gan_core.data import ImageDataset
from gan_core.family import Family
from gan_core.images import to_uint8
from gan_core.settings import UserError

PICTURES = 10
FEWEST_OF_A_KIND = 3  # real ones and fakes: who says "all fake" must not win


@dataclass(frozen=True)
class Round:
    """Pictures to judge.

    Attributes:
        pictures: uint8 `(n, H, W, C)`.
        is_real: Which are real `(n,)` bool.
        scores: D's answer to each `(n,)` in [0, 1].
    """

    pictures: NDArray[np.uint8]
    is_real: NDArray[np.bool_]
    scores: NDArray[np.float32]

    @property
    def d_says_real(self) -> NDArray[np.bool_]:
        """What D takes for real `(n,)`: what it answers with more than 0.5."""
        return self.scores > 0.5

    def right(self, says_real: NDArray[np.bool_]) -> int:
        """How many of n answers `(n,)` are right."""
        return int((says_real == self.is_real).sum())


def deal(family: Family, unseen: ImageDataset, seed: int, n: int = PICTURES) -> Round:
    """Draws a round: some real pictures that nobody was trained on, the rest generated, in random order.

    Args:
        family: Generates and judges images; in evaluation mode, on the CPU.
        unseen: Real images of the family's shape, at least n.
        seed: Of the round: the same seed deals the same to everybody.
        n: Pictures.

    Raises:
        UserError: The family has no D or does not generate, or there are too few real images.
    """
    if not family.can_score or family.latent is None:
        raise UserError(f"family '{family.name}' has no pair of networks to play against; choose a GAN")
    if len(unseen) < n:
        raise UserError(
            f"a round needs {n} real images that were not trained on, and there are {len(unseen)}"
        )
    rng = torch.Generator().manual_seed(seed)
    real = int(torch.randint(FEWEST_OF_A_KIND, n - FEWEST_OF_A_KIND + 1, (), generator=rng))
    batch = unseen.batch(torch.randperm(len(unseen), generator=rng)[:real])
    z, y = ask_any(family, n - real, rng)
    with torch.no_grad():
        fake = family.generate(z, y)
        told = family.num_classes > 0  # D is told the classes, where the family has them
        on_real = family.discriminator_scores(batch.real, batch.y if told else None)
        scores = torch.cat([on_real, family.discriminator_scores(fake, y if told else None)])
    order = torch.randperm(n, generator=rng)
    pictures = to_uint8(torch.cat([batch.real, fake])[order])
    is_real = (torch.arange(n) < real)[order]
    return Round(pictures, is_real.numpy(), scores[order].float().numpy())
