"""Detectors of generated images: trained on the fakes of one generator, tested on those of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.asking import ask_any
from gan_core.building import images_for
from gan_core.data import ImageDataset
from gan_core.data.progress import Progress, silent
from gan_core.family import Family
from gan_core.images import from_uint8, to_pixels
from gan_core.settings import UserError

LEARNED, TESTED = 3_000, 1_000  # images of each kind
STEPS, BATCH, RATE = 800, 64, 2e-3
FEWEST = 100  # images of each kind to learn from, and to be tested on
_AT_ONCE = 250  # images made together


@dataclass(frozen=True)
class Spotting:
    """Which detector finds whose fakes.

    Attributes:
        names: The generators, in the order of rows and columns.
        told_apart: Of all pairs of an unseen real image and an unseen fake of the column's, the share in
            which the detector trained on the row's gives the real one the higher answer: 0.5 is guessing.
    """

    names: tuple[str, ...]
    told_apart: tuple[tuple[float, ...], ...]

    @property
    def own(self) -> float:
        """The mean over detectors of what they tell apart of their own generator's."""
        return sum(row[i] for i, row in enumerate(self.told_apart)) / len(self.names)

    @property
    def others(self) -> float:
        """The mean over detectors and the generators they have not met."""
        total = sum(map(sum, self.told_apart)) - self.own * len(self.names)
        return total / (len(self.names) * (len(self.names) - 1))


def spot_generators(
    families: Mapping[str, Family], dataset: str, progress: Progress | None = None
) -> Spotting:
    """Trains a detector for each of several generators of the same images and tests it on all.

    Args:
        families: Trained networks by name, in evaluation mode; all make images of the same shape.
        dataset: The real images.
        progress: Told whose detector is trained, and the share that is done.

    Raises:
        UserError: There are fewer than two, one makes something else, or the real images are missing.
    """
    first = next(iter(families.values()))
    for name, family in families.items():
        if family.data.kind != "images" or family.data.shape != first.data.shape:
            raise UserError(f"'{name}' makes no images, or some of another size; take it away")
        if family.latent is None:
            raise UserError(f"'{name}' makes nothing from noise alone, so it has no fakes to spot")
    real = first_images(images_for(first, dataset, "train"), LEARNED)
    unseen = first_images(images_for(first, dataset, "test"), TESTED)
    fakes = {}
    for name, family in families.items():
        images = made_images(family, LEARNED + TESTED)
        fakes[name] = images[:LEARNED], images[LEARNED:]
    return spot(fakes, real, unseen, progress=progress or silent)


def made_images(family: Family, n: int) -> Tensor:
    """Generated images `(n, C, H, W)`, always the same, rounded to the 256 levels real images have."""
    rng = torch.Generator().manual_seed(77)
    with torch.no_grad():
        parts = [
            family.generate(*ask_any(family, min(_AT_ONCE, n - start), rng))
            for start in range(0, n, _AT_ONCE)
        ]
    return from_uint8(to_pixels(torch.cat(parts)))


def first_images(images: ImageDataset, n: int) -> Tensor:
    """The first n real images `(n, C, H, W)` in a random order that is always the same."""
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    return images.batch(order[:n]).real


def spot(
    fakes: Mapping[str, tuple[Tensor, Tensor]],
    real: Tensor,
    unseen: Tensor,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> Spotting:
    """Trains a detector for each generator and tests it on all.

    Args:
        fakes: For each generator images `(N, C, H, W)` in [-1, 1] to learn from, and others to test on.
        real: Real images to learn from.
        unseen: Real images to test on; no generator has seen them.
        seed: Of the detectors' weights and batches.
        progress: Told whose detector is trained, and the share that is done.

    Raises:
        UserError: There are fewer than two generators, or too few images.
    """
    if len(fakes) < 2:
        raise UserError(
            f"two generators of the same images are needed to compare, and there are {len(fakes)}"
        )
    fewest = min(len(x) for x in (real, unseen, *(part for pair in fakes.values() for part in pair)))
    if fewest < FEWEST:
        raise UserError(f"a detector needs at least {FEWEST} images of each kind, got {fewest}")
    table = []
    for index, (name, (known, _)) in enumerate(fakes.items()):
        progress(f"Training on the fakes of {name}", index / len(fakes))
        detector = train_detector(real, known, seed)
        with torch.no_grad():
            on_real = detector(unseen)
            table.append(tuple(_told_apart(on_real, detector(test)) for _, test in fakes.values()))
    return Spotting(tuple(fakes), tuple(table))


def _told_apart(on_real: Tensor, on_fake: Tensor) -> float:
    """Share of all pairs in which the real one has the higher answer: the area under the ROC curve."""
    from sklearn.metrics import roc_auc_score

    is_real = torch.cat([torch.ones(len(on_real)), torch.zeros(len(on_fake))])
    return float(roc_auc_score(is_real.numpy(), torch.cat([on_real, on_fake]).numpy()))


def train_detector(real: Tensor, fake: Tensor, seed: int) -> nn.Module:
    """A small convolutional network that answers above 0 to real images and below 0 to generated ones.

    Args:
        real: Real images `(N, C, H, W)` in [-1, 1].
        fake: Generated images of the same shape.
        seed: Of its weights and batches.
    """
    rng = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        detector = _detector(real.shape[1], real.shape[2])
    optimizer = torch.optim.Adam(detector.parameters(), RATE, fused=True)
    for _ in range(STEPS):
        batch = torch.cat(
            [x[torch.randint(len(x), (BATCH,), generator=rng)] for x in (real, fake)]
        )  # as many of each
        answers = detector(_moved(batch, rng))
        target = torch.cat([torch.ones(BATCH), torch.zeros(BATCH)])
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(F.binary_cross_entropy_with_logits(answers, target))
        optimizer.step()
    return detector.eval()


def _detector(channels: int, side: int) -> nn.Module:
    small = side // 4
    return nn.Sequential(
        nn.Conv2d(channels, 16, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(16, 32, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(32 * small * small, 1), nn.Flatten(0),
    )  # fmt: skip


def _moved(x: Tensor, rng: torch.Generator) -> Tensor:
    """The images shifted together by at most a pixel: where a digit stands shall tell nothing."""
    dx, dy = torch.randint(-1, 2, (2,), generator=rng).tolist()
    return x.roll((dy, dx), dims=(2, 3))
