"""Scenes of one or two real handwritten digits with a caption each, composed when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.data.captions import ATTRIBUTES, BESIDE, NO_THING, STACKED, TEXT, said, write_all
from gan_core.data.datasets import ImageDataset
from gan_core.images import to_pixels
from gan_core.phases import Batch, DataSpec

COUNTS = {"train": 30_000, "test": 2_000}
SIDE = 64  # pixels the measures below are for
_SEEDS = {"train": 11, "test": 12}
_PAIRS = 2 / 3  # share of scenes with two digits
_32_BITS = 0xFFFFFFFF
_HELD_OUT = 10  # one of this many combinations is kept for the test
_COMPOSED_AT_ONCE = 500
# Length of the longer side of a digit in pixels: smallest and largest of the small, and of the large ones.
_LENGTHS = ((17.0, 20.0), (27.0, 31.0))
_JITTER = 3.0  # pixels by which a place varies, either way
# Centres (x, y) of both things by layout, in halves of the side from the middle.
_CENTRES = torch.tensor(
    [
        [[0.0, 0.0], [0.0, 0.0]],  # in the middle
        [[0.0, -0.48], [0.0, 0.0]],  # at the top
        [[0.0, 0.48], [0.0, 0.0]],  # at the bottom
        [[-0.48, 0.0], [0.0, 0.0]],  # on the left
        [[0.48, 0.0], [0.0, 0.0]],  # on the right
        [[0.0, -0.5], [0.0, 0.5]],  # one above the other
        [[-0.5, 0.0], [0.5, 0.0]],  # side by side
    ]
)
_RGB = torch.tensor(
    [
        [0.90, 0.10, 0.12],  # red
        [0.10, 0.75, 0.25],  # green
        [0.15, 0.35, 1.00],  # blue
        [1.00, 0.85, 0.10],  # yellow
        [0.70, 0.20, 0.90],  # purple
        [0.95, 0.95, 0.95],  # white
        [0.00, 0.00, 0.00],  # of a thing that is not there
    ]
)
_INK = 60  # of 255: what belongs to a digit's strokes when its extent is measured
_DIMMEST = 0.85  # brightness varies from this to 1


def held_out(rows: Tensor) -> Tensor:
    """Which scenes `(N, 7)` are of a combination of attributes kept for the test, `(N,)` bool.

    Always the same ones, whatever the seed: one in ten of all combinations, by a hash of the attributes.
    """
    key = torch.zeros(len(rows), dtype=torch.int64)
    for column, (_, values) in zip(rows.T.long(), ATTRIBUTES, strict=True):
        key = key * len(values) + column
    mixed = (key * 0x9E3779B1) & _32_BITS
    mixed = ((mixed ^ (mixed >> 15)) * 0x85EBCA77) & _32_BITS
    return (mixed ^ (mixed >> 13)) % _HELD_OUT == 0


def draw_attributes(n: int, rng: torch.Generator, *, test: bool) -> Tensor:
    """Attributes `(n, 7)` int64 of random scenes, in the order of `ATTRIBUTES`.

    The two things of a scene are never alike in size, colour and digit.

    Args:
        n: Scenes.
        rng: Of the CPU.
        test: Draw held-out combinations only; otherwise none of them.
    """
    found = torch.empty(0, len(ATTRIBUTES), dtype=torch.int64)
    while len(found) < n:
        rows = _any_attributes(2 * n * (_HELD_OUT if test else 1), rng)
        alike = (rows[:, 1:4] == rows[:, 4:]).all(dim=1)
        found = torch.cat([found, rows[(held_out(rows) == test) & ~alike]])
    return found[:n]


def _any_attributes(n: int, rng: torch.Generator) -> Tensor:
    pair = torch.rand(n, generator=rng) < _PAIRS
    layout = torch.where(
        pair,
        torch.randint(STACKED, BESIDE + 1, (n,), generator=rng),
        torch.randint(STACKED, (n,), generator=rng),
    )
    things = [torch.randint(k, (n, 2), generator=rng) for k in NO_THING]
    first = [values[:, 0] for values in things]
    second = [torch.where(pair, v[:, 1], none) for v, none in zip(things, NO_THING, strict=True)]
    return torch.stack([layout, *first, *second], dim=1)


@dataclass(frozen=True)
class SceneTable:
    """What N scenes show, one row each.

    Attributes:
        attributes: In the order of `ATTRIBUTES`, `(N, 7)` int8.
        said: What of them the caption says, `(N, 7)` int8; see `captions.said`.
        captions: Token ids `(N, 16)` uint8.
        marks: Which handwritten digit each thing is, `(N, 2)` int32.
        frames: Pixels of that digit for a pixel of the scene, and the digit's (x, y) in the middle of the
            scene, both in halves of a side, `(N, 2, 3)`.
        rgb: Colour of each thing, 0 to 1, `(N, 2, 3)`; black for one that is not there.
    """

    attributes: Tensor
    said: Tensor
    captions: Tensor
    marks: Tensor
    frames: Tensor
    rgb: Tensor

    def _each(self, change: Callable[[Tensor], Tensor]) -> SceneTable:
        return SceneTable(*(change(getattr(self, part.name)) for part in fields(self)))

    def at(self, indices: Tensor) -> SceneTable:
        """The rows at `indices` `(n,)`."""
        return self._each(lambda column: column[indices])

    def to(self, device: torch.device) -> SceneTable:
        """The table on `device`."""
        return self._each(lambda column: column.to(device))


class SceneDataset(ImageDataset):
    """Captioned scenes, each fixed by its attributes, the handwriting, the exact places and shades.

    Pixels are computed when a batch is asked for: 30,000 scenes take 3 MB beside the digits themselves.

    Attributes:
        marks: Handwritten digits `(M, H, W)` uint8, light on black.
        table: What each scene shows.
        side: Height and width of a scene in pixels.
    """

    marks: Tensor
    table: SceneTable
    side: int

    def __init__(self, name: str, marks: Tensor, table: SceneTable, side: int) -> None:
        values: dict[str, object] = {
            "name": name,
            "labels": None,
            "class_names": (),
            "skipped": (),
            "other": None,
        }
        values |= {"marks": marks, "table": table, "side": side}
        for key, value in values.items():
            object.__setattr__(self, key, value)  # the class is frozen

    @cached_property
    def images(self) -> Tensor:
        """All scenes `(N, 3, H, W)` uint8, composed when first asked for; training never does."""
        parts = torch.split(torch.arange(len(self), device=self.device), _COMPOSED_AT_ONCE)
        return torch.cat([to_pixels(self.compose(part)) for part in parts]).to(self.device)

    @property
    def device(self) -> torch.device:
        """Where handwriting and table are."""
        return self.marks.device

    @property
    def spec(self) -> DataSpec:
        """Shape of a scene, words of the captions, and the attributes."""
        return DataSpec("images", (3, self.side, self.side), text=TEXT, attributes=ATTRIBUTES)

    def __len__(self) -> int:
        return len(self.table.attributes)

    def batch(self, indices: Tensor) -> Batch:
        """Scenes `(n, 3, H, W)`, captions `(n, 16)`, attributes and what captions say of them `(n, 7)`."""
        table = self.table
        captions, attributes, said = (
            column[indices].long() for column in (table.captions, table.attributes, table.said)
        )
        return Batch(self.compose(indices), captions=captions, attributes=attributes, said=said)

    def subset(self, indices: Tensor) -> SceneDataset:
        """The data set of the scenes at `indices` `(n,)` int64 only."""
        return SceneDataset(self.name, self.marks, self.table.at(indices), self.side)

    def to(self, device: torch.device) -> SceneDataset:
        """The data set with its tensors on `device`."""
        return SceneDataset(self.name, self.marks.to(device), self.table.to(device), self.side)

    def compose(self, indices: Tensor) -> Tensor:
        """Scenes `(n, 3, H, W)` float32 in [-1, 1]: both things of all of them in one resampling."""
        table, side = self.table.at(indices), self.side
        marks = self.marks[table.marks.flatten().long()].float().div_(255)[:, None]  # (2n, 1, h, w)
        scale, x, y = table.frames.flatten(0, 1).T[..., None]  # (2n, 1) each
        axis = (torch.arange(side, device=self.device) * 2 + 1) / side - 1
        columns, rows = scale * axis + x, scale * axis + y
        shape = (len(scale), side, side)
        grid = torch.stack([columns[:, None, :].expand(shape), rows[:, :, None].expand(shape)], dim=3)
        ink = F.grid_sample(marks, grid, align_corners=False).view(len(indices), 2, 1, side, side)
        scene = (ink * table.rgb[..., None, None]).sum(dim=1)
        return scene.clamp_(max=1).mul_(2).sub_(1)


def build_scenes(name: str, digits: ImageDataset, side: int, split: str) -> SceneDataset:
    """The scenes of one split, the same at every call.

    Args:
        name: Name of the data set.
        digits: Labelled handwriting of the same split.
        side: Height and width of a scene in pixels.
        split: "train", or "test": combinations of attributes, and handwriting, that training never sees.
    """
    rng = torch.Generator().manual_seed(_SEEDS[split])
    rows = draw_attributes(COUNTS[split], rng, test=split == "test")
    words = write_all(rows.numpy(), _SEEDS[split], complete=split == "test")
    captions = torch.stack([TEXT.ids(sentence) for sentence in words]).to(torch.uint8)
    told = torch.tensor([said(sentence) for sentence in words], dtype=torch.int8)
    size, colour, digit = (rows[:, [k, k + 3]] for k in (1, 2, 3))  # (N, 2) each
    marks = _handwriting(digits, digit, rng)
    pixels = digits.images[:, 0]
    frames = _frames(_ink_boxes(pixels)[marks], pixels.shape[-1], rows[:, 0], size, rng)
    dimmed = _DIMMEST + (1 - _DIMMEST) * torch.rand(len(rows), 2, 1, generator=rng)
    table = SceneTable(rows.to(torch.int8), told, captions, marks.int(), frames, _RGB[colour] * dimmed)
    return SceneDataset(name, pixels, table, side)


def _handwriting(digits: ImageDataset, wanted: Tensor, rng: torch.Generator) -> Tensor:
    """Positions of random images of the wanted digits, `(N, 2)`; any for a thing that is not there."""
    assert digits.labels is not None
    order = torch.argsort(digits.labels, stable=True)
    counts = torch.bincount(digits.labels, minlength=10)
    starts = counts.cumsum(0) - counts
    wanted = wanted % len(counts)
    within = (torch.rand(wanted.shape, generator=rng) * counts[wanted]).long()
    return order[starts[wanted] + within]


def _ink_boxes(marks: Tensor) -> Tensor:
    """Centre x, centre y and longer side, in pixels, of the ink of each digit `(M, H, W)`, `(M, 3)`."""
    ends = []
    for across in (1, 2):  # ink in each column, then in each row
        inked = (marks > _INK).any(dim=across)
        first = inked.int().argmax(dim=1)
        last = inked.shape[1] - 1 - inked.flip(1).int().argmax(dim=1)
        ends.append(((first + last + 1) / 2, last - first + 1))
    (x, width), (y, height) = ends
    return torch.stack([x, y, torch.maximum(width, height).float()], dim=1)


def _frames(boxes: Tensor, mark_side: int, layout: Tensor, size: Tensor, rng: torch.Generator) -> Tensor:
    """Frames of the things, `(N, 2, 3)`; see `SceneTable`.

    Args:
        boxes: Ink of each thing's digit `(N, 2, 3)`.
        mark_side: Height and width of a digit's image.
        layout: Where they stand `(N,)`.
        size: 0 small, 1 large `(N, 2)`.
        rng: Source of exact lengths and places.
    """
    u = torch.rand(*size.shape, 3, generator=rng)
    shortest, longest = torch.tensor([*_LENGTHS, (1.0, 1.0)])[size].unbind(dim=2)
    length = shortest + (longest - shortest) * u[..., 0]
    centre = _CENTRES[layout] + (u[..., 1:] * 2 - 1) * (_JITTER * 2 / SIDE)
    scale = boxes[..., 2] / length * (SIDE / mark_side)
    middle = boxes[..., :2] * 2 / mark_side - 1
    return torch.cat([scale[..., None], middle - scale[..., None] * centre], dim=2)
