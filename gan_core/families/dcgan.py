"""Deep convolutional GAN on images of 16 to 64 pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from torch import Tensor, nn

from gan_core.capabilities import Guide
from gan_core.families.adversarial import AdversarialFamily, Verdict
from gan_core.families.adversarial_settings import CLASSROOM, AdversarialSettings
from gan_core.families.convolutional import downward_layers, upward_layers
from gan_core.latent_spec import LatentSpec
from gan_core.layers import Flat, add_spectral_norm, init_normal
from gan_core.phases import DataSpec
from gan_core.settings import UserError, setting


class DcganSettings(AdversarialSettings):
    """Settings of the deep convolutional GAN."""

    z_dim: int = setting(
        64, "Dimensions of the noise z.", ge=1, le=512, advanced=False, title="noise dimensions"
    )
    z_distribution: Literal["normal", "uniform"] = setting("normal", "Law of the noise.", title="noise")
    width: int = setting(
        32, "Channels next to the image; they double with every halving.", ge=4, le=128, advanced=False
    )
    discriminator_width: int = setting(
        0,
        "Channels of the discriminator next to the image; 0: as many as the generator has.",
        ge=0,
        le=128,
        title="discriminator width",
    )
    depth: int = setting(
        0, "Strided layers in each network; 0: as many as leave a 4- to 7-pixel core.", ge=0, le=4
    )
    stem_width: int = setting(
        256,
        "Units of a dense layer before the generator's first feature map; 0: none.",
        ge=0,
        le=2048,
        title="stem width",
    )
    head_width: int = setting(
        256,
        "Units of a dense layer after the discriminator's last feature map; 0: none.",
        ge=0,
        le=2048,
        title="head width",
    )
    discriminator_norm: Literal["batch", "spectral", "none"] = setting(
        "batch",
        "Normalisation inside the discriminator: batch norm, spectral norm or none.",
        title="discriminator norm",
    )
    init: Literal["dcgan", "torch"] = setting(
        "dcgan",
        "Initial weights: normal with deviation 0.02 as in the paper, or PyTorch's own.",
        title="initial weights",
    )


# The default recipe without averaging and R1: what single remedies are added to.
_TEXTBOOK: dict[str, Any] = {"batch_size": 64, "steps": 3000, "ema_decay": 0.0}


class Judge(nn.Module):
    """A discriminator whose last features other heads can share.

    Args:
        layers: Maps examples to features `(N, width)`.
        width: Number of features.
    """

    def __init__(self, layers: Sequence[nn.Module], width: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(*layers)
        self.output = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Raw outputs `(N,)`."""
        return self.verdict(x).logits

    def verdict(self, x: Tensor) -> Verdict:
        """Raw outputs `(N,)` and the features `(N, width)` they were made from."""
        features: Tensor = self.trunk(x)
        return Verdict(self.output(features).flatten(), features)


class Dcgan(AdversarialFamily):
    """Strided convolutions in D, transposed convolutions in G, batch norm in both.

    No batch norm on D's input or G's output; LeakyReLU(0.2) in D, ReLU in G, tanh at G's end; weights drawn
    from N(0, 0.02^2).

    Departs from the paper: the core is as large as the image size allows (7 pixels for 28), networks are
    narrower, a dense stem and head stand at the ends (as in Chen et al. 2016, arXiv:1606.03657), and the
    default recipe has unequal learning rates, averaged generator weights and an R1 penalty, without which D
    learns a small data set by heart. The preset "paper-2015" has none of these. "textbook" is the lab's
    recipe without averaging and R1: on few images it comes to make one picture again and again, as does
    "many-generator-steps". "packed", "minibatch-deviation" and "spectral-hinge" add one remedy to it.

    Source: Radford et al. 2016 (arXiv:1511.06434).
    """

    name = "dcgan"
    title = "DCGAN (images)"
    summary = "Convolutional generator and discriminator: the classic image GAN."
    paper = "Radford et al. 2016, arXiv:1511.06434"
    guide = Guide(
        ancestor="mlp",
        step="convolutions",
        pitfalls=(
            "On few images D learns them by heart; the R1 penalty holds it back.",
            "Without averaged weights the pictures flicker from step to step.",
            "It can come to make one picture again and again when G learns too fast.",
        ),
    )
    Settings = DcganSettings
    data_kinds = ("images",)
    default_dataset = "digits"
    presets = {
        "default": {"batch_size": 64, "steps": 3000, "r1_gamma": 1.0, "penalty_every": 8},
        "classroom": CLASSROOM,
        "thorough": {"batch_size": 64, "steps": 30000, "r1_gamma": 1.0, "penalty_every": 8},
        "paper-2015": {
            "lr_generator": 2e-4, "lr_discriminator": 2e-4, "z_dim": 100, "z_distribution": "uniform",
            "width": 64, "stem_width": 0, "head_width": 0, "batch_size": 128, "ema_decay": 0.0, "steps": 5000,
        },
        "classic-tutorial": {
            "lr_generator": 1e-4, "lr_discriminator": 1e-4, "beta1": 0.9, "z_dim": 100,
            "discriminator_norm": "none", "width": 64, "stem_width": 0, "head_width": 0, "batch_size": 256,
            "ema_decay": 0.0, "steps": 5000,
        },
        "textbook": _TEXTBOOK,
        "many-generator-steps": _TEXTBOOK | {"g_steps": 5},
        "packed": _TEXTBOOK | {"packing": 2},
        "minibatch-deviation": _TEXTBOOK | {"minibatch_std": True},
        "spectral-hinge": _TEXTBOOK | {
            "discriminator_norm": "spectral", "loss": "hinge", "lr_generator": 2e-4, "lr_discriminator": 2e-4,
            "beta1": 0.0, "beta2": 0.9,
        },
    }  # fmt: skip
    settings: DcganSettings

    def __init__(self, settings: DcganSettings, data: DataSpec) -> None:
        self.channels, self.core, self.depth = check_images(self.name, settings.depth, data)
        super().__init__(settings, data)
        if settings.init == "dcgan":
            init_normal(self.generator)
            init_normal(self.discriminator)
        if settings.discriminator_norm == "spectral":  # after the initial weights: it estimates their norms
            add_spectral_norm(self.discriminator)
        self.can_describe = settings.packing == 1 and not settings.minibatch_std  # D judges each by itself

    def discriminator_features(self, x: Tensor) -> Tensor:
        if not self.can_describe:
            return super().discriminator_features(x)
        features = self.judge(x, ()).features
        if features is None:
            *layers, _output, _flat = self.discriminator.children()
            features = nn.Sequential(*layers)(x)
        return features.float()

    def build_latent(self) -> LatentSpec:
        return LatentSpec(self.settings.z_dim, self.settings.z_distribution)

    def _widths(self) -> list[int]:
        """G's channels from the image side to the core: width, 2 width, ..."""
        return [self.settings.width * 2**level for level in range(self.depth)]

    def _discriminator_widths(self) -> list[int]:
        """D's channels from the image side to the core."""
        width = self.settings.discriminator_width or self.settings.width
        return [width * 2**level for level in range(self.depth)]

    def build_generator(self) -> nn.Module:
        return nn.Sequential(*self._generator_layers(self.build_latent().z_dim))

    def build_discriminator(self) -> nn.Module:
        layers, features = self._trunk_layers(self.packing * self.channels)
        return nn.Sequential(*layers, nn.Linear(features, 1), Flat())

    def _generator_layers(self, inputs: int) -> list[nn.Module]:
        """Layers from `(N, inputs)` to pictures."""
        stem = self.settings.stem_width
        return [*upward_layers(inputs, self._widths(), self.core, self.channels, stem), nn.Tanh()]

    def _trunk_layers(self, channels: int, joined: int = 1) -> tuple[list[nn.Module], int]:
        """D's layers from maps of `channels` channels to its last features `(N, d)`, and d.

        Args:
            channels: Of the input.
            joined: Feature maps that are put together behind the convolutions, by whoever runs the layers.
        """
        s = self.settings
        return downward_layers(
            channels, self._discriminator_widths(), self.core, s.head_width,
            normalise=s.discriminator_norm == "batch",
            deviation_group=s.deviation_group,
            joined=joined,
        )  # fmt: skip


def check_images(name: str, depth: int, data: DataSpec) -> tuple[int, int, int]:
    """Channels, core side and number of strided layers, or UserError naming what does not fit."""
    if data.kind != "images":
        raise UserError(
            f"family '{name}' learns images, but the data set holds {data.kind}; choose one such as digits"
        )
    channels, height, width = data.shape
    if channels not in (1, 3):
        raise UserError(f"images must have 1 or 3 channels, got {channels}")
    if height != width or height % 4 or not 16 <= height <= 64:
        raise UserError(
            f"image_size must be a multiple of 4 from 16 to 64, got {height}x{width}; set image_size=32"
        )
    depth = depth or next(d for d in (4, 3, 2) if height % 2**d == 0 and height // 2**d >= 4)
    if height % 2**depth or height // 2**depth < 2:
        raise UserError(
            f"depth {depth} cannot halve {height} pixels evenly; set depth=0 or another image_size"
        )
    return channels, height // 2**depth, depth
