"""Equal starts: networks that differ in a part begin with the same weights in all others."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize


def take_over(own: Mapping[str, nn.Module], other: Mapping[str, nn.Module]) -> None:
    """Copies initial weights between networks of the same names, layer by layer, where the shapes agree.

    Layers are paired in their order among those of their kind: linear and convolutional ones, and norms. A
    norm that one network lacks, or a layer with more inputs, leaves all the others equal.

    Args:
        own: Networks by name, which are changed.
        other: Networks of the same family with other settings.
    """
    for name, network in own.items():
        if name in other:
            _copy(network, other[name])


@torch.no_grad()
def _copy(network: nn.Module, other: nn.Module) -> None:
    for mine, theirs in zip(_layers(network, wide=True), _layers(other, wide=True), strict=False):
        _copy_layer(mine, theirs)
    norms, their_norms = _layers(network, wide=False), _layers(other, wide=False)
    if len(norms) == len(their_norms):
        for mine, theirs in zip(norms, their_norms, strict=True):
            _copy_layer(mine, theirs)


def _layers(network: nn.Module, *, wide: bool) -> list[dict[str, Tensor]]:
    """Weight and bias of every layer whose weight is a matrix or more (`wide`), or is a vector.

    A recurrent layer counts as several: it has a weight and a bias for its input and one for its memory.
    """
    found = []
    for layer in network.modules():
        for name, weight in _weights(layer).items():
            bias = layer._parameters.get(name.replace("weight", "bias", 1))
            if (weight.dim() > 1) == wide:
                found.append({"weight": weight.data} | ({} if bias is None else {"bias": bias.data}))
    return found


def _weights(layer: nn.Module) -> dict[str, Tensor]:
    """A layer's own weights by name, those that are divided by their spectral norm before use as they are."""
    found: dict[str, Tensor] = {
        name: p for name, p in layer._parameters.items() if name.startswith("weight") and p is not None
    }
    if parametrize.is_parametrized(layer):
        found |= {name: p.original for name, p in layer.parametrizations.items()}  # type: ignore[union-attr, operator]
    return found


def _copy_layer(mine: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> None:
    if mine["weight"].shape != theirs["weight"].shape:
        return
    for name in mine.keys() & theirs.keys():
        mine[name].copy_(theirs[name])
