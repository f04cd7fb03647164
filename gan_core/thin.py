"""Strided convolutions between a picture and many channels, fast on CPUs.

Libraries are built for layers with many channels on both sides. A picture has one or three, and on such a
layer the transposed convolution, which is also the gradient with respect to the picture, takes them several
times as long as one matrix product and a few shifted additions.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

KERNEL, STRIDE, PADDING = 4, 2, 1
MOST_CHANNELS = 4  # of the picture; wider layers are the library's home ground


class ThinConv2d(nn.Conv2d):
    """4x4 convolution of stride 2 from a picture `(N, K, 2a, 2b)` to maps `(N, C, a, b)`.

    Args:
        channels: K, of the picture.
        out_channels: C, of the maps.
    """

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__(channels, out_channels, KERNEL, STRIDE, PADDING)

    def forward(self, x: Tensor) -> Tensor:
        """Equals `nn.Conv2d`."""
        if not _pays(x, self.in_channels):
            return super().forward(x)
        assert self.bias is not None
        x, weight, bias = _autocast(x, self.weight, self.bias)
        maps: Tensor = _Gather.apply(x, weight, bias)  # type: ignore[no-untyped-call]
        return maps


class ThinConvTranspose2d(nn.ConvTranspose2d):
    """4x4 transposed convolution of stride 2 from maps `(N, C, a, b)` to a picture `(N, K, 2a, 2b)`.

    Args:
        in_channels: C, of the maps.
        channels: K, of the picture.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(in_channels, channels, KERNEL, STRIDE, PADDING)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Equals `nn.ConvTranspose2d`."""
        if output_size is not None or not _pays(x, self.out_channels):
            return super().forward(x, output_size)
        assert self.bias is not None
        x, weight, bias = _autocast(x, self.weight, self.bias)
        picture: Tensor = _Spread.apply(x, weight)  # type: ignore[no-untyped-call]
        return picture + bias.view(1, -1, 1, 1)


def _pays(x: Tensor, channels: int) -> bool:
    return x.device.type == "cpu" and channels <= MOST_CHANNELS


def _autocast(*tensors: Tensor) -> tuple[Tensor, ...]:
    """What autocast does for the inputs of a convolution."""
    if not torch.is_autocast_enabled("cpu"):
        return tensors
    return tuple(tensor.to(torch.get_autocast_dtype("cpu")) for tensor in tensors)


class _Gather(torch.autograd.Function):
    """Picture to maps. The backward pass consists of differentiable steps, so that it can be penalised."""

    @staticmethod
    def forward(ctx: Any, picture: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(picture, weight)
        return F.conv2d(picture, weight, bias, STRIDE, PADDING)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:
        (maps,) = gradients
        picture, weight = ctx.saved_tensors
        to_picture, to_weight, to_bias = ctx.needs_input_grad
        return (
            _Spread.apply(maps, weight) if to_picture else None,  # type: ignore[no-untyped-call]
            _weight_gradient(maps, picture, weight) if to_weight else None,
            maps.sum((0, 2, 3)) if to_bias else None,
        )


class _Spread(torch.autograd.Function):
    """Maps to picture: the adjoint of `_Gather` without its bias."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(maps, weight)
        return _spread(maps, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:
        (picture,) = gradients
        maps, weight = ctx.saved_tensors
        to_maps, to_weight = ctx.needs_input_grad
        return (
            F.conv2d(picture, weight, None, STRIDE, PADDING) if to_maps else None,
            _weight_gradient(maps, picture, weight) if to_weight else None,
        )


def _weight_gradient(maps: Tensor, picture: Tensor, weight: Tensor) -> Tensor:
    """Gradient of `(conv2d(picture, weight) * maps).sum()` with respect to the weight."""
    sides = [STRIDE] * 2, [PADDING] * 2, [1] * 2
    _, gradient, _ = torch.ops.aten.convolution_backward(
        maps, picture, weight, None, *sides, False, [0] * 2, 1, [False, True, False]
    )
    result: Tensor = gradient
    return result


def _spread(maps: Tensor, weight: Tensor) -> Tensor:
    """`conv_transpose2d(maps, weight, stride=2, padding=1)` for a 4x4 kernel.

    With padding, row `2 i + 2 p + r` of the picture gets row i of the maps times row `2 p + r` of the kernel,
    p and r in {0, 1}, and the same holds for columns: the products of the four pairs (p, q) are four pictures
    made of 2x2 blocks, shifted against each other by whole blocks.
    """
    n, c, a, b = maps.shape
    k = weight.shape[1]
    products = weight.reshape(c, -1).t() @ maps.permute(0, 2, 3, 1).reshape(-1, c).t()
    products = products.view(k, 2, 2, 2, 2, n, a, b)  # channel, p, r, q, s, example, row, column
    blocks = F.pad(products[:, 0, :, 0], (0, 1, 0, 1))
    for p, q in ((0, 1), (1, 0), (1, 1)):
        blocks += F.pad(products[:, p, :, q], (q, 1 - q, p, 1 - p))
    picture = blocks.permute(3, 0, 4, 1, 5, 2).reshape(n, k, 2 * a + 2, 2 * b + 2)
    return picture[:, :, 1:-1, 1:-1]
