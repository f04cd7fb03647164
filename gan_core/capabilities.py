"""What a family tells about one of its capabilities, and what it hands out, so that pages need no names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from torch import Tensor

from gan_core.latent_spec import LatentSpec
from gan_core.text_spec import TextSpec


@dataclass(frozen=True)
class Translation:
    """What a family that translates reads, so that a page can ask for it.

    Attributes:
        shape: Shape of one condition: an image `(C, H, W)` in [-1, 1], or a point `(2,)`.
        kind: What it is, and so how a person gives one: "outline" and "sketch" are light one-pixel lines on
            black, around what is bright or along the middle of strokes; "partial" is a picture with a part
            painted over in grey; "low_res" is a small picture; "picture" is any picture; "domain" is an
            example of the data set's second domain, which no rule makes of an example of the first.
        noise: Law of the z beside it; None: the condition alone decides.
        scale: Times the made picture is higher and wider than the condition; above 1 a condition may have
            any height and width.
        reach: How far away, in pixels of the condition, a pixel of it can still matter; 0: everywhere.
    """

    shape: tuple[int, ...]
    kind: Literal["outline", "sketch", "partial", "low_res", "picture", "domain"]
    noise: LatentSpec | None = None
    scale: int = 1
    reach: int = 0


@dataclass(frozen=True)
class Guide:
    """What the guide of the families tells about one, beside its title, summary, paper and departures.

    Attributes:
        ancestor: Name of the family whose idea it builds on; None: it begins a line of its own.
        step: What it adds to that idea, in a few words.
        pitfalls: How it fails, a sentence each.
    """

    ancestor: str | None
    step: str
    pitfalls: tuple[str, ...]


@dataclass(frozen=True)
class Illustration:
    """What a family that draws what a sentence says reads, so that a page can ask for it.

    Attributes:
        text: The words it knows.
        noise: Law of the z beside the sentence.
        sketch: Shape of the sketch `(C, h, w)` it makes first.
    """

    text: TextSpec
    noise: LatentSpec
    sketch: tuple[int, int, int]


class Drawn(NamedTuple):
    """A sentence on its way to a picture, stage by stage."""

    embedding: Tensor  # (N, d) float32: the sentence as numbers
    sketch: Tensor  # (N, *illustration.sketch) in [-1, 1]
    picture: Tensor  # (N, *data.shape) in [-1, 1]


class Returned(NamedTuple):
    """What a family that translates both ways makes of examples."""

    x_condition: Tensor  # (N, *translation.shape)
    z: Tensor | None  # (N, z_dim), the noise they seem to be made with; None where there is none
