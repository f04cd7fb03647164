"""A discriminator a few updates ahead, as a differentiable function of what it learns from."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call

Judge = Callable[[Tensor], Tensor]


def unrolled(
    discriminator: nn.Module, objective: Callable[[Judge], Tensor], steps: int, rate: float
) -> Judge:
    """D after further steps of gradient descent, through which a generator's gradient can flow.

    theta_0 = theta_D, theta_{k+1} = theta_k - rate * d objective(theta_k) / d theta_k. What the returned D
    says of generated examples depends on them twice: it looks at them, and they taught it. The discriminator
    itself stays as it is, its running statistics too.

    Args:
        discriminator: Maps examples to raw outputs `(N,)`.
        objective: D's loss, a scalar, for a D given as a function; it keeps the graph of its examples.
        steps: Updates ahead, K in the paper; 0 gives D as it is, its weights taken as constants.
        rate: Step size, eta in the paper.

    Departs from the paper: like its equations, and unlike its released code, the steps are plain gradient
    descent, so `rate` is a number of its own, not the rate of D's Adam. Every step sees the same batch, as
    in that code. D's penalties are no part of the objective.

    Source: Metz et al. 2017 (arXiv:1611.02163), equations 7 to 10.
    """
    weights = {name: w.detach().requires_grad_() for name, w in discriminator.named_parameters()}
    buffers = {name: buffer.clone() for name, buffer in discriminator.named_buffers()}

    def judge_with(present: dict[str, Tensor]) -> Judge:
        def judge(x: Tensor) -> Tensor:
            logits: Tensor = functional_call(discriminator, (present, buffers), (x,))
            return logits

        return judge

    for _ in range(steps):
        loss = objective(judge_with(weights))
        gradients = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
        weights = {
            name: w - rate * gradient for (name, w), gradient in zip(weights.items(), gradients, strict=True)
        }
    return judge_with(weights)
