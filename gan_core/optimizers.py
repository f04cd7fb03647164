"""From a phase's optimiser settings to torch's optimisers, and their state in checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from gan_core.phases import OptimizerSpec


def rates_of(spec: OptimizerSpec) -> dict[str, Any]:
    """Learning rate and momentum as the optimiser's own arguments."""
    if spec.kind == "adam":
        return {"lr": spec.lr, "betas": spec.betas}
    return {"lr": spec.lr, "momentum": spec.betas[0]}


def build_optimizer(spec: OptimizerSpec, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """The optimiser of one phase's parameters; Adam in its fused form where there is one."""
    rates = rates_of(spec)
    if spec.kind == "adam":
        return torch.optim.Adam(parameters, fused=parameters[0].device.type in ("cpu", "cuda"), **rates)
    if spec.kind == "sgd":
        return torch.optim.SGD(parameters, **rates)
    return torch.optim.RMSprop(parameters, **rates)


def state_of(optimizer: torch.optim.Optimizer) -> dict[str, dict[str, Any]]:
    """Per-parameter state keyed by the parameter's position; rates are the phases' business."""
    return {str(index): dict(entry) for index, entry in optimizer.state_dict()["state"].items()}


def load_state(optimizer: torch.optim.Optimizer, state: Mapping[str, Mapping[str, Any]]) -> None:
    """Copies moments into each parameter's own memory layout: fused Adam reads them as raw memory."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for index, entry in state.items():
        parameter = parameters[int(index)]
        optimizer.state[parameter] = {key: _like(parameter, value) for key, value in entry.items()}


def _like(parameter: Tensor, value: Any) -> Any:
    if not isinstance(value, Tensor):
        return value
    if value.shape != parameter.shape:  # Adam's step counter
        return value.detach().clone().to(parameter.device if parameter.device.type == "cuda" else "cpu")
    return torch.empty_like(parameter).copy_(value)
