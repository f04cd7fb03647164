"""Networks of StackGAN: what reads sentences and pictures, and the two stages of drawing and judging."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.layers import ToMap, ToVector
from gan_core.text_spec import PADDING
from gan_core.thin import ThinConv2d, ThinConvTranspose2d

CORE = 4  # pixels: side of the smallest map
SKETCH_PART = 4  # the sketch's side is this part of the picture's
_SHARPNESS = 10.0  # factor of the cosines that the matching loss compares


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


class Describer(nn.Module):
    """Says an embedding again, word by word: a GRU that begins with it and is told each word before the next.

    Args:
        tokens: Number of different tokens.
        word_dims: Numbers in a word's vector.
        text_dims: Numbers in an embedding.
    """

    def __init__(self, tokens: int, word_dims: int, text_dims: int) -> None:
        super().__init__()
        self.words = nn.Embedding(tokens, word_dims)
        self.saying = nn.GRU(word_dims, text_dims, batch_first=True)
        self.choice = nn.Linear(text_dims, tokens)

    def forward(self, embedding: Tensor, captions: Tensor) -> Tensor:
        """Mean cross-entropy, in nats a word, of captions `(N, L)` given embeddings `(N, text_dims)`."""
        with torch.autocast(captions.device.type, enabled=False):
            told = F.pad(captions[:, :-1], (1, 0))  # the padding token also opens a sentence
            states, _ = self.saying(self.words(told), embedding.float()[None].contiguous())
            logits = self.choice(states).flatten(0, 1)
            return F.cross_entropy(logits, captions.flatten(), ignore_index=PADDING)


def down(
    channels: int, width: int, side: int, widest: int, *, small: bool = False
) -> tuple[list[nn.Module], int]:
    """Strided convolutions from a picture to a map of `CORE` pixels; the layers and channels at the end.

    The first layer of a small picture keeps its size.
    """
    first = nn.Conv2d(channels, width, 3, 1, 1) if small else ThinConv2d(channels, width)
    layers: list[nn.Module] = [first, nn.LeakyReLU(0.2)]
    side = side if small else side // 2
    while side > CORE:
        wide = min(2 * width, widest)
        layers += [nn.Conv2d(width, wide, 4, 2, 1), nn.LeakyReLU(0.2)]
        width, side = wide, side // 2
    return layers, width


class ImageEncoder(nn.Module):
    """A picture or a sketch as an embedding `(N, text_dims)`, meant to be that of its caption.

    Args:
        shape: Of a picture `(C, H, H)`.
        width: Channels after the first layer; they double with every halving, up to four times as many.
        text_dims: Numbers in an embedding.
    """

    def __init__(self, shape: tuple[int, ...], width: int, text_dims: int) -> None:
        super().__init__()
        self.side = shape[-1]
        layers, channels = down(shape[0], width, shape[-1], 4 * width)
        stem = 2 * int(math.log2(SKETCH_PART))  # layers, with their activations, down to the sketch's size
        self.of_picture, self.after = nn.Sequential(*layers[:stem]), nn.Sequential(*layers[stem:])
        at_sketch = 2 * width
        self.of_sketch = nn.Sequential(nn.Conv2d(shape[0], at_sketch, 3, 1, 1), nn.LeakyReLU(0.2))
        self.summing = nn.Sequential(
            ToVector(), nn.Linear(channels * CORE * CORE, 2 * text_dims), nn.LeakyReLU(0.2),
            nn.Linear(2 * text_dims, text_dims),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Embeddings of pictures `(N, C, H, H)`, or of sketches a quarter as large."""
        maps = self.of_picture(x) if x.shape[-1] == self.side else self.of_sketch(x)
        embedding: Tensor = self.summing(self.after(maps))
        return embedding


class Augmented(NamedTuple):
    """A condition drawn near a sentence, and the law it was drawn from."""

    condition: Tensor  # (N, condition_dims)
    mean: Tensor  # (N, condition_dims)
    log_variance: Tensor  # (N, condition_dims)


class ConditioningAugmentation(nn.Module):
    """c = mean(t) + deviation(t) * e with e ~ N(0, 1): a cloud of conditions for each sentence.

    Args:
        text_dims: Numbers in a sentence's embedding t.
        condition_dims: Numbers in c.

    Source: Zhang et al. 2017 (arXiv:1612.03242), section 3.2.
    """

    def __init__(self, text_dims: int, condition_dims: int) -> None:
        super().__init__()
        self.law = nn.Linear(text_dims, 2 * condition_dims)

    def forward(self, embedding: Tensor, noise: Tensor) -> Augmented:
        """Conditions for embeddings `(N, text_dims)` and noise e `(N, condition_dims)`."""
        mean, log_variance = self.law(embedding).chunk(2, dim=1)
        condition = mean + torch.exp(0.5 * log_variance) * noise.to(mean.dtype)
        return Augmented(condition, mean, log_variance)


def standard_normal_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) in nats, summed over `(N, d)`'s dimensions, averaged over the batch.

    Source: Zhang et al. 2017 (arXiv:1612.03242), equation 2.
    """
    mean, log_variance = mean.float(), log_variance.float()
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()


class SketchGenerator(nn.Module):
    """Stage I: a sentence and z to a sketch.

    Args:
        shape: Of a sketch `(C, h, h)`.
        width: Channels of the last map; they double with every halving back to 4 pixels.
        text_dims: Numbers in a sentence's embedding.
        condition_dims: Numbers in the augmented condition.
        z_dim: Numbers in z.
    """

    def __init__(
        self, shape: tuple[int, ...], width: int, text_dims: int, condition_dims: int, z_dim: int
    ) -> None:
        super().__init__()
        doublings = int(math.log2(shape[-1] // CORE))
        widths = [width * 2**level for level in range(doublings, -1, -1)]
        self.augmentation = ConditioningAugmentation(text_dims, condition_dims)
        layers: list[nn.Module] = [
            nn.Linear(condition_dims + z_dim, widths[0] * CORE * CORE, bias=False), ToMap(widths[0], CORE),
            nn.BatchNorm2d(widths[0]), nn.ReLU(),
        ]  # fmt: skip
        for wide, narrow in itertools.pairwise(widths):
            layers += [
                nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()
            ]  # fmt: skip
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, shape[0], 3, 1, 1), nn.Tanh())

    def forward(self, z: Tensor, embedding: Tensor, noise: Tensor) -> tuple[Tensor, Augmented]:
        """Sketches `(N, C, h, h)` and the conditions they were made from."""
        augmented = self.augmentation(embedding, noise)
        sketch: Tensor = self.layers(torch.cat([z.to(embedding.dtype), augmented.condition], dim=1))
        return sketch, augmented


class Residual(nn.Module):
    """x + F(x) with two 3x3 convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return F.relu(x + self.change(x))


class PictureGenerator(nn.Module):
    """Stage II: a sketch and its sentence again to a picture four times as large.

    Args:
        shape: Of a sketch `(C, h, h)`.
        width: Channels of the maps at the sketch's size.
        blocks: Residual blocks there.
        text_dims: Numbers in a sentence's embedding.
        condition_dims: Numbers in the augmented condition.
    """

    def __init__(
        self, shape: tuple[int, ...], width: int, blocks: int, text_dims: int, condition_dims: int
    ) -> None:
        super().__init__()
        self.augmentation = ConditioningAugmentation(text_dims, condition_dims)
        told = width // 2
        self.telling = nn.Sequential(
            nn.Linear(condition_dims, told * CORE * CORE), ToMap(told, CORE), nn.ReLU(),
            nn.Upsample(size=shape[1:], mode="bilinear", align_corners=False),
        )  # fmt: skip
        self.seeing = nn.Sequential(nn.Conv2d(shape[0], width - told, 3, 1, 1), nn.ReLU())
        self.joining = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.blocks = nn.Sequential(nn.ReLU(), *(Residual(width) for _ in range(blocks)))
        self.painting = nn.Sequential(
            nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(width // 2), nn.ReLU(),
            ThinConvTranspose2d(width // 2, shape[0]), nn.Tanh(),
        )  # fmt: skip

    def forward(self, sketch: Tensor, embedding: Tensor, noise: Tensor) -> tuple[Tensor, Augmented]:
        """Pictures `(N, C, 4h, 4h)` and the conditions they were made from."""
        augmented = self.augmentation(embedding, noise)
        told, seen = self.telling(augmented.condition), self.seeing(sketch)
        maps = self.blocks(self.joining(torch.cat([seen, told.to(seen.dtype)], dim=1)))
        picture: Tensor = self.painting(maps)
        return picture, augmented


class MatchJudge(nn.Module):
    """D(x, t) = w . f(x) + v(t) . f(x) + b: is x real, and what t says?

    Args:
        shape: Of a picture.
        width: Channels after the first layer.
        features: Numbers in f(x).
        text_dims: Numbers in a sentence's embedding t.
        small: The pictures are sketches.

    Source: Zhang et al. 2017 (arXiv:1612.03242), section 3.3; the product with f(x) from Miyato and Koyama
    2018 (arXiv:1802.05637), equation 3.
    """

    def __init__(
        self, shape: tuple[int, ...], width: int, features: int, text_dims: int, *, small: bool = False
    ) -> None:
        super().__init__()
        layers, channels = down(shape[0], width, shape[-1], 4 * width, small=small)
        self.trunk = nn.Sequential(
            *layers, ToVector(), nn.Linear(channels * CORE * CORE, features), nn.LeakyReLU(0.2)
        )
        self.realness = nn.Linear(features, 1)
        self.matching = nn.Linear(text_dims, features, bias=False)

    def features(self, x: Tensor) -> Tensor:
        """f(x) `(N, features)` of pictures."""
        found: Tensor = self.trunk(x)
        return found

    def judge(self, features: Tensor, embedding: Tensor) -> Tensor:
        """Raw outputs `(N,)` for features f(x) as pictures of sentences t `(N, text_dims)`."""
        match = (features * self.matching(embedding)).sum(dim=1) / math.sqrt(features.shape[1])
        judged: Tensor = self.realness(features).squeeze(1) + match
        return judged

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Raw outputs `(N,)` for pictures x as pictures of sentences."""
        return self.judge(self.features(x), embedding)


def matching_loss(images: Tensor, texts: Tensor) -> Tensor:
    """Cross-entropy, in nats, of telling whose caption is whose by the cosines of their embeddings.

    Args:
        images: Embeddings `(N, d)` of pictures.
        texts: Embeddings `(2 N, d)`: those of their captions in order, then of wrong captions.

    Source: Reed et al. 2016 (arXiv:1605.05396), section 4.2, there with hinge losses on classes; softmax over
    a batch as in Radford et al. 2021 (arXiv:2103.00020), section 2.3.
    """
    cosines = F.normalize(images, dim=1) @ F.normalize(texts, dim=1).T * _SHARPNESS
    own = torch.arange(len(images), device=images.device)
    return F.cross_entropy(cosines, own) + F.cross_entropy(cosines[:, : len(images)].T, own)
