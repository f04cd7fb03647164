"""A small convolutional classifier: not a GAN, but the judge whose features and labels the metrics use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_core import settings as base
from gan_core.capabilities import Guide
from gan_core.family import Family
from gan_core.phases import DataSpec, OptimizerSpec, Phase, StepContext, StepOutput
from gan_core.settings import UserError, setting

FEATURE_DIM = 128
_MIN_SIZE, _MAX_SIZE = 16, 64
_MAX_WIDTH = 128  # channels of the widest stage
_LAST_GRID = 4  # stages halve the image until its side is at most this many cells


class ClassifierSettings(base.Settings):
    """Size, learning rate and augmentation of the classifier."""

    width: int = setting(
        32,
        "Channels of the first stage; each later stage has twice as many, up to 128.",
        ge=8,
        le=64,
        advanced=False,
    )
    learning_rate: float = setting(
        2e-3,
        "Adam's step size at the start of the run.",
        gt=0,
        le=0.1,
        live=True,
        advanced=False,
        title="learning rate",
    )
    max_shift: float = setting(
        0.08, "Largest random shift of a training image, as a fraction of its side.", ge=0, le=0.25, live=True
    )
    max_rotation: float = setting(
        10.0, "Largest random rotation of a training image, in degrees.", ge=0, le=45, live=True
    )
    max_zoom: float = setting(
        0.1, "Largest random change of size of a training image, as a fraction.", ge=0, le=0.5, live=True
    )


class ConvClassifier(nn.Module):
    """Stages of two 3x3 convolutions, the second of stride 2, then a 128-d feature layer and a linear head.

    Args:
        image_shape: `(C, H, W)` of the images.
        num_classes: Number of labels.
        width: Channels of the first stage.
    """

    def __init__(self, image_shape: tuple[int, int, int], num_classes: int, width: int) -> None:
        super().__init__()
        channels, rows, columns = image_shape
        stages: list[nn.Module] = []
        while max(rows, columns) > _LAST_GRID:
            stages += [*_convolution(channels, width, stride=1), *_convolution(width, width, stride=2)]
            channels, width = width, min(2 * width, _MAX_WIDTH)
            rows, columns = math.ceil(rows / 2), math.ceil(columns / 2)
        self.trunk = nn.Sequential(*stages, nn.Flatten())
        self.penultimate = nn.Sequential(
            nn.Linear(channels * rows * columns, FEATURE_DIM, bias=False),
            nn.BatchNorm1d(FEATURE_DIM),
            nn.ReLU(),
        )
        self.head = nn.Linear(FEATURE_DIM, num_classes)

    def features(self, x: Tensor) -> Tensor:
        """Penultimate features `(N, 128)`, at least 0, of images `(N, C, H, W)` in [-1, 1]."""
        features: Tensor = self.penultimate(self.trunk(x))
        return features

    def forward(self, x: Tensor) -> Tensor:
        """Class scores `(N, num_classes)` before the softmax."""
        logits: Tensor = self.head(self.features(x))
        return logits


def _convolution(in_channels: int, out_channels: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(
        in_channels, out_channels, 3, stride, padding=1, bias=False
    )  # batch norm brings the bias
    return [convolution, nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True)]


def augment(
    x: Tensor, rng: torch.Generator, *, max_shift: float, max_rotation: float, max_zoom: float
) -> Tensor:
    """Moves, turns and scales each image by its own random amount; what comes in from outside is black (-1).

    Args:
        x: Images `(N, C, H, W)` in [-1, 1], on the device of `rng`.
        rng: Source of the amounts, which are uniform between minus and plus their limits.
        max_shift: Limit of the shift along each axis, as a fraction of the side.
        max_rotation: Limit of the rotation, in degrees.
        max_zoom: Limit of the relative change of size.

    Returns:
        Images like `x`, resampled bilinearly.
    """
    amounts = torch.rand(4, len(x), generator=rng, device=rng.device) * 2 - 1
    angle = amounts[0] * math.radians(max_rotation)
    scale = 1 + amounts[1] * max_zoom
    shift = amounts[2:] * (2 * max_shift)  # affine_grid measures the image from -1 to 1
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack(
        [torch.stack([cos, -sin, shift[0]], dim=1), torch.stack([sin, cos, shift[1]], dim=1)], dim=1
    )
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    # grid_sample fills with 0: lifting black to 0 first makes the outside black on every device
    return F.grid_sample(x + 1, grid, padding_mode="zeros", align_corners=False) - 1


class Classifier(Family):
    """Learns the labels of images by cross-entropy on lightly moved, turned and scaled copies.

    Its 128 penultimate features stand in for Inception's in the Fréchet distance, as in Bińkowski et al. 2018
    (arXiv:1801.01401), which scores MNIST with a digit classifier; the scale of the distance is its own.
    """

    name = "classifier"
    title = "Classifier"
    summary = (
        "Names the class of an image; its inner features measure how close generated images are to real ones."
    )
    paper = "LeCun et al. 1998, Gradient-based learning applied to document recognition"
    guide = Guide(
        ancestor=None,
        step="labels instead of a game",
        pitfalls=(
            "It names every picture, also one that shows nothing it knows.",
            "Its features judge generated digits, and miss what it never needed for naming them.",
        ),
    )
    Settings = ClassifierSettings
    # In batches of 128: 8 epochs of the 60,000 images of MNIST; some 90 epochs of the digits of scikit-learn.
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "default": {"steps": 3752, "batch_size": 128, "cosine_tail": 1.0, "ema_decay": 0.998},
        "small-data": {"steps": 1000, "batch_size": 128, "cosine_tail": 1.0, "ema_decay": 0.99},
    }
    data_kinds = ("images",)
    default_dataset = "mnist"

    can_classify = True
    sampling_modules = ("classifier",)

    settings: ClassifierSettings

    def __init__(self, settings: base.Settings, data: DataSpec) -> None:
        """Builds the network for labelled images of 16 to 64 pixels with 1 or 3 channels.

        Raises:
            UserError: The data set has no labels, or images of another size or number of channels.
        """
        super().__init__(settings, data)
        channels, height, width = data.shape
        if data.num_classes < 2:
            raise UserError(
                f"family 'classifier' needs images with at least 2 classes, got {data.num_classes}; "
                "choose a labelled data set such as digits or mnist"
            )
        if channels not in (1, 3) or min(height, width) < _MIN_SIZE or max(height, width) > _MAX_SIZE:
            raise UserError(
                f"family 'classifier' reads images of {_MIN_SIZE} to {_MAX_SIZE} pixels, 1 or 3 channels, "
                f"got {height} x {width} pixels, channels: {channels}; set image_size"
            )
        self.classifier = ConvClassifier((channels, height, width), data.num_classes, self.settings.width)

    def modules(self) -> dict[str, nn.Module]:
        """The one network, "classifier"."""
        return {"classifier": self.classifier}

    def formulas(self) -> dict[str, str]:
        return {"classifier/cross_entropy": r"-\mathbb{E}[\log p(y \mid x)]"}

    def phases(self) -> Sequence[Phase]:
        """One phase, "classifier"."""
        optimizer = OptimizerSpec("adam", lr=self.settings.learning_rate, betas=(0.9, 0.999))
        return [Phase("classifier", (self.classifier,), self._learn, optimizer)]

    def class_logits(self, x: Tensor) -> Tensor:
        """Class scores `(N, num_classes)` float32 before the softmax, of images `(N, C, H, W)` in [-1, 1]."""
        logits: Tensor = self.classifier(x)
        return logits.float()

    def features(self, x: Tensor) -> Tensor:
        """Penultimate features `(N, 128)` float32, at least 0, of images `(N, C, H, W)` in [-1, 1]."""
        return self.classifier.features(x).float()

    def feature_maps(self, x: Tensor) -> Tensor:
        """Maps after the last convolution, at least 0, laid out flat `(N, d)` float32."""
        maps: Tensor = self.classifier.trunk(x)
        return maps.float()

    def _learn(self, context: StepContext) -> StepOutput:
        """Cross-entropy in nats on augmented images; the share of them named right."""
        if context.batch.y is None:
            raise UserError(
                "family 'classifier' needs labels, but this data set gives none; choose digits or mnist"
            )
        images = augment(
            context.batch.real,
            context.rng,
            max_shift=self.settings.max_shift,
            max_rotation=self.settings.max_rotation,
            max_zoom=self.settings.max_zoom,
        )
        logits = self.class_logits(images)
        accuracy = (logits.detach().argmax(dim=1) == context.batch.y).float().mean()
        return StepOutput({"cross_entropy": F.cross_entropy(logits, context.batch.y)}, {"accuracy": accuracy})
