"""A torch optimiser's update on one long vector, which is quicker where the weights are few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_EPS = 1e-8  # torch's own default in Adam and RMSprop


class FlatOptimizer:
    """Takes an optimiser's steps for it, with the same numbers but for rounding.

    The weights and their gradients become views of two long vectors, the moments views of others that stay in
    the optimiser's state: after `release` it can go on by itself.

    Args:
        optimizer: Adam, SGD or RMSprop with one group of weights, as `gan_core.optimizers` builds it.

    Raises:
        TypeError: It is another one.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer
        (self._group,) = optimizer.param_groups
        self._weights: list[Tensor] = self._group["params"]
        self._vector = torch.cat([weight.detach().reshape(-1) for weight in self._weights])
        self._gradient = torch.zeros_like(self._vector)
        for weight, values, gradient in zip(
            self._weights, self._views(self._vector), self._views(self._gradient), strict=True
        ):
            weight.data, weight.grad = values, gradient
        self._steps = int(max((float(s["step"]) for s in optimizer.state.values() if "step" in s), default=0))
        rules: dict[type[torch.optim.Optimizer], Callable[[], None]] = {
            torch.optim.Adam: self._adam, torch.optim.SGD: self._sgd, torch.optim.RMSprop: self._rmsprop,
        }  # fmt: skip
        if type(optimizer) not in rules:
            raise TypeError(f"no flat update for {type(optimizer).__name__}")
        self._rule = rules[type(optimizer)]
        self._moments: dict[str, Tensor] = {}

    def step(self) -> None:
        """One update by the gradients that lie in the weights' `grad`."""
        self._steps += 1
        self._rule()

    def release(self) -> None:
        """Tells the optimiser how many steps were taken for it."""
        for weight in self._weights:
            state = self._optimizer.state[weight]
            if not isinstance(self._optimizer, torch.optim.SGD) and state:
                state["step"] = torch.tensor(float(self._steps))

    def _moment(self, name: str) -> Tensor:
        """One of the optimiser's moments as a long vector."""
        if name not in self._moments:
            state: dict[Tensor, dict[str, Any]] = self._optimizer.state
            parts = [
                found if (found := state[weight].get(name)) is not None else torch.zeros_like(weight)
                for weight in self._weights
            ]
            vector = self._moments[name] = torch.cat([part.detach().reshape(-1) for part in parts])
            for weight, view in zip(self._weights, self._views(vector), strict=True):
                state[weight][name] = view
        return self._moments[name]

    def _views(self, vector: Tensor) -> list[Tensor]:
        sizes = [weight.numel() for weight in self._weights]
        return [
            part.view_as(weight)
            for part, weight in zip(torch.split(vector, sizes), self._weights, strict=True)
        ]

    def _adam(self) -> None:
        beta1, beta2 = self._group["betas"]
        torch._fused_adam_(
            [self._vector], [self._gradient], [self._moment("exp_avg")], [self._moment("exp_avg_sq")], [],
            [torch.tensor(float(self._steps))], lr=self._group["lr"], beta1=beta1, beta2=beta2,
            weight_decay=0.0, eps=_EPS, amsgrad=False, maximize=False,
        )  # fmt: skip

    def _sgd(self) -> None:
        push, momentum = self._gradient, self._group["momentum"]
        if momentum:
            push = self._moment("momentum_buffer").mul_(momentum).add_(self._gradient)
        self._vector.add_(push, alpha=-self._group["lr"])

    def _rmsprop(self) -> None:
        alpha, momentum = self._group["alpha"], self._group["momentum"]
        square = self._moment("square_avg")
        square.mul_(alpha).addcmul_(self._gradient, self._gradient, value=1 - alpha)
        scale = square.sqrt().add_(_EPS)
        if momentum:
            push = self._moment("momentum_buffer").mul_(momentum).addcdiv_(self._gradient, scale)
            self._vector.add_(push, alpha=-self._group["lr"])
        else:
            self._vector.addcdiv_(self._gradient, scale, value=-self._group["lr"])
