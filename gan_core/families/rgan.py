"""The recurrent GAN: one network writes a sequence step by step, another reads it so."""

from __future__ import annotations

import copy
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gan_core.capabilities import Guide
from gan_core.families.adversarial import AdversarialFamily
from gan_core.families.adversarial_settings import AdversarialSettings
from gan_core.latent_spec import LatentSpec
from gan_core.layers import MapDeviation, add_spectral_norm, in_company
from gan_core.losses import LOSSES
from gan_core.settings import setting


class _Copied:
    """A recurrent layer that can be copied while its weights are under spectral norm.

    It keeps a list of them, as they were computed for the last call; the copy's belong to no graph, and are
    replaced when it is called.
    """

    _flat_weights: list[Tensor | None]

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        weights = [each if each is None or each.is_leaf else each.detach() for each in self._flat_weights]
        copied.__dict__ = copy.deepcopy(self.__dict__ | {"_flat_weights": weights}, memo)
        return copied


class Lstm(_Copied, nn.LSTM):
    """Long short-term memory."""


class Gru(_Copied, nn.GRU):
    """Gated recurrent units."""


CELLS: dict[str, type[Lstm | Gru]] = {"lstm": Lstm, "gru": Gru}


class RganSettings(AdversarialSettings):
    """Settings of the recurrent GAN."""

    cell: Literal["lstm", "gru"] = setting(
        "lstm", "How both networks remember: long short-term memory, or gated recurrent units.",
        title="memory cell", advanced=False,
    )  # fmt: skip
    z_step: int = setting(
        2, "Numbers of fresh noise at every step of a sequence.", ge=1, le=64, title="noise per step"
    )
    generator_width: int = setting(
        64, "Numbers the generator remembers from step to step.", ge=1, le=512, title="generator memory"
    )
    discriminator_width: int = setting(
        64, "Numbers the discriminator remembers.", ge=1, le=512, title="discriminator memory"
    )
    discriminator_norm: Literal["none", "spectral"] = setting(
        "none", "Normalisation inside the discriminator: none, or spectral norm.", title="discriminator norm"
    )
    layers: int = setting(1, "Recurrent layers of each network, one above the other.", ge=1, le=3)


class _Clipped(torch.autograd.Function):
    """Values clipped to [-1, 1]; one that lies outside hears only what would bring it back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp(-1, 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        leads_further_out = ((x > 1) & (gradient < 0)) | ((x < -1) & (gradient > 0))
        return gradient.masked_fill(leads_further_out, 0.0)


class Writer(nn.Module):
    """G: noise at every step through recurrent layers to values between -1 and 1.

    Rows of a picture are mostly exact black. A tanh comes near it only where its slope is gone, so that a G
    that has once turned all black stays so; there the values are clipped instead.

    Args:
        cell: A key of `CELLS`.
        shape: Of one example: `(T, C)`, or `(C, H, W)` of an image, which is written row by row.
        z_step: Noise at each step.
        width: Size of the memory.
        layers: Recurrent layers.
    """

    def __init__(self, cell: str, shape: tuple[int, ...], z_step: int, width: int, layers: int) -> None:
        super().__init__()
        self.shape, self.z_step = shape, z_step
        self.steps, values = as_steps(shape)
        self.memory = CELLS[cell](z_step, width, layers, batch_first=True)
        self.output = nn.Linear(width, values)

    def states(self, z: Tensor) -> Tensor:
        """What G remembers after each step, `(N, T, width)`, of z `(N, T * z_step)`."""
        remembered: Tensor = self.memory(z.view(-1, self.steps, self.z_step))[0]
        return remembered

    def forward(self, z: Tensor) -> Tensor:
        """Examples `(N, *shape)` of z `(N, T * z_step)`."""
        values: Tensor = self.output(self.states(z))
        if len(self.shape) == 2:
            return values.tanh()
        channels, height, width = self.shape
        rows: Tensor = _Clipped.apply(values)  # type: ignore[no-untyped-call]
        return rows.view(-1, height, channels, width).transpose(1, 2)


class Reader(nn.Module):
    """D: recurrent layers that give an answer after every step, so that each part of a sequence is judged.

    The sequences of a pack are read side by side: a step is the values of all of them at that step. The
    minibatch deviation is one number for what is remembered at all steps, told after each.

    Args:
        cell: A key of `CELLS`.
        shape: Of one example, as for `Writer`.
        width: Size of the memory.
        layers: Recurrent layers.
        packing: Examples judged at a time.
        deviation_group: Packs over which the minibatch deviation is taken, 0: the whole batch; None: it is
            not told.
    """

    def __init__(
        self,
        cell: str,
        shape: tuple[int, ...],
        width: int,
        layers: int,
        packing: int = 1,
        deviation_group: int | None = None,
    ) -> None:
        super().__init__()
        self.packing = packing
        _, values = as_steps(shape)
        self.memory = CELLS[cell](packing * values, width, layers, batch_first=True)
        told = deviation_group is not None
        self.deviation = MapDeviation(deviation_group) if deviation_group is not None else nn.Identity()
        self.output = nn.Linear(width + told, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Raw answers `(N, T)` to packs `(N, packing * T, C)`, or `(N, packing * C, H, W)` of images."""
        remembered: Tensor = self.memory(self._side_by_side(x))[0]
        seen = self.deviation(remembered.transpose(1, 2)[..., None]).squeeze(3).transpose(1, 2)
        answers: Tensor = self.output(seen).squeeze(2)
        return answers

    def _side_by_side(self, x: Tensor) -> Tensor:
        """Packs as sequences `(N, T, packing * values)`."""
        if x.dim() == 3:
            x = x.reshape(len(x), self.packing, -1, x.shape[2])
        return x.transpose(1, 2).flatten(2)


def as_steps(shape: tuple[int, ...]) -> tuple[int, int]:
    """Steps of an example, and values at each: of an image `(C, H, W)` its rows, and all values of one."""
    if len(shape) == 2:
        return shape[0], shape[1]
    channels, height, width = shape
    return height, channels * width


# The least-squares loss brings the law of the waves nearer, a quicker D their shape; bfloat16 costs both.
_RECIPE: dict[str, Any] = {
    "loss": "least_squares", "lr_generator": 1e-3, "lr_discriminator": 2e-3, "batch_size": 64,
    "cosine_tail": 0.3, "precision": "float32",
}  # fmt: skip
# For rows of a picture, which say more than a wave does.
_ROWS: dict[str, Any] = _RECIPE | {
    "z_step": 8,
    "generator_width": 192,
    "discriminator_width": 96,
    "instance_noise": 0.3,
    "instance_noise_steps": 20_000,
}


class Rgan(AdversarialFamily):
    """A recurrent network writes, another reads; images are sequences of their rows, from the top.

    G gets fresh noise z_t at every step and carries what it has written so far in its memory. D reads the
    sequence the same way and answers after each step; the loss is the mean over all steps, and D's answer to
    a sequence the mean of its answers.

    Departs from the paper: the least-squares loss; D learns by Adam like G, and twice as fast, where the
    paper uses plain gradient descent at 0.1; the weights of G are averaged; a memory of 64 numbers instead of
    100, two of noise a step instead of five; the values of images are clipped (`Writer`). The preset "paper"
    has the paper's loss, sizes and batch. The preset "rows" is for images: larger memories, more noise a
    step, and falling noise on all that D sees (Sonderby et al. 2017, arXiv:1610.04490).

    Source: Esteban et al. 2017 (arXiv:1706.02633), section 3.1: RGAN without conditions.
    """

    name = "rgan"
    title = "Recurrent GAN (sequences)"
    summary = "Two networks with a memory: one writes a sequence step by step, the other reads it."
    paper = "Esteban et al. 2017, arXiv:1706.02633"
    guide = Guide(
        ancestor="mlp",
        step="memory: one step after another",
        pitfalls=(
            "Fresh noise at every step makes curves rough until G learns to smooth it.",
            "D finds a flaw anywhere in a long sequence, so G may learn its beginning only.",
            "Waves of a rare kind, very slow or very quick, are left out first.",
            "Digits row by row are blots for the first thousand steps.",
        ),
    )
    Settings = RganSettings
    data_kinds = ("sequences", "images")
    default_dataset = "sines"
    has_memory = True
    presets = {
        "default": _RECIPE | {"steps": 6000},
        "classroom": _RECIPE | {"minutes": 3.0, "ema_decay": 0.995},
        "rows": _ROWS | {"steps": 20_000},
        "gru": _RECIPE | {"steps": 6000, "cell": "gru"},
        "non-saturating": _RECIPE | {"steps": 6000, "loss": "non_saturating"},
        "paper": {
            "loss": "non_saturating", "z_step": 5, "lr_generator": 1e-3, "lr_discriminator": 1e-3,
            "beta1": 0.9, "generator_width": 100, "discriminator_width": 100, "batch_size": 28,
            "steps": 50_000, "ema_decay": 0.0, "precision": "float32",
        },
    }  # fmt: skip
    settings: RganSettings
    generator: Writer

    def build_latent(self) -> LatentSpec:
        return LatentSpec(as_steps(self.data.shape)[0] * self.settings.z_step)

    def build_generator(self) -> nn.Module:
        s = self.settings
        return Writer(s.cell, self.data.shape, s.z_step, s.generator_width, s.layers)

    def build_discriminator(self) -> nn.Module:
        s = self.settings
        reader = Reader(
            s.cell, self.data.shape, s.discriminator_width, s.layers, s.packing, s.deviation_group
        )
        if s.discriminator_norm == "spectral":
            add_spectral_norm(reader)
        return reader

    def memory_of(self, z: Tensor) -> Tensor:
        """What G remembers after each step, `(N, T, width)` in [-1, 1], of z `(N, z_dim)`."""
        states: Tensor = self.generator.states(z)
        return states.float()

    def step_scores(self, x: Tensor) -> Tensor:
        """D's answer after each step, `(N, T)` in [0, 1], to examples `(N, *data.shape)`."""
        return LOSSES[self.settings.loss].score(self.discriminator(in_company(x, self.packing)).float())
