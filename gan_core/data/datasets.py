"""The kinds of data sets: point mixtures with a known density, sequences, and images in memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gan_core.images import from_uint8
from gan_core.phases import Batch, DataSpec

_DISTANCES_AT_ONCE = 4_000_000  # pairs of point and kernel per block of `density`: 16 MB a temporary
_KERNELS_AT_ONCE = 4_096


@dataclass(frozen=True)
class PointDataset:
    """2-D points from a mixture of equally likely round Gaussians, whose density is known exactly.

    A curve is a row of kernels closer together than their deviation, which no sample can tell from a
    continuous one.

    Attributes:
        name: Name of the data set.
        kernels: Centres of the Gaussians `(m, 2)` float32.
        kernel_std: Standard deviation of each Gaussian along either axis.
        extent: Half the width of the square, centred on the origin, that a plot should show.
        has_modes: True if the kernels are separate modes, so that counting the covered ones makes sense.
        other: The second domain, whose points have nothing to do with these; None: there is only one.
    """

    name: str
    kernels: Tensor
    kernel_std: float
    extent: float
    has_modes: bool = False
    other: PointDataset | None = None

    @property
    def spec(self) -> DataSpec:
        """Shape of one example."""
        return DataSpec("points", (2,), other_shape=None if self.other is None else (2,))

    @property
    def centres(self) -> Tensor | None:
        """Centres of the modes `(k, 2)`, or None if the data is a curve or a cloud."""
        return self.kernels if self.has_modes else None

    @property
    def std(self) -> float | None:
        """Standard deviation of each mode, or None if there are no separate modes."""
        return self.kernel_std if self.has_modes else None

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws n points `(n, 2)` float32 on the device of `rng`."""
        chosen = torch.randint(len(self.kernels), (n,), generator=rng, device=rng.device)
        offsets = torch.randn(n, 2, generator=rng, device=rng.device)
        return self.kernels.to(rng.device)[chosen] + self.kernel_std * offsets

    def density(self, x: Tensor) -> Tensor:
        """The true density p(x) `(n,)`, per unit of area, at points `(n, 2)`."""
        kernels = self.kernels.to(x.device)
        block = max(1, _DISTANCES_AT_ONCE // len(kernels))
        log_scale = math.log(len(kernels) * 2 * math.pi * self.kernel_std**2)
        parts = []
        for points in torch.split(x, block):
            # Differences, not |a|² - 2ab + |b|²: the latter loses the tight modes' distances to rounding.
            squared = (points[:, None, 0] - kernels[:, 0]) ** 2 + (points[:, None, 1] - kernels[:, 1]) ** 2
            parts.append(torch.logsumexp(-squared / (2 * self.kernel_std**2), dim=1) - log_scale)
        return torch.cat(parts).exp() if parts else x.new_zeros(0)

    def masses(self, edges: Tensor) -> Tensor:
        """The true probability of each cell of a square grid `(len(edges) - 1,) * 2` float64, exactly.

        What the cells do not cover is missing from their sum. The first axis is x, the second y.

        Args:
            edges: Ascending borders of the cells along either axis.
        """
        scale, total = self.kernel_std * math.sqrt(2), edges.new_zeros(1, dtype=torch.float64)
        for centres in torch.split(self.kernels.double(), _KERNELS_AT_ONCE):
            x, y = (
                (0.5 * torch.erf((edges.double() - centre[:, None]) / scale)).diff(dim=1)
                for centre in centres.T
            )
            total = total + x.T @ y
        return total / len(self.kernels)


@dataclass(frozen=True)
class SequenceDataset:
    """Sine waves of one channel, drawn afresh: A sin(2 pi f t / T + phase) at t = 1, ..., T.

    Cycles f and height A are uniform between their limits, the phase over the whole circle.

    Attributes:
        name: Name of the data set.
        length: Steps T.
        cycles: Least and most cycles in a sequence.
        heights: Least and largest height.

    Source: Esteban et al. 2017 (arXiv:1706.02633), section 4.1.
    """

    name: str
    length: int = 30
    cycles: tuple[float, float] = (1.0, 5.0)
    heights: tuple[float, float] = (0.1, 0.9)

    @property
    def spec(self) -> DataSpec:
        """Shape of one example."""
        return DataSpec("sequences", (self.length, 1))

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Draws n sequences `(n, length, 1)` float32 on the device of `rng`."""

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(n, 1, generator=rng, device=rng.device)

        cycles, heights, phase = uniform(*self.cycles), uniform(*self.heights), uniform(-math.pi, math.pi)
        time = torch.arange(1, self.length + 1, device=rng.device) / self.length
        return (heights * torch.sin(2 * math.pi * cycles * time + phase)).unsqueeze(2)


@dataclass(frozen=True)
class ImageDataset:
    """Square images decoded once into memory.

    Attributes:
        name: Name of the data set.
        images: Pixels `(N, C, H, W)` uint8.
        labels: Class of each image `(N,)` int64, or None.
        class_names: Names of the classes in order of their number.
        skipped: One sentence per file that was left out: its name and why.
        other: The second domain, images that belong to none of these; None: there is only one.
    """

    name: str
    images: Tensor
    labels: Tensor | None = None
    class_names: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    other: ImageDataset | None = None

    @property
    def spec(self) -> DataSpec:
        """Shape of one example and number of classes."""
        classes = 0 if self.labels is None else len(self.class_names)
        other = None if self.other is None else tuple(self.other.images.shape[1:])
        return DataSpec("images", tuple(self.images.shape[1:]), classes, other)

    @property
    def device(self) -> torch.device:
        """Where the images are."""
        return self.images.device

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, indices: Tensor) -> Batch:
        """The images `(n, C, H, W)` float32 in [-1, 1], with their labels, at `indices` `(n,)` int64."""
        return Batch(from_uint8(self.images[indices]), None if self.labels is None else self.labels[indices])

    def subset(self, indices: Tensor) -> ImageDataset:
        """The data set of the images at `indices` `(n,)` int64 only; the second domain stays whole."""
        labels = None if self.labels is None else self.labels[indices]
        return replace(self, images=self.images[indices], labels=labels)

    def to(self, device: torch.device) -> ImageDataset:
        """The data set with its tensors on `device`."""
        labels = None if self.labels is None else self.labels.to(device)
        other = None if self.other is None else self.other.to(device)
        return replace(self, images=self.images.to(device), labels=labels, other=other)


Dataset = PointDataset | SequenceDataset | ImageDataset
