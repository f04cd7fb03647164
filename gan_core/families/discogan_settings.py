"""Settings of DiscoGAN."""

from __future__ import annotations

from typing import Literal

from gan_core.families.adversarial_settings import AdversarialSettings
from gan_core.settings import setting


class DiscoganSettings(AdversarialSettings):
    """Settings of DiscoGAN; what concerns a discriminator holds for both."""

    loops: Literal["none", "one", "both"] = setting(
        "both",
        "Which ways there and back must end where they start: none, A to B to A alone, or that from B too.",
        advanced=False,
        title="loops",
    )
    lambda_loop: float = setting(
        10.0,
        "Weight of the mean squared difference between the start of a loop and its end.",
        live=True, advanced=False, ge=0, le=1000, title="loop term",
    )  # fmt: skip
    curriculum_steps: int = setting(
        0,
        "First steps, in which loops weigh only a hundredth.",
        live=True, ge=0, title="steps before the loops count",
    )  # fmt: skip
    lambda_adversarial: float = setting(
        1.0, "Weight of deceiving the discriminators.", live=True, ge=0, le=100, title="adversarial term"
    )
    lambda_features: float = setting(
        0.0,
        "Weight of matching the mean of each discriminator's inner features.",
        live=True, ge=0, le=100, title="feature matching",
    )  # fmt: skip
    z_dim: int = setting(
        8,
        "Numbers that stand for what A lacks, e.g. colours; read out of B on the way back. Only with loops.",
        ge=0, le=64, advanced=False, title="code dimensions",
    )  # fmt: skip
    lambda_code: float = setting(
        1.0,
        "Weight of reading those numbers back out of what was made with them.",
        live=True, ge=0, le=100, title="code term",
    )  # fmt: skip
    lr_discriminator: float = setting(
        5e-4, "Learning rate of the discriminators.",
        live=True, advanced=False, gt=0, le=10, title="discriminator learning rate",
    )  # fmt: skip
    penalty_every: int = setting(
        8,
        "Penalties are computed in one of this many discriminator updates, with the weight raised to match.",
        live=True, ge=1, le=64, title="penalty interval",
    )  # fmt: skip
    width: int = setting(
        24,
        "Channels next to an image, doubled once; in the plane, units of a dense layer.",
        ge=4, le=256, advanced=False,
    )  # fmt: skip
    discriminator_width: int = setting(
        0,
        "Channels of the discriminators next to an image; in the plane, units of a dense layer; 0: as many "
        "as the generators have.",
        ge=0, le=256, title="discriminator width",
    )  # fmt: skip
    discriminator_norm: Literal["none", "spectral"] = setting(
        "none", "Normalisation inside the discriminators: none, or spectral norm.", title="discriminator norm"
    )
    blocks: int = setting(2, "Residual blocks in the core of each image generator.", ge=0, le=6)

    @property
    def code_dim(self) -> int:
        """Numbers of the code in use: without loops nothing teaches what they mean, so there are none."""
        return 0 if self.loops == "none" else self.z_dim
