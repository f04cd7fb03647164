"""Takes snapshots: what the generator makes of the same noise as training goes on, and what D says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gan_core.asking import Request, ask_rows, num_kinds
from gan_core.data import BatchStream, Dataset, ImageDataset, PointDataset
from gan_core.family import Family
from gan_core.images import to_uint8
from gan_core.phases import Batch
from gan_core.trainer import Trainer
from gan_core.translating import both_ways, noise

POINTS = 512  # generated, and as many real ones
SEQUENCES = 64  # generated, and as many real ones
FIELD_SIDE = 48  # samples of D's field along each axis
IMAGES, LARGE_IMAGES, LARGE_SIDE = 64, 36, 32  # pictures; fewer if their side exceeds LARGE_SIDE pixels
KINDS, LARGE_KINDS = 10, 6  # rows at most, and columns, where every row shows one kind
SEED_OFFSET = 7_001  # keeps the fixed noise apart from the draws of training


class Snapshotter:
    """Takes snapshots of one training.

    Arrays of a snapshot of images: `fake` uint8 `(n, H, W, C)`; `fake_score` and `real_score` float32 `(n,)`,
    D's output in [0, 1]. Of points: `fake` and `real` float32 `(512, 2)`; `extent` float32 `()`, half the
    width of the square to show; `field` float32 `(48, 48)`, D's output over that square, rows from the lowest
    y up, columns from the left. A family that does not score has neither scores nor field. Of sequences:
    `fake` and `real` float32 `(64, T, C)`.

    A family that can be asked for kinds of image, classes or values of a code, gets the same noise for each:
    `columns` int64 `()` images of the first kind, then as many of the second, ten kinds at most, spread
    evenly if there are more. The real images are of the same classes, or any where the kinds are no classes.

    A family that translates makes `fake` of the condition images of the real ones, in their order; the
    condition images do not change, see `conditions`. One that translates both ways makes `fake` of images of
    the other domain, which are its conditions, and `loop` of those; `back` of the real images, and
    `back_loop` of those. One that draws what sentences say takes the captions of the real images, see
    `captions`, and leaves its sketches too: `sketch` uint8 `(n, h, w, C)`. One that encodes adds `rebuilt`:
    the real images from their codes, in their order.

    Args:
        trainer: Holds the networks and the real examples.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        data, family = training_data(trainer), trainer.family
        rng = torch.Generator().manual_seed(trainer.training.seed + SEED_OFFSET)
        self._extent = data.extent if isinstance(data, PointDataset) else None
        self._kinds, self._columns = _rows_of_kinds(data, num_kinds(family))
        batch = self._real_examples(data, rng)
        self._real, self._real_y, self._captions = batch.real, batch.y, batch.captions
        self._request = None if family.latent is None else self._ask(rng)
        self._x_condition: Tensor | None = None
        if family.can_translate:
            self._x_condition, self._z = self._to_translate(data, rng)
        elif family.can_illustrate:
            self._z = family.sample_z(len(self._real), rng).to(trainer.device)

    def _to_translate(self, data: Dataset, rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Conditions, of the real examples or of the other domain, and z where the family takes noise."""
        family, device = self._trainer.family, self._trainer.device
        if family.can_translate_back:
            assert isinstance(data, PointDataset | ImageDataset)
            assert data.other is not None  # the family was built for two domains
            x_condition = self._real_examples(data.other, rng).real.cpu()
        else:
            x_condition = family.condition_of(self._real.cpu(), rng)  # on the CPU: the same on every device
        z = noise(family, len(x_condition), rng)
        return x_condition.to(device), None if z is None else z.to(device)

    def _ask(self, rng: torch.Generator) -> Request:
        family, device = self._trainer.family, self._trainer.device
        if self._columns:
            z, y = ask_rows(family, self._kinds, self._columns, rng)
        else:
            z, y = family.sample_z(len(self._real), rng), None
        return Request(z.to(device), None if y is None else y.to(device))

    def _real_examples(self, data: Dataset, rng: torch.Generator) -> Batch:
        """As many real examples as generated ones, with their classes if the family asks for those."""
        device = self._trainer.device
        if not isinstance(data, ImageDataset):
            n = POINTS if isinstance(data, PointDataset) else SEQUENCES
            return Batch(data.sample(n, rng).to(device))
        if self._columns and self._trainer.family.num_classes:
            chosen = _of_classes(data, self._kinds.repeat_interleave(self._columns), rng)
        else:
            n = len(self._kinds) * self._columns or _images_at_once(data)
            chosen = torch.randint(len(data), (n,), generator=rng)
        return data.batch(chosen.to(data.device)).to(device)

    @property
    def real_images(self) -> NDArray[np.uint8] | None:
        """The real images uint8 `(n, H, W, C)` that `real_score` belongs to; None for other examples."""
        return to_uint8(self._real) if self._trainer.family.data.kind == "images" else None

    @property
    def conditions(self) -> NDArray[np.uint8] | None:
        """The condition images uint8 `(n, H', W', C')` of the real images; None if the family has none."""
        return None if self._x_condition is None or self._extent is not None else to_uint8(self._x_condition)

    @property
    def captions(self) -> NDArray[np.str_] | None:
        """The captions `(n,)` of the real images; None if the family reads none."""
        spec = self._trainer.family.illustration
        if spec is None or self._captions is None:
            return None
        return np.asarray([spec.text.decode(row) for row in self._captions])

    def take(self) -> dict[str, NDArray[Any]] | None:
        """A snapshot of the present networks; None if the family makes no examples."""
        if self._x_condition is not None:
            return self._translated(self._x_condition)
        if self._trainer.family.can_illustrate and self._captions is not None:
            return self._illustrated(self._captions)
        if self._request is None:
            return None
        with self._trainer.sampling() as family:
            fake = family.generate(*self._request)
            if family.data.kind == "sequences":
                return {"fake": _numbers(fake), "real": _numbers(self._real)}
            if self._extent is None:
                columns = {"columns": np.asarray(self._columns, np.int64)} if self._columns else {}
                more = self._scores(family, fake, self._request.y) | self._rebuilt(family) | columns
                return {"fake": to_uint8(fake)} | more
            return self._seen_points(family, fake, self._extent)

    def _seen_points(self, family: Family, fake: Tensor, extent: float) -> dict[str, NDArray[Any]]:
        half = np.asarray(extent, np.float32)
        points = {"fake": _numbers(fake), "real": _numbers(self._real), "extent": half}
        return points | self._field(family, extent)

    def _both_ways(self, family: Family, x_condition: Tensor) -> dict[str, NDArray[Any]]:
        ways = both_ways(family, x_condition, self._real, self._z)
        made = {"fake": ways.ab, "loop": ways.aba, "back": ways.ba, "back_loop": ways.bab}
        return {name: to_uint8(x) for name, x in made.items()}

    def _translated(self, x_condition: Tensor) -> dict[str, NDArray[Any]]:
        with self._trainer.sampling() as family:
            if self._extent is not None:
                return self._seen_points(family, family.translate(x_condition, self._z), self._extent)
            if family.can_translate_back:
                return self._both_ways(family, x_condition)
            fake = family.translate(x_condition, self._z)
            arrays: dict[str, NDArray[Any]] = {"fake": to_uint8(fake)}
            if family.can_score:
                for name, x in (("fake_score", fake), ("real_score", self._real)):
                    arrays[name] = _numbers(family.pair_scores(x_condition, x))
            return arrays

    def _illustrated(self, captions: Tensor) -> dict[str, NDArray[Any]]:
        with self._trainer.sampling() as family:
            assert self._z is not None
            drawn = family.illustrate(captions, self._z)
            arrays: dict[str, NDArray[Any]] = {
                "fake": to_uint8(drawn.picture),
                "sketch": to_uint8(drawn.sketch),
            }
            if family.can_score:
                for name, x in (("fake_score", drawn.picture), ("real_score", self._real)):
                    arrays[name] = _numbers(family.caption_scores(captions, x))
            return arrays

    def _scores(self, family: Family, fake: Tensor, y: Tensor | None) -> dict[str, NDArray[Any]]:
        if not family.can_score:
            return {}
        real_y = None if y is None else self._real_y
        return {
            "fake_score": _numbers(family.discriminator_scores(fake, y)),
            "real_score": _numbers(family.discriminator_scores(self._real, real_y)),
        }

    def _rebuilt(self, family: Family) -> dict[str, NDArray[Any]]:
        return {"rebuilt": to_uint8(family.generate(family.encode(self._real)))} if family.can_encode else {}

    def _field(self, family: Family, extent: float) -> dict[str, NDArray[Any]]:
        if not family.can_score:
            return {}
        axis = torch.linspace(-extent, extent, FIELD_SIDE, device=self._real.device)
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        scores = family.discriminator_field(torch.stack((x.flatten(), y.flatten()), dim=1))
        return {"field": _numbers(scores.view(FIELD_SIDE, FIELD_SIDE))}


def training_data(trainer: Trainer) -> Dataset:
    """The data set the trainer draws its batches from."""
    if not isinstance(trainer.stream, BatchStream):
        raise TypeError(f"a run trains on a BatchStream, got {type(trainer.stream).__name__}")
    return trainer.stream.dataset


def _is_large(data: ImageDataset) -> bool:
    return max(data.spec.shape[1:]) > LARGE_SIDE


def _images_at_once(data: ImageDataset) -> int:
    return LARGE_IMAGES if _is_large(data) else IMAGES


def _rows_of_kinds(data: Dataset, kinds: int) -> tuple[Tensor, int]:
    """The kinds `(R,)` int64 that get a row, and the length of a row; none and 0 if there are no kinds."""
    if not kinds or not isinstance(data, ImageDataset):
        return torch.arange(0), 0
    side = LARGE_KINDS if _is_large(data) else KINDS
    return torch.linspace(0, kinds - 1, min(kinds, side)).round().long(), side


def _of_classes(data: ImageDataset, y: Tensor, rng: torch.Generator) -> Tensor:
    """Position `(N,)` of a random image of each of the classes y `(N,)`; of any class where there is none."""
    assert data.labels is not None
    labels = data.labels.cpu()
    members = {c: (labels == c).nonzero().flatten() for c in set(y.tolist())}
    draws = torch.rand(len(y), generator=rng).tolist()
    everything = torch.arange(len(data))
    pools = [members[c] if len(members[c]) else everything for c in y.tolist()]
    return torch.stack([pool[int(u * len(pool))] for pool, u in zip(pools, draws, strict=True)])


def _numbers(x: Tensor) -> NDArray[np.float32]:
    return x.detach().float().cpu().numpy()
