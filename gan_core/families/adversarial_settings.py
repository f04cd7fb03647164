"""Settings of generator-discriminator pairs: the game, its penalties, and remedies for mode collapse."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from gan_core.losses import LOSSES
from gan_core.settings import Settings, setting

# Three minutes on images: the rates fall at the end, and the average forgets the start.
CLASSROOM: dict[str, Any] = {
    "batch_size": 64, "minutes": 3.0, "r1_gamma": 1.0, "penalty_every": 8, "cosine_tail": 0.3,
    "ema_decay": 0.995,
}  # fmt: skip


class AdversarialSettings(Settings):
    """Settings every generator-discriminator pair shares."""

    loss: Literal["non_saturating", "minimax", "least_squares", "hinge", "wasserstein"] = setting(
        "non_saturating", "What generator and discriminator minimise.", live=True, advanced=False
    )
    relativistic: bool = setting(
        False,
        "Score each real example against one generated example instead of on its own.",
        live=True,
        title="relativistic pairing",
    )
    lr_generator: float = setting(
        1e-3,
        "Learning rate of the generator.",
        live=True,
        advanced=False,
        gt=0,
        le=10,
        title="generator learning rate",
    )
    lr_discriminator: float = setting(
        2e-4,
        "Learning rate of the discriminator.",
        live=True,
        advanced=False,
        gt=0,
        le=10,
        title="discriminator learning rate",
    )
    d_steps: int = setting(
        1,
        "Discriminator updates per generator update.",
        live=True,
        advanced=False,
        ge=1,
        le=20,
        title="D updates per G update",
    )
    g_steps: int = setting(
        1,
        "Generator updates per discriminator update.",
        live=True,
        advanced=False,
        ge=1,
        le=20,
        title="G updates per D update",
    )
    optimizer: Literal["adam", "sgd", "rmsprop"] = setting("adam", "Optimiser of both networks.")
    beta1: float = setting(
        0.5, "Momentum: decay of Adam's first moment.", live=True, ge=0, lt=1, title="beta 1"
    )
    beta2: float = setting(0.999, "Decay of Adam's second moment.", live=True, ge=0, lt=1, title="beta 2")
    real_label: float = setting(
        1.0,
        "Target for real examples; 0.9 is one-sided label smoothing.",
        live=True,
        ge=0.5,
        le=1,
        title="real label",
    )
    lambda_gp: float = setting(
        0.0,
        "Weight of the gradient penalty (gradient norm 1 between real and fake).",
        live=True,
        ge=0,
        le=1000,
        title="gradient penalty",
    )
    r1_gamma: float = setting(
        0.0, "Weight of R1: zero gradient at real examples.", live=True, ge=0, le=1000, title="R1 penalty"
    )
    r2_gamma: float = setting(
        0.0,
        "Weight of R2: zero gradient at generated examples.",
        live=True,
        ge=0,
        le=1000,
        title="R2 penalty",
    )
    penalty_every: int = setting(
        1,
        "Penalties are computed in one of this many discriminator updates, with the weight raised to match.",
        live=True,
        ge=1,
        le=64,
        title="penalty interval",
    )
    penalty_end: float = setting(
        1.0,
        "Share of the penalties' weight that is left at the end of their fall.",
        live=True,
        gt=0,
        le=1,
        title="penalties fall to",
    )
    penalty_fall_steps: int = setting(
        0,
        "Steps over which the weight falls to that share, by the same factor in each; 0: it stays.",
        live=True,
        ge=0,
        title="penalties fall until",
    )
    instance_noise: float = setting(
        0.0,
        "Deviation of the noise added to real and generated examples before the discriminator sees them.",
        live=True,
        ge=0,
        le=10,
        title="instance noise",
    )
    instance_noise_steps: int = setting(
        0,
        "Steps over which the instance noise falls evenly to zero; 0: it stays.",
        live=True,
        ge=0,
        title="instance noise ends after",
    )

    # Ways to see a lack of variety: D is shown several examples, or how they differ. Lin et al. 2018 (PacGAN,
    # arXiv:1712.04086); Karras et al. 2018 (arXiv:1710.10196), section 3.
    packing: int = setting(
        1,
        "Examples the discriminator judges together, all real or all generated; 1: each by itself (PacGAN).",
        ge=1,
        le=8,
        title="packing",
    )
    minibatch_std: bool = setting(
        False,
        "Tell the discriminator how much the examples of a batch differ from each other.",
        title="minibatch deviation",
    )
    minibatch_std_group: int = setting(
        0,
        "Examples over which the minibatch deviation is taken; 0: the whole batch.",
        ge=0,
        le=256,
        title="minibatch deviation group",
    )

    @model_validator(mode="after")
    def _check_combinations(self) -> Self:
        if self.d_steps > 1 and self.g_steps > 1:
            raise ValueError(
                f"d_steps is {self.d_steps} and g_steps is {self.g_steps}; one of them must be 1"
            )
        if self.real_label < 1 and not LOSSES[self.loss].smoothable:
            raise ValueError(
                f"real_label {self.real_label} has no meaning for the {self.loss} loss; set it to 1"
            )
        return self

    @model_validator(mode="after")
    def _check_group(self) -> Self:
        if self.minibatch_std_group == 1:
            raise ValueError(
                "minibatch_std_group is 1, but one example has no deviation; set it to 2 or more, "
                "or to 0 for the whole batch"
            )
        return self

    @property
    def deviation_group(self) -> int | None:
        """Examples over which the minibatch deviation is taken, 0: the whole batch; None: it is not told."""
        return self.minibatch_std_group if self.minibatch_std else None

    @property
    def batch_multiple(self) -> int:
        return self.packing * ((self.minibatch_std_group or 1) if self.minibatch_std else 1)

    def penalties_left(self, step: int) -> float:
        """Share of the penalties' weight that is left at a training step."""
        fallen = min(1.0, step / self.penalty_fall_steps) if self.penalty_fall_steps else 0.0
        left: float = self.penalty_end**fallen
        return left
