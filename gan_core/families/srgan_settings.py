"""Settings of SRGAN."""

from __future__ import annotations

from typing import Literal

from gan_core.families.adversarial_settings import AdversarialSettings
from gan_core.settings import setting


class SrganSettings(AdversarialSettings):
    """Settings of SRGAN."""

    scale: Literal[2, 4] = setting(
        4, "Times the made picture is higher and wider than the small one.", advanced=False
    )
    warm_up_steps: int = setting(
        1500,
        "Steps at the start in which the generator learns from differences of pixels alone, without a "
        "discriminator; of a run by minutes that share of its steps.",
        ge=0,
        advanced=False,
        title="warm-up steps",
    )
    compare_by: Literal["classifier", "discriminator", "pixels"] = setting(
        "classifier",
        "What is compared after the warm-up beside pixels: features of the classifier that knows the data "
        "set, features of the discriminator, or nothing but pixels.",
        advanced=False,
    )
    lambda_pixels: float = setting(
        1.0, "Weight of the mean squared difference of pixels after the warm-up.",
        live=True, advanced=False, ge=0, le=1000, title="pixel term",
    )  # fmt: skip
    lambda_content: float = setting(
        0.3, "Weight of the difference of features after the warm-up.",
        live=True, advanced=False, ge=0, le=1000, title="feature term",
    )  # fmt: skip
    lambda_adversarial: float = setting(
        0.1, "Weight of the discriminator's verdict after the warm-up; 0: it has none.",
        live=True, advanced=False, ge=0, le=1000, title="adversarial term",
    )  # fmt: skip
    lr_warm_up: float = setting(
        1e-3, "Learning rate of the generator in the warm-up.",
        live=True, gt=0, le=10, title="warm-up learning rate",
    )  # fmt: skip
    width: int = setting(24, "Channels of the generator.", ge=4, le=128, advanced=False)
    blocks: int = setting(
        5, "Residual blocks of two convolutions each in the generator.", ge=1, le=16, advanced=False
    )
    discriminator_width: int = setting(
        16, "Channels of the discriminator next to the picture; they double with every halving.",
        ge=4, le=128, title="discriminator width",
    )  # fmt: skip
    head_width: int = setting(
        64, "Units of the dense layer after the discriminator's last feature map.", ge=4, le=1024,
        title="head width",
    )  # fmt: skip
    discriminator_norm: Literal["none", "spectral"] = setting(
        "none", "Normalisation inside the discriminator: none, or spectral norm.", title="discriminator norm"
    )
