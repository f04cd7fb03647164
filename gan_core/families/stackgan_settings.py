"""Settings of StackGAN."""

from __future__ import annotations

from typing import Literal

from gan_core.families.adversarial_settings import AdversarialSettings
from gan_core.settings import setting


class StackganSettings(AdversarialSettings):
    """Settings of StackGAN: how long each part learns, the weights of its losses, and its sizes.

    What concerns a discriminator holds for those of both stages.
    """

    text_steps: int = setting(
        3000,
        "Steps in which it learns to read, before it draws; of a run by minutes that share of its steps.",
        ge=1,
        advanced=False,
        title="steps of reading",
    )
    stage1_steps: int = setting(
        4000,
        "Steps of Stage I after that, or that share; what remains of the run is Stage II.",
        ge=1,
        advanced=False,
        title="steps of Stage I",
    )
    lambda_kl: float = setting(
        0.02,
        "Weight of keeping the conditions of a sentence a cloud around 0 (conditioning augmentation).",
        live=True,
        advanced=False,
        ge=0,
        le=10,
        title="KL term",
    )
    lambda_naming: float = setting(
        0.5,
        "Weight, in Stage II, of being named as its caption says; 0: not rewarded for it.",
        live=True,
        advanced=False,
        ge=0,
        le=100,
        title="naming term",
    )
    lambda_sketch_naming: float = setting(
        0.1,
        "The same in Stage I, whose sketches are too small for some digits.",
        live=True,
        ge=0,
        le=100,
        title="naming term of Stage I",
    )
    lr_text: float = setting(
        4e-3, "Learning rate of reading sentences.", live=True, gt=0, le=1, title="text's learning rate"
    )
    lr_pictures: float = setting(
        1e-3,
        "Learning rate of the discriminators while they learn to read pictures.",
        live=True,
        gt=0,
        le=1,
        title="reading's learning rate",
    )
    lr_generator: float = setting(
        5e-4, "Learning rate of the generators.", live=True, gt=0, le=1, advanced=False,
        title="generator learning rate",
    )  # fmt: skip
    lr_discriminator: float = setting(
        5e-4, "Learning rate of the discriminators.", live=True, gt=0, le=1, advanced=False,
        title="discriminator learning rate",
    )  # fmt: skip
    r1_gamma: float = setting(
        0.03, "Weight of R1: zero gradient at real pictures.", live=True, ge=0, le=1000, title="R1 penalty"
    )
    penalty_every: int = setting(
        16,
        "Penalties are computed in one of this many discriminator updates, with the weight raised to match.",
        live=True,
        ge=1,
        le=64,
        title="penalty interval",
    )
    z_dim: int = setting(
        32, "Dimensions of the noise z.", ge=1, le=512, advanced=False, title="noise dimensions"
    )
    condition_dims: int = setting(
        64, "Numbers in the augmented condition of a sentence.", ge=2, le=512, title="condition dimensions"
    )
    text_dims: int = setting(
        128, "Numbers in the embedding of a sentence.", ge=4, le=512, title="sentence dimensions"
    )
    word_dims: int = setting(32, "Numbers in the vector of a word.", ge=2, le=256, title="word dimensions")
    width: int = setting(24, "Channels of the maps next to sketch and picture.", ge=4, le=128, advanced=False)
    discriminator_width: int = setting(
        0, "Channels of the discriminators next to sketch and picture; 0: as many as `width` says.",
        ge=0, le=128, title="discriminator width",
    )  # fmt: skip
    discriminator_norm: Literal["group", "spectral", "none"] = setting(
        "group", "Normalisation inside the discriminators.", title="discriminator norm"
    )
    stage2_width: int = setting(
        48, "Channels of Stage II at the size of the sketch.", ge=4, le=256, title="width of Stage II"
    )
    blocks: int = setting(1, "Residual blocks of Stage II.", ge=1, le=8, title="residual blocks")
