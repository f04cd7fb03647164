"""An autoencoder with the networks of the convolutional GAN: an encoder like D, a decoder like G."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from gan_core.capabilities import Guide
from gan_core.families.convolutional import downward_layers, upward_layers
from gan_core.families.dcgan import check_images
from gan_core.families.likelihood import Likelihood, negative_log_likelihood
from gan_core.family import Family
from gan_core.latent_spec import LatentSpec
from gan_core.layers import init_normal
from gan_core.phases import DataSpec, OptimizerSpec, Phase, StepContext, StepOutput
from gan_core.settings import Settings, setting


class AutoencoderSettings(Settings):
    """Size of the two networks, what a pixel's error costs, and the learning rate."""

    z_dim: int = setting(
        64, "Numbers in a code: all the decoder learns of a picture.", ge=1, le=512, advanced=False,
        title="code dimensions",
    )  # fmt: skip
    learning_rate: float = setting(
        1e-3, "Learning rate of both networks.", live=True, advanced=False, gt=0, le=1, title="learning rate"
    )
    likelihood: Likelihood = setting(
        "bernoulli",
        "What a wrong pixel costs: as a coin that should have shown white (Bernoulli), or by its squared "
        "distance (Gaussian).",
        advanced=False,
        title="pixel model",
    )
    pixel_deviation: float = setting(
        0.1,
        "Deviation of a pixel, of the range 0 to 1, in the Gaussian model: smaller makes errors dearer.",
        live=True,
        ge=0.01,
        le=1,
        title="pixel deviation",
    )
    width: int = setting(
        32, "Channels next to the image; they double with every halving.", ge=4, le=128, advanced=False
    )
    depth: int = setting(
        0, "Strided layers in each network; 0: as many as leave a 4- to 7-pixel core.", ge=0, le=4
    )
    stem_width: int = setting(
        256, "Units of a dense layer before the decoder's first feature map; 0: none.", ge=0, le=2048,
        title="stem width",
    )  # fmt: skip
    head_width: int = setting(
        256, "Units of a dense layer after the encoder's last feature map; 0: none.", ge=0, le=2048,
        title="head width",
    )  # fmt: skip


_SMALL: dict[str, Any] = {"width": 16, "stem_width": 64, "head_width": 64}
PRESETS: dict[str, Mapping[str, Any]] = {
    "default": {"batch_size": 64, "steps": 3000, "cosine_tail": 0.3},
    "thorough": {"batch_size": 64, "steps": 20000, "cosine_tail": 0.3},
    "classroom": {"batch_size": 64, "minutes": 3.0, "cosine_tail": 0.3},
    "plane": {"batch_size": 64, "steps": 6000, "cosine_tail": 0.3, "z_dim": 2} | _SMALL,
}


class Autoencoder(Family):
    """Learns to rebuild every picture from a short code; nothing shapes the space the codes lie in.

    The encoder is the discriminator of `dcgan` with z_dim outputs, the decoder its generator, so that the
    three can be compared at the same data, code size and capacity. The loss is -log p(x | z) in nats.

    The last layer of the encoder is batch norm without gain and shift: over the training set every number of
    a code has mean 0 and deviation 1. Otherwise the scale of codes would be arbitrary. An autoencoder has no
    prior; `generate` is given z ~ N(0, 1), that is, a normal distribution fitted to the codes number by
    number, whose mean and deviation are the buffers of that layer. Such samples look bad: codes of real
    pictures fill this space unevenly, with holes that the decoder never learned.

    Departs from the paper: convolutional networks, a code normalised as above.

    Source: Hinton and Salakhutdinov 2006, Reducing the dimensionality of data with neural networks.
    """

    name = "autoencoder"
    title = "Autoencoder (images)"
    summary = "An encoder makes a short code of a picture, a decoder makes the picture of the code."
    paper = "Hinton and Salakhutdinov 2006, Reducing the dimensionality of data with neural networks"
    guide = Guide(
        ancestor=None,
        step="no game: rebuild what you are given",
        pitfalls=(
            "It cannot draw from noise: nothing says where codes lie.",
            "Between two codes it may draw what is no picture at all.",
            "It averages what it is unsure of, so fine strokes blur.",
        ),
    )
    Settings: ClassVar[type[Settings]] = AutoencoderSettings
    presets = PRESETS
    data_kinds = ("images",)
    default_dataset = "digits"

    can_encode = True
    sampling_modules = ("encoder", "decoder")
    settings: AutoencoderSettings

    def __init__(self, settings: AutoencoderSettings, data: DataSpec) -> None:
        channels, core, depth = check_images(self.name, settings.depth, data)
        super().__init__(settings, data)
        self.latent = LatentSpec(settings.z_dim)
        widths = [settings.width * 2**level for level in range(depth)]
        layers, features = downward_layers(channels, widths, core, settings.head_width)
        self.encoder = nn.Sequential(*layers, *self.code_layers(features))
        self.decoder = nn.Sequential(
            *upward_layers(settings.z_dim, widths, core, channels, settings.stem_width)
        )
        init_normal(self.encoder)
        init_normal(self.decoder)

    def code_layers(self, features: int) -> list[nn.Module]:
        """The encoder's last layers, from features `(N, features)` to what a code is made of."""
        z_dim = self.settings.z_dim
        return [nn.Linear(features, z_dim, bias=False), nn.BatchNorm1d(z_dim, affine=False)]

    def modules(self) -> dict[str, nn.Module]:
        return {"encoder": self.encoder, "decoder": self.decoder}

    def formulas(self) -> dict[str, str]:
        return {
            "autoencoder/reconstruction": r"\mathbb{E}[-\log p(x \mid \mathrm{decode}(\mathrm{encode}(x)))]",
        }

    def phases(self) -> Sequence[Phase]:
        optimizer = OptimizerSpec("adam", self.settings.learning_rate, (0.9, 0.999))
        return (Phase("autoencoder", (self.encoder, self.decoder), self.learn, optimizer),)

    def generate(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        outputs: Tensor = self.decoder(z)
        return outputs.float().tanh()

    def encode(self, x: Tensor) -> Tensor:
        codes: Tensor = self.encoder(x)
        return codes.float()

    def learn(self, ctx: StepContext) -> StepOutput:
        """Rebuilds the batch: its losses in nats, and the mean absolute difference, of the range 0 to 1."""
        reconstruction, difference = self.rebuilt(self.encoder(ctx.batch.real), ctx.batch.real)
        return StepOutput({"reconstruction": reconstruction}, {"difference": difference})

    def rebuilt(self, z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """-log p(x | z) in nats, averaged over examples, and the mean absolute difference, of 0 to 1."""
        s = self.settings
        outputs = self.decoder(z).float()
        nats = negative_log_likelihood(s.likelihood, s.pixel_deviation)(outputs, x.float()).mean()
        with torch.no_grad():
            return nats, (outputs.tanh() - x).abs().mean() / 2
