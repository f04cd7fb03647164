"""The run that is measured while it trains, and what all measurements of it share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor

from gan_core.data import DATASETS, Dataset, ImageDataset, PointDataset, dataset_status, load_dataset
from gan_core.family import Family
from gan_core.images import to_pixels
from gan_core.runs.probes import Probe, Tally
from gan_core.translating import noise

if TYPE_CHECKING:
    from gan_core.evaluation.extractors import Extractor
    from gan_core.evaluation.recognition import Recognition
    from gan_core.metrics import Census, ModeCoverage
    from gan_core.weights import LoadedModel

# The heavy half of the library is imported inside functions: half a second and 40 MB that only a run pays
# for which there is something to measure.

POINTS = 2_500  # the sample count of the published tables
GENERATED, READ = 300, 500  # images per measurement, if they are small
FEWEST, AT_ONCE = 100, 100
FEWEST_REAL = 20  # unseen images that a comparison needs
FITTED = 2_000  # training images that principal components and groups are fitted to
USUAL_PIXELS = 32 * 32
SEED = 9_001  # of the fixed examples: the same for every run, so that runs can be compared

Seen = TypeVar("Seen")
Result = TypeVar("Result")
Finding = Probe | str | None  # a probe; or why there is none, in a sentence; or nothing to say at all


@dataclass(frozen=True)
class Subject:
    """The run to measure.

    Attributes:
        family: Its networks.
        dataset: Name in the catalogue, or path.
        device: Where the networks are.
        data: What it is trained on; None: not known.
    """

    family: Family
    dataset: str
    device: torch.device
    data: Dataset | None = None

    def images(self, usual: int) -> int:
        """Images per measurement: fewer of large ones, so that neither training nor a command waits long."""
        height, width = self.family.data.shape[-2:]
        return max(FEWEST, usual * USUAL_PIXELS // max(height * width, USUAL_PIXELS))

    @property
    def title(self) -> str:
        """The data set as people call it."""
        return DATASETS[self.dataset].title if self.dataset in DATASETS else "this data set"

    @cached_property
    def judge(self) -> LoadedModel | None:
        """The classifier that knows the data set's classes, on the run's device."""
        from gan_core.evaluation.judges import judge_for

        model = judge_for(self.dataset)
        if model is not None:
            for network in model.family.modules().values():
                network.to(self.device)
        return model

    @cached_property
    def unseen(self) -> ImageDataset | None:
        """The images that are not trained on; None if they are not on this machine."""
        if self.dataset in DATASETS and dataset_status(self.dataset) != "ready":
            return None
        test = load_dataset(self.dataset, image_size=self.family.data.shape[-1], split="test")
        return test if isinstance(test, ImageDataset) else None

    @cached_property
    def eyes(self) -> Extractor:
        """Turns images into features: the classifier, or the pixels' principal components."""
        from gan_core.evaluation.extractors import PCA_FEATURES, classifier_extractor, pixel_extractor

        if self.judge is not None:
            return classifier_extractor(self.judge)
        return pixel_extractor(self._few.images, min(PCA_FEATURES, self.images(GENERATED) // 2))

    @cached_property
    def kinds(self) -> Recognition:
        """The classes, or groups of similar images, and who tells them."""
        from gan_core.evaluation.recognition import recognition_of

        assert isinstance(self.data, ImageDataset)
        return recognition_of(self._few if self.judge is None else self.data, self.eyes)

    @cached_property
    def _few(self) -> ImageDataset:
        """Training images enough to fit principal components and groups to in a second."""
        assert isinstance(self.data, ImageDataset)
        return some_images(self.data, FITTED)

    @cached_property
    def compared(self) -> tuple[ImageDataset, ImageDataset] | str:
        """Some unseen and as many training images, on the CPU; or why there are none."""
        assert isinstance(self.data, ImageDataset)
        what = "How much of the data is covered is not measured"
        if self.unseen is None:
            return f"{what}: the test images are not on this machine."
        n = min(self.images(GENERATED), len(self.unseen), len(self.data))
        if n < FEWEST_REAL:
            return f"{what}: that needs {FEWEST_REAL} images that are not trained on, and there are {n}."
        return some_images(self.unseen, n), some_images(self.data, n)

    @cached_property
    def real_features(self) -> tuple[Tensor, Tensor] | str:
        """Features `(n, d)` of the unseen and of the training images of `compared`; or why there are none."""
        if isinstance(self.compared, str):
            return self.compared
        unseen, train = self.compared
        return self.read(unseen.images), self.read(train.images)

    def read(self, images: Tensor) -> Tensor:
        """Features `(N, d)` of uint8 images `(N, C, H, W)`, on the CPU."""
        from gan_core.data.progress import silent
        from gan_core.evaluation.extractors import in_batches

        return in_batches(self.eyes.features, self.for_eyes(images), "", silent).cpu()

    def for_eyes(self, images: Tensor) -> Tensor:
        """Images on the device where `eyes` and `kinds` read them."""
        return images.to(self.device if self.judge is not None else torch.device("cpu"))

    def fixed_latents(self, n: int) -> tuple[Tensor, Tensor | None]:
        """The same z `(n, z_dim)`, and classes `(n,)` in turn where the family has them, at every call."""
        z = self.family.sample_z(n, torch.Generator().manual_seed(SEED)).to(self.device)
        k = self.family.num_classes
        return z, (torch.arange(n) % k).to(self.device) if k else None

    @cached_property
    def look(self) -> Callable[[Family], SeenImages | SeenPoints]:
        """Generates from the same latents at every call, for all gauges of what is generated."""
        if self.family.data.kind == "images":
            z, y = self.fixed_latents(self.images(GENERATED))
            return lambda family: SeenImages(self, generated(family, z, y), y)
        make = self.maker(POINTS)
        return lambda family: SeenPoints(self, make(family).cpu())

    def maker(self, n: int) -> Callable[[Family], Tensor]:
        """Makes points `(n, 2)` of the same latents, or of the same points of another domain, each time."""
        other = self.data.other if isinstance(self.data, PointDataset) else None
        if other is None or not self.family.can_translate_back:
            latents = self.fixed_latents(n)[0]
            return lambda family: family.generate(latents)
        rng = torch.Generator().manual_seed(SEED)
        a, z = other.sample(n, rng), noise(self.family, n, rng)
        given, drawn = a.to(self.device), None if z is None else z.to(self.device)
        return lambda family: family.translate(given, drawn)


@dataclass(frozen=True)
class SeenImages:
    """Images generated at one step, and what is read out of them, each once.

    Attributes:
        subject: Knows who reads.
        images: `(N, C, H, W)` float32.
        y: The classes asked for `(N,)`, where the family has classes.
    """

    subject: Subject
    images: Tensor
    y: Tensor | None

    @cached_property
    def pixels(self) -> Tensor:
        """The images in uint8, on the device where they are read."""
        return self.subject.for_eyes(to_pixels(self.images))

    @cached_property
    def features(self) -> Tensor:
        """`(N, d)`, on the CPU."""
        return self.subject.read(self.pixels)

    @cached_property
    def named(self) -> tuple[Tensor, Tensor]:
        """Kind of each image `(N,)` int64, and whether it is recognised with confidence `(N,)` bool."""
        kinds, sure = self.subject.kinds.name_them(self.pixels)
        return kinds.cpu(), sure.cpu()

    @cached_property
    def census(self) -> Census:
        """How many are of which kind."""
        from gan_core.metrics import census

        return census(*self.named, self.subject.kinds.reference)


@dataclass(frozen=True)
class SeenPoints:
    """Points `(N, 2)` generated at one step, on the CPU."""

    subject: Subject
    points: Tensor

    @cached_property
    def modes(self) -> ModeCoverage:
        """How they spread over the modes, of data that have any."""
        from gan_core.metrics import mode_coverage

        data = self.subject.data
        assert isinstance(data, PointDataset)
        assert data.centres is not None
        assert data.std is not None
        return mode_coverage(self.points, data.centres, data.std)


def once_for_each(work_out: Callable[[Seen], Result]) -> Callable[[Seen], Result]:
    """The function with a memory for the newest thing that was seen: gauges of one look share its result."""
    newest: list[tuple[Seen, Result]] = []

    def remembered(seen: Seen) -> Result:
        if not newest or newest[0][0] is not seen:
            newest[:] = [(seen, work_out(seen))]
        return newest[0][1]

    return remembered


def some_images(data: ImageDataset, n: int) -> ImageDataset:
    """At most n images, always the same ones, on the CPU."""
    return data.subset(some_order(len(data))[:n].to(data.device)).to(torch.device("cpu"))


def some_order(n: int) -> Tensor:
    """The numbers 0..n-1 in an order that is always the same."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(SEED))


def generated(family: Family, z: Tensor, y: Tensor | None) -> Tensor:
    """Images `(N, C, H, W)` float32 of z, some at a time."""
    cut = [slice(start, start + AT_ONCE) for start in range(0, len(z), AT_ONCE)]
    return torch.cat([family.generate(z[part], None if y is None else y[part]) for part in cut])


Find = Callable[[Subject], Finding | tuple[Finding | Tally, ...]]
