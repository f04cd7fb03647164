"""Dense layers whose products oneDNN computes: the networks of the papers train faster on some processors.

PyTorch gives float32 products to MKL, which on AMD's processors uses half the width of their registers.
oneDNN, which PyTorch has for convolutions, uses all of it. The numbers are float32's either way; they differ
in the last bits.
"""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor, nn

LEAST_WEIGHTS = 10_000  # of a layer; below, the call costs more than the product


class _Product(torch.autograd.Function):
    """`x @ weight.T` of `(N, d)` and `(e, d)`, differentiable once."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _product(x, weight)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        to_x, to_weight = ctx.needs_input_grad
        return (
            _product(gradient, weight.t()) if to_x else None,
            _product(gradient.t(), x.t()) if to_weight else None,
        )


def _product(x: Tensor, weight: Tensor) -> Tensor:
    y: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")
    return y


class OneDnnLinear(nn.Linear):
    """Equals `nn.Linear` for float32 matrices on the CPU, but for penalties, which differentiate twice."""

    def forward(self, x: Tensor) -> Tensor:
        """`(N, in_features)` to `(N, out_features)`."""
        y: Tensor = _Product.apply(x, self.weight)  # type: ignore[no-untyped-call]
        return y if self.bias is None else y + self.bias


def use_onednn(*modules: nn.Module) -> None:
    """Changes the class of every wide linear layer inside, where PyTorch has oneDNN; their weights stay."""
    if not torch.backends.mkldnn.is_available():
        return
    for layer in itertools.chain.from_iterable(module.modules() for module in modules):
        if type(layer) is nn.Linear and layer.weight.numel() >= LEAST_WEIGHTS:
            layer.__class__ = OneDnnLinear
