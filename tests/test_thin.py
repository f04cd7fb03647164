"""The fast convolutions at the picture's side equal PyTorch's own, in values, gradients and penalties."""

import pytest
import torch
from torch import Tensor, nn

from gan_core import thin
from gan_core.thin import ThinConv2d, ThinConvTranspose2d

CASES = [(channels, size) for channels in (1, 3) for size in ((8, 8), (4, 10))]


def plain(layer: nn.Module) -> nn.Module:
    """PyTorch's layer with the same weights."""
    if isinstance(layer, ThinConv2d):
        twin: nn.Module = nn.Conv2d(layer.in_channels, layer.out_channels, 4, 2, 1)
    else:
        assert isinstance(layer, ThinConvTranspose2d)
        twin = nn.ConvTranspose2d(layer.in_channels, layer.out_channels, 4, 2, 1)
    twin.load_state_dict(layer.state_dict())
    return twin.to(next(layer.parameters()).dtype)


def layer_and_input(kind: type[nn.Module], channels: int, size: tuple[int, int]) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(channels)
    layer = kind(channels, 5) if kind is ThinConv2d else kind(5, channels)
    inputs = channels if kind is ThinConv2d else 5
    return layer.double(), torch.randn(3, inputs, *size, dtype=torch.double, requires_grad=True)


def everything(layer: nn.Module, x: Tensor) -> list[Tensor]:
    """Output, gradients of a loss, and gradients of a penalty on the gradient at the input."""
    y = layer(x)
    loss = (y**3).sum()
    (slope,) = torch.autograd.grad(loss, x, create_graph=True)
    penalty = slope.square().sum()
    of_penalty = torch.autograd.grad(penalty, (x, *layer.parameters()), retain_graph=True)
    return [y, slope, *torch.autograd.grad(loss, tuple(layer.parameters())), *of_penalty]


@pytest.mark.parametrize("kind", [ThinConv2d, ThinConvTranspose2d])
@pytest.mark.parametrize(("channels", "size"), CASES)
def test_values_gradients_and_penalties_equal_pytorchs(kind, channels, size):
    layer, x = layer_and_input(kind, channels, size)
    for ours, theirs in zip(everything(layer, x), everything(plain(layer), x), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("kind", [ThinConv2d, ThinConvTranspose2d])
def test_channels_last_memory_and_autocast_change_nothing_but_the_type(kind):
    layer, x = layer_and_input(kind, 3, (8, 8))
    layer, x = layer.float().to(memory_format=torch.channels_last), x.detach().float()
    x = x.contiguous(memory_format=torch.channels_last)
    twin = plain(layer)
    torch.testing.assert_close(layer(x), twin(x))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours, theirs = layer(x), twin(x)
    assert ours.dtype == theirs.dtype == torch.bfloat16
    torch.testing.assert_close(ours, theirs, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("kind", [ThinConv2d, ThinConvTranspose2d])
def test_many_channels_are_left_to_pytorch(kind, monkeypatch):
    monkeypatch.setattr(thin, "_spread", None)
    monkeypatch.setattr(thin, "_Gather", None)
    layer, x = layer_and_input(kind, thin.MOST_CHANNELS + 1, (8, 8))
    torch.testing.assert_close(layer(x), plain(layer)(x))


def test_gradients_nobody_asked_for_are_not_computed(monkeypatch):
    layer, x = layer_and_input(ThinConv2d, 1, (8, 8))
    monkeypatch.setattr(thin, "_weight_gradient", lambda *parts: pytest.fail("computed all the same"))
    layer.requires_grad_(False)
    layer(x).sum().backward()
    assert x.grad is not None
