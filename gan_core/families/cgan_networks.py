"""The ways a class-conditional GAN's networks are told the class."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_core.families.adversarial import Verdict
from gan_core.families.dcgan import Judge
from gan_core.layers import ConditionalNorm, rows_of


class EmbeddingGenerator(nn.Module):
    """A generator that reads z and a learned vector of the class, side by side.

    Args:
        layers: Maps `(N, z_dim + label_dims)` to images.
        num_classes: Number of classes.
        label_dims: Numbers in the vector of a class.
    """

    def __init__(self, layers: Sequence[nn.Module], num_classes: int, label_dims: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_classes, label_dims)
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Images of z `(N, z_dim)` and y `(N,)` int64, or shares of the classes `(N, num_classes)` float."""
        images: Tensor = self.layers(torch.cat([z, rows_of(self.embedding.weight, y)], dim=1))
        return images


class NormGenerator(nn.Module):
    """A generator that learns of the class through its batch norms alone.

    Args:
        layers: Maps `(N, z_dim)` to images.
        num_classes: Number of classes.
    """

    def __init__(self, layers: Sequence[nn.Module], num_classes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_conditional(layer, num_classes) for layer in layers)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Images of z `(N, z_dim)` and y `(N,)` int64, or shares of the classes `(N, num_classes)` float."""
        x = z
        for layer in self.layers:
            x = layer(x, y) if isinstance(layer, ConditionalNorm) else layer(x)
        return x


def _conditional(layer: nn.Module, num_classes: int) -> nn.Module:
    """The layer itself, or for a batch norm one with a gain and a shift for each class."""
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        return ConditionalNorm(type(layer)(layer.num_features, affine=False), num_classes)
    return layer


class ProjectionJudge(Judge):
    """D(x, y) = w . f(x) + v_y . f(x) + b with features f.

    Of a pack, x_1 to x_m of classes y_1 to y_m, the sum over i of v_i,y_i . f(x_1, ..., x_m) is added: every
    place has class vectors of its own.

    Args:
        layers: Maps images, or packs of them, to features.
        width: Number of features.
        num_classes: Number of classes.
        packing: Images judged at a time.

    Source: Miyato and Koyama 2018 (arXiv:1802.05637), equation 3.
    """

    def __init__(self, layers: Sequence[nn.Module], width: int, num_classes: int, packing: int) -> None:
        super().__init__(layers, width)
        self.packing = packing
        self.classes = nn.Linear(width, packing * num_classes, bias=False)  # v_y are its rows

    def judge(self, x: Tensor, y: Tensor) -> Verdict:
        """Verdict on images x `(N, C, H, W)` as examples of y `(N,)` int64, or on packs with `(N, m)`."""
        logits, features = self.verdict(x)
        products = self.classes(features).unflatten(1, (self.packing, -1))
        chosen = products.gather(2, y.view(len(y), self.packing, 1))
        return Verdict(logits + chosen.flatten(1).sum(1), features)


class ConcatenationJudge(Judge):
    """D reads the image with one more channel: a learned picture of the class.

    A pack has one such channel for each of its images.

    Args:
        layers: Maps images with the additional channels to features.
        width: Number of features.
        num_classes: Number of classes.
        side: Height and width of the images in pixels.
    """

    def __init__(self, layers: Sequence[nn.Module], width: int, num_classes: int, side: int) -> None:
        super().__init__(layers, width)
        self.embedding = nn.Embedding(num_classes, side * side)

    def judge(self, x: Tensor, y: Tensor) -> Verdict:
        """Verdict on images x `(N, C, H, W)` as examples of y `(N,)` int64, or on packs with `(N, m)`."""
        planes = self.embedding(y).view(len(x), -1, *x.shape[2:])
        return self.verdict(torch.cat([x, planes.to(x.dtype)], dim=1))


class ClassifierJudge(Judge):
    """D judges whatever the class may be, and names the class, or those in a pack, with a second head.

    Departs from the paper: see `Cgan`.

    Args:
        layers: Maps images, or packs of them, to features.
        width: Number of features.
        num_classes: Number of classes.
        packing: Images judged at a time.

    Source: Odena et al. 2017 (arXiv:1610.09585), section 3.
    """

    def __init__(self, layers: Sequence[nn.Module], width: int, num_classes: int, packing: int) -> None:
        super().__init__(layers, width)
        self.classes = nn.Linear(width, packing * num_classes)

    def judge(self, x: Tensor, y: Tensor) -> Verdict:
        """Verdict on images x `(N, C, H, W)`; y is not read."""
        return self.verdict(x)
