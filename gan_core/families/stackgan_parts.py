"""What StackGAN reads and judges with: the text encoder, and discriminators that also name what they see."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.families.adversarial import Verdict
from gan_core.layers import MinibatchDeviation, ToVector, packed
from gan_core.text_spec import OPEN, PADDING
from gan_core.thin import ThinConv2d

CORE = 4  # pixels: side of the smallest map
SKETCH_PART = 4  # the sketch's side is this part of the picture's
_GROUPS = 8  # of channels that are brought to one mean and deviation together


class TextEncoder(nn.Module):
    """A sentence as numbers: word vectors read in order by a GRU, whose last state it is.

    Args:
        tokens: Number of different tokens.
        word_dims: Numbers in a word's vector.
        text_dims: Numbers in the sentence's vector.
    """

    def __init__(self, tokens: int, word_dims: int, text_dims: int) -> None:
        super().__init__()
        self.words = nn.Embedding(tokens, word_dims, padding_idx=PADDING)
        self.reading = nn.GRU(word_dims, text_dims, batch_first=True)

    def forward(self, captions: Tensor) -> Tensor:
        """Embeddings `(N, text_dims)` of token ids `(N, L)`: the state after the last word."""
        with torch.autocast(captions.device.type, enabled=False):  # small products: bfloat16 gains nothing
            states, _ = self.reading(self.words(captions))
            last = ((captions != PADDING).sum(dim=1) - 1).clamp_min(0)
            embedding: Tensor = states[torch.arange(len(captions), device=captions.device), last]
        return embedding


def down(
    channels: int, width: int, side: int, widest: int, *, small: bool = False, normalise: bool = True
) -> tuple[list[nn.Module], int]:
    """Strided convolutions from a picture to a map of `CORE` pixels; the layers and channels at the end.

    The first layer of a small picture keeps its size. Group norm behind the others makes reading quick to
    learn, and does not tell one picture of a batch what the others are like; `normalise` says whether.
    """
    first = nn.Conv2d(channels, width, 3, 1, 1) if small else ThinConv2d(channels, width)
    layers: list[nn.Module] = [first, nn.LeakyReLU(0.2)]
    side = side if small else side // 2
    while side > CORE:
        wide = min(2 * width, widest)
        norm = [nn.GroupNorm(math.gcd(wide, _GROUPS), wide)] if normalise else []
        layers += [nn.Conv2d(width, wide, 4, 2, 1), *norm, nn.LeakyReLU(0.2)]
        width, side = wide, side // 2
    return layers, width


class Heads(nn.Module):
    """Names every attribute of what is read: scores of all values of all attributes.

    Args:
        features: Numbers read from.
        sizes: Number of values of each attribute.
    """

    def __init__(self, features: int, sizes: Sequence[int]) -> None:
        super().__init__()
        self.sizes = list(sizes)
        self.scores = nn.Linear(features, sum(sizes))

    def forward(self, features: Tensor, said: Tensor) -> Tensor:
        """Cross-entropy in nats, summed over attributes and averaged over the batch.

        Args:
            features: `(N, features)`.
            said: The value of each attribute `(N, K)`; -1 where nothing is said of it, which costs nothing.
        """
        with torch.autocast(features.device.type, enabled=False):
            scores = self.scores(features.float()).split(self.sizes, dim=1)
            losses = [
                F.cross_entropy(own, value, ignore_index=OPEN, reduction="sum")
                for own, value in zip(scores, said.T, strict=True)
            ]
            return torch.stack(losses).sum() / len(said)


class MatchJudge(nn.Module):
    """D(x, t) = w . f(x) + v(t) . f(x) + b: is x real, and what t says? Heads on f(x) name what x shows.

    Of a pack, x_1 to x_m with sentences t_1 to t_m, it is w . (f(x_1), ..., f(x_m)) + sum_i v(t_i) . f(x_i)
    + b: each picture is read by itself, and only what says "real" sees them together.

    Args:
        shape: Of a picture.
        width: Channels after the first layer.
        features: Numbers in f(x).
        text_dims: Numbers in a sentence's embedding t.
        sizes: Number of values of each attribute.
        small: The pictures are sketches.
        packing: Pictures judged at a time.
        deviation_group: Packs over which the minibatch deviation is taken, 0: the whole batch; None: it is
            not told.
        normalise: Group norm between the convolutions.

    Source: Zhang et al. 2017 (arXiv:1612.03242), section 3.3; the product with f(x) from Miyato and Koyama
    2018 (arXiv:1802.05637), equation 3; the heads from Odena et al. 2017 (arXiv:1610.09585), section 4.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        width: int,
        features: int,
        text_dims: int,
        sizes: Sequence[int],
        *,
        small: bool = False,
        packing: int = 1,
        deviation_group: int | None = None,
        normalise: bool = True,
    ) -> None:
        super().__init__()
        self.packing = packing
        layers, channels = down(shape[0], width, shape[-1], 4 * width, small=small, normalise=normalise)
        self.trunk = nn.Sequential(
            *layers, ToVector(), nn.Linear(channels * CORE * CORE, features), nn.LeakyReLU(0.2)
        )
        told = deviation_group is not None
        self.deviation = MinibatchDeviation(deviation_group) if deviation_group is not None else nn.Identity()
        self.realness = nn.Linear(packing * features + told, 1)
        self.matching = nn.Linear(text_dims, features, bias=False)
        self.heads = Heads(features, sizes)

    def features(self, x: Tensor) -> Tensor:
        """f(x) `(N, features)` of pictures."""
        found: Tensor = self.trunk(x)
        return found

    def matches(self, features: Tensor, embedding: Tensor) -> Tensor:
        """How well features of N pictures match M sentences, `(N, M)`."""
        with torch.autocast(features.device.type, enabled=False):
            found: Tensor = features.float() @ self.matching(embedding.float()).T
            return found / math.sqrt(features.shape[1])

    def match(self, features: Tensor, embedding: Tensor) -> Tensor:
        """v(t) . f(x) of pictures and sentences t `(N, text_dims)`, summed over packs: `(N / packing,)`."""
        each = (features * self.matching(embedding)).sum(dim=1) / math.sqrt(features.shape[1])
        return each if self.packing == 1 else packed(each, self.packing).sum(dim=1)

    def verdict(self, x: Tensor, told: Tensor) -> Verdict:
        """Raw outputs `(N,)` for packs as pictures of sentences, and f(x) `(N * packing, features)`.

        Args:
            x: Packs of pictures `(N, packing * C, H, W)`.
            told: Their sentences side by side `(N, packing * text_dims)`.
        """
        packs, channels, *sides = x.shape
        features = self.features(x.reshape(packs * self.packing, channels // self.packing, *sides))
        realness = self.realness(self.deviation(packed(features, self.packing))).squeeze(1)
        return Verdict(realness + self.match(features, told.reshape(len(features), -1)), features)
