"""How likely a decoder finds pictures, and how far a code lies from the prior; all of it in nats."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch.nn.functional as F
from torch import Tensor

Likelihood = Literal["bernoulli", "gaussian"]

# A decoder's raw output a stands for the pixel tanh(a) in [-1, 1], which is sigmoid(2 a) in [0, 1].
_LOGITS_PER_OUTPUT = 2.0


def bernoulli_nats(outputs: Tensor, x: Tensor) -> Tensor:
    """-log p(x) of each example `(N,)`, summed over its pixels: every pixel is a biased coin.

    Args:
        outputs: The decoder's raw outputs `(N, ...)` float32; the coin shows white with sigmoid(2 outputs).
        x: Examples `(N, ...)` in [-1, 1]. A grey pixel counts as that share of white, so that the least
            possible value is its entropy, not 0.

    Source: Kingma and Welling 2014 (arXiv:1312.6114), appendix C.1.
    """
    white = (x + 1) / 2
    pixels = F.binary_cross_entropy_with_logits(_LOGITS_PER_OUTPUT * outputs, white, reduction="none")
    return pixels.flatten(1).sum(1)


def gaussian_nats(outputs: Tensor, x: Tensor, deviation: float) -> Tensor:
    """-log p(x) of each example `(N,)`, summed over its pixels: every pixel is normal about the mean.

    Args:
        outputs: The decoder's raw outputs `(N, ...)` float32; the mean is tanh(outputs).
        x: Examples `(N, ...)` in [-1, 1].
        deviation: Standard deviation of a pixel, of the range 0 to 1, in which the density is taken too.

    Source: Kingma and Welling 2014 (arXiv:1312.6114), appendix C.2, with one fixed deviation.
    """
    off = (outputs.tanh() - x) / 2 / deviation
    pixels = 0.5 * off.square() + math.log(deviation) + 0.5 * math.log(2 * math.pi)
    return pixels.flatten(1).sum(1)


def negative_log_likelihood(kind: Likelihood, deviation: float) -> Callable[[Tensor, Tensor], Tensor]:
    """The function of outputs and examples that `kind` stands for; `deviation` is that of "gaussian"."""
    if kind == "bernoulli":
        return bernoulli_nats
    return lambda outputs, x: gaussian_nats(outputs, x, deviation)


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, 1)) of each number `(N, z_dim)`, in nats, never below 0.

    Args:
        mean: `(N, z_dim)`.
        log_variance: `(N, z_dim)`.

    Source: Kingma and Welling 2014 (arXiv:1312.6114), appendix B.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
