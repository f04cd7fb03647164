"""Gradients of dense networks written out by hand, with the very kernels autograd would call.

Autograd spends more time on its graph than these small matrices cost. A test holds every formula against it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_core.losses import LOSSES

Derivative = Callable[[Tensor], Tensor]  # of a loss, summed over examples, by each logit


class _Activation(NamedTuple):
    """An activation h = f(a), all its derivatives told by h; a and g are overwritten."""

    forward: Callable[[Tensor], Tensor]
    backward: Callable[[Tensor, Tensor], Tensor]  # (g, h) -> f'(a) g
    curvature: Callable[[Tensor, Tensor, Tensor], Tensor] | None  # (u, d, h) -> f''(a)/f'(a) u d; None: 0


def _activation(module: nn.Module) -> _Activation | None:
    """The formulas of an activation; None: there are none here."""
    aten = torch.ops.aten
    if isinstance(module, nn.LeakyReLU):
        slope = module.negative_slope
        leaky, leaky_back = aten.leaky_relu_.default, aten.leaky_relu_backward.grad_input
        return _Activation(
            lambda a: leaky(a, slope), lambda g, h: leaky_back(g, h, slope, True, grad_input=g), None
        )
    if isinstance(module, nn.ReLU):
        cut = aten.threshold_backward.grad_input
        return _Activation(torch.relu_, lambda g, h: cut(g, h, 0, grad_input=g), None)
    if isinstance(module, nn.Tanh):
        tanh_back = aten.tanh_backward.grad_input
        return _Activation(
            torch.tanh_, lambda g, h: tanh_back(g, h, grad_input=g), lambda u, d, h: -2 * h * u * d
        )
    if isinstance(module, nn.ELU):
        alpha, elu, elu_back = module.alpha, aten.elu_.default, aten.elu_backward.grad_input
        return _Activation(
            lambda a: elu(a, alpha),
            lambda g, h: elu_back(g, alpha, 1, 1, True, h, grad_input=g),
            lambda u, d, h: u * d * (h < 0),  # f'' = f' where the curve bends
        )
    return None


class Pass(NamedTuple):
    """A network's values for a batch: input, then the output of each hidden layer, then the last layer's."""

    hidden: list[Tensor]
    output: Tensor

    def rows(self, part: slice) -> Pass:
        """Those of some examples."""
        return Pass([h[part] for h in self.hidden], self.output[part])


class DenseNetwork:
    """A chain of linear layers with one activation, on the weights of torch's own modules.

    Use it through `of`.
    """

    def __init__(self, layers: list[nn.Linear], activation: _Activation | None) -> None:
        self._layers, self._activation = layers, activation
        self._transposed = [layer.weight.detach().T for layer in layers]  # views: they follow the weights
        self._biases = [layer.bias.detach() for layer in layers]
        self._weights = [layer.weight.detach() for layer in layers]

    @classmethod
    def of(cls, module: nn.Module, ignored: tuple[type[nn.Module], ...] = ()) -> DenseNetwork | None:
        """The network of a module; None if it is anything but linear layers and one kind of activation.

        Args:
            module: Weights; in and out vectors.
            ignored: Layers that only shape the output.
        """
        parts = [m for m in module.modules() if not isinstance(m, (nn.Sequential, *ignored))]
        linear, between = parts[::2], parts[1::2]
        if not all(type(m) is nn.Linear and not hasattr(m, "parametrizations") for m in linear):
            return None
        if len({type(m) for m in between}) > 1 or len(linear) != len(between) + 1:
            return None
        activation = _activation(between[0]) if between else None
        if between and activation is None:
            return None
        return cls([m for m in linear if isinstance(m, nn.Linear)], activation)

    def forward(self, x: Tensor) -> Pass:
        """Values for examples `(N, d)`; the output is `(N, k)`."""
        hidden = [x]
        for weight, bias in zip(self._transposed[:-1], self._biases[:-1], strict=True):
            assert self._activation is not None
            hidden.append(self._activation.forward(torch.addmm(bias, hidden[-1], weight)))
        return Pass(hidden, torch.addmm(self._biases[-1], hidden[-1], self._transposed[-1]))

    def to_input(self, values: Pass, slope: Tensor) -> Tensor:
        """The loss's derivative by each input `(N, d)`, from that by each output `(N, k)`."""
        return self._slopes(values, slope)[0]

    def train_on(self, values: Pass, slope: Tensor, pushed: Penalty | None = None) -> None:
        """Writes every weight's gradient into its `grad`, which is there already.

        Args:
            values: Of `forward`.
            slope: The loss's derivative by each output `(N, k)`.
            pushed: A penalty on the output's gradient in x, added to the loss.
        """
        for index in range(len(self._layers) - 1, -1, -1):
            layer, below = self._layers[index], values.hidden[index]
            assert layer.weight.grad is not None
            assert layer.bias.grad is not None
            torch.mm(slope.T, below, out=layer.weight.grad)
            torch.sum(slope, 0, out=layer.bias.grad)
            if pushed is not None:
                layer.weight.grad.addmm_(pushed.slopes[index + 1].T, pushed.tangents[index])
            if index:
                assert self._activation is not None
                slope = self._activation.backward(slope @ self._weights[index], below)
                bend = None if pushed is None else pushed.bends[index]
                if bend is not None:
                    slope = slope + bend

    def penalty(self, values: Pass, weigh: Callable[[Tensor], Tensor]) -> Penalty:
        """A penalty that depends on g, the output's gradient in x, alone.

        With v the penalty's derivative by g, held fixed, the penalty's gradient is that of v . g, which is
        the output's derivative along v: one pass of tangents forward, one of slopes back.

        Args:
            values: Of `forward`, with outputs `(N, 1)`.
            weigh: From g `(N, d)` to v `(N, d)`.
        """
        slopes = self._slopes(values, torch.ones_like(values.output))
        tangents = [weigh(slopes[0])]
        bends: list[Tensor | None] = [None]
        for index, weight in enumerate(self._transposed[:-1], start=1):
            assert self._activation is not None
            push, hidden = tangents[-1] @ weight, values.hidden[index]
            bend = self._activation.curvature
            bends.append(None if bend is None else bend(push, slopes[index], hidden))
            tangents.append(self._activation.backward(push, hidden))
        return Penalty(slopes, tangents, bends)

    def _slopes(self, values: Pass, slope: Tensor) -> list[Tensor]:
        """Derivatives by the input, then by each layer's value before its activation."""
        slopes = [slope]
        for index in range(len(self._layers) - 1, -1, -1):
            slope = slope @ self._weights[index]
            if index:
                assert self._activation is not None
                slope = self._activation.backward(slope, values.hidden[index])
            slopes.append(slope)
        return slopes[::-1]


class Penalty(NamedTuple):
    """What `DenseNetwork.penalty` found, layer by layer."""

    slopes: list[Tensor]
    tangents: list[Tensor]
    bends: list[Tensor | None]


class LossSlopes(NamedTuple):
    """Derivatives of a GAN objective by each logit, before the mean over the batch.

    See `gan_core.losses.LOSSES`; `real` takes the target of real examples.
    """

    real: Callable[[Tensor, float], Tensor]
    fake: Derivative
    generator: Derivative

    def of_discriminator(
        self, real: Tensor, fake: Tensor, target: float, relativistic: bool
    ) -> tuple[Tensor, Tensor]:
        """D's derivatives by the logits of real and of generated examples."""
        if relativistic:
            slope = self.real(real - fake, target)
            return slope, -slope
        return self.real(real, target), self.fake(fake)

    def of_generator(self, fake: Tensor, real: Tensor | None, saturating: bool) -> Tensor:
        """G's derivatives by the logits of generated examples; with `real`, of pairs."""
        if real is None:
            return self.generator(fake)
        return self.real(real - fake, 1.0) if saturating else self.real(fake - real, 1.0)


def _one(logits: Tensor) -> Tensor:
    return torch.ones_like(logits)


SLOPES: dict[str, LossSlopes] = {
    "non_saturating": LossSlopes(lambda s, t: s.sigmoid() - t, torch.sigmoid, lambda s: s.sigmoid() - 1),
    "minimax": LossSlopes(lambda s, t: s.sigmoid() - t, torch.sigmoid, lambda s: -s.sigmoid()),
    "least_squares": LossSlopes(lambda s, t: s - t, lambda s: s, lambda s: s - 1),
    "hinge": LossSlopes(lambda s, t: -(s < 1).float(), lambda s: (s > -1).float(), lambda s: -_one(s)),
    "wasserstein": LossSlopes(lambda s, t: -_one(s), _one, lambda s: -_one(s)),
}
assert SLOPES.keys() == LOSSES.keys()
