"""How StackGAN learns to read: sentences matched with pictures, what each says or shows, wrong sentences."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.families.stackgan_parts import Heads, MatchJudge
from gan_core.phases import Batch
from gan_core.settings import UserError
from gan_core.text_spec import OPEN, TextSpec

_WRONG_BY_A_WORD = 0.5  # share of the wrong sentences that differ from the right one in a single word


def captions_in(batch: Batch) -> Tensor:
    """The captions of a batch; UserError if it has none."""
    if batch.captions is None:
        raise UserError(
            "family 'stackgan' needs captions, but this data set gives none; choose captioned-digits"
        )
    return batch.captions


def said_in(batch: Batch) -> Tensor:
    """What captions say of each attribute `(N, K)`; if that is not known, all that is shown."""
    said = batch.attributes if batch.said is None else batch.said
    if said is None:
        raise UserError(
            "family 'stackgan' needs to know what captions say, but this data set does not tell; "
            "choose captioned-digits"
        )
    return said


def read_pictures(
    judges: Mapping[str, MatchJudge], seen: Mapping[str, Tensor], texts: Tensor, said: Tensor
) -> dict[str, Tensor]:
    """Losses of matching real pictures with captions and of naming what they show.

    Args:
        judges: The discriminator of each view.
        seen: Features of the N pictures in each view.
        texts: Embeddings `(M, text_dims)`: of the N captions in order, then of wrong ones.
        said: What the captions say of each attribute `(N, K)`.
    """
    naming = {f"naming_{name}": judge.heads(seen[name], said) for name, judge in judges.items()}
    return _matching(judges, seen, texts) | naming


def read_sentences(
    judges: Mapping[str, MatchJudge], seen: Mapping[str, Tensor], texts: Tensor, heads: Heads, said: Tensor
) -> dict[str, Tensor]:
    """Losses of matching sentences with what was seen, and of naming what they say.

    Args:
        judges: The discriminator of each view.
        seen: Features of the N pictures in each view.
        texts: Embeddings `(M, text_dims)`: of the N captions in order, then of wrong ones.
        heads: On the embeddings; the last value of each attribute is "left open". A caption that says
            nothing for sure teaches them nothing.
        said: What the captions say of each attribute `(N, K)`.
    """
    left_open = torch.tensor(heads.sizes, device=said.device) - 1
    says_something = (said != OPEN).any(dim=1, keepdim=True)
    told = torch.where((said == OPEN) & says_something, left_open, said)
    return _matching(judges, seen, texts) | {"naming": heads(texts[: len(said)], told)}


def _matching(
    judges: Mapping[str, MatchJudge], seen: Mapping[str, Tensor], texts: Tensor
) -> dict[str, Tensor]:
    return {
        f"matching_{name}": matching_loss(judge.matches(seen[name], texts)) for name, judge in judges.items()
    }


def matching_loss(matches: Tensor) -> Tensor:
    """Cross-entropy, in nats, of telling whose caption is whose by how well they match.

    Args:
        matches: Of N pictures and M >= N sentences `(N, M)`: those of their captions in order, then of
            wrong captions.

    Source: Reed et al. 2016 (arXiv:1605.05396), section 4.2, there with hinge losses on classes; softmax over
    a batch as in Radford et al. 2021 (arXiv:2103.00020), section 2.3.
    """
    own = torch.arange(len(matches), device=matches.device)
    return F.cross_entropy(matches, own) + F.cross_entropy(matches[:, : len(matches)].T, own)


def wrong_captions(text: TextSpec, captions: Tensor, rng: torch.Generator) -> Tensor:
    """A caption `(N, L)` for each picture that does not say what it shows.

    Half of them, and those whose neighbour in the batch says the same, differ from the right one in a single
    word; the others are their neighbour's.

    Args:
        text: Vocabulary.
        captions: The right ones `(N, L)`.
        rng: Source of the swaps, on the device of the captions.
    """
    misses, others = text.near_misses(captions, rng), captions.roll(1, dims=0)
    same = (text.usual(others) == text.usual(captions)).all(dim=1)
    by_a_word = torch.rand(len(captions), generator=rng, device=captions.device) < _WRONG_BY_A_WORD
    return torch.where((same | by_a_word)[:, None], misses, others)
