"""A running average of weights: what samples are drawn from while the weights themselves learn."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class AveragedWeights:
    """Averaged copies of some of a family's networks.

    Args:
        modules: The networks that learn, by name, on their device.
        names: Which of them to average; none: nothing is averaged.
        decay: Share of the average that a step keeps, 0 to 1.

    Attributes:
        copies: The averaged networks by name.
    """

    def __init__(self, modules: Mapping[str, nn.Module], names: Sequence[str], decay: float) -> None:
        self.copies = {name: copy.deepcopy(modules[name]) for name in names}
        self._sources = {name: modules[name] for name in names}
        self._decay = decay
        pairs = [
            pair
            for name in names
            for pair in zip(_tensors(self.copies[name]), _tensors(modules[name]), strict=True)
        ]
        self._averages = [average for average, _ in pairs if average.is_floating_point()]
        self._averaged = [weight for _, weight in pairs if weight.is_floating_point()]
        self._counters = [pair for pair in pairs if not pair[0].is_floating_point()]  # of batch norm

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Moves the copies towards the weights after `step` steps; the decay ramps up from a quick start."""
        if not self.copies:
            return
        torch._foreach_lerp_(self._averages, self._averaged, 1.0 - decay_at(step, self._decay))
        for target, source in self._counters:
            target.copy_(source)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The networks that learn hold the averaged values meanwhile; nothing is copied."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, module in self._sources.items():
            for a, b in zip(_tensors(module), _tensors(self.copies[name]), strict=True):
                a.data, b.data = b.data, a.data

    def state_dict(self) -> dict[str, dict[str, Any]]:
        """The averaged values by network."""
        return {name: dict(module.state_dict()) for name, module in self.copies.items()}

    def load_state_dict(self, state: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
        """Takes over averaged values.

        Args:
            state: What `state_dict` gave; a run without averaging has none for a network.
            weights: The networks' own values, where its average begins then.
        """
        for name, module in self.copies.items():
            module.load_state_dict(state.get(name, weights[name]))


def decay_at(step: int, decay: float) -> float:
    """Share of an average that is kept after `step` steps: it ramps up to `decay` from a quick start."""
    return min(decay, (1 + step) / (10 + step))


class Keepsake(nn.Module):
    """A running average of a network's weights that trains nothing: its values are buffers.

    It goes into checkpoints and weights files like any network, and stays as it is when it no longer follows.

    Args:
        network: What it starts as a copy of.
        decay: Share of the average that a step keeps, 0 to 1.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        super().__init__()
        self.network = copy.deepcopy(network)
        self._decay = decay
        for layer in self.network.modules():
            for name, weight in list(layer.named_parameters(recurse=False)):
                delattr(layer, name)
                layer.register_buffer(name, weight.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        """What the averaged network makes of x, in evaluation mode whatever the mode of this module."""
        mode = self.network.training
        made: Tensor = self.network.eval()(x)
        self.network.train(mode)
        return made

    @torch.no_grad()
    def follow(self, network: nn.Module, step: int) -> None:
        """Moves the average towards the weights of `network` after `step` steps."""
        weights = network.state_dict()
        for name, kept in self.network.state_dict().items():
            weight = weights[name]
            if kept.is_floating_point():
                kept.lerp_(weight, 1.0 - decay_at(step, self._decay))
            else:
                kept.copy_(weight)


def _tensors(module: nn.Module) -> list[Tensor]:
    """Parameters and buffers: the same objects as long as the module lives, whatever is loaded into them."""
    return [*module.parameters(), *module.buffers()]
