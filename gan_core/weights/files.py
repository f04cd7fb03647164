"""Saving and loading one weights file with its card; nothing is ever unpickled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from gan_core.building import build_family
from gan_core.family import Family
from gan_core.runs.files import write_atomically
from gan_core.settings import RunConfig, UserError
from gan_core.weights.card import SUFFIX, Card, card_json, card_path, read_card, without_folders
from gan_core.weights.rounding import restored, rounded


class LoadedModel(NamedTuple):
    """Trained networks, in evaluation mode, frozen, on the CPU, and the card that describes them."""

    family: Family
    card: Card


def save(path: Path, family: Family, card: Card, modules: Sequence[str] | None = None) -> Card:
    """Writes the networks' present weights to `path` and the completed card beside it, each in one move.

    Args:
        path: File to write or replace; ends in ".safetensors".
        family: Its weights are written as they are: averaged ones inside `Trainer.sampling()`.
        card: Its list of modules, parameter count, size and SHA-256 are filled in; it says how to store.
        modules: Names of the networks to write; None: all of them. Those that generate must be among them.

    Returns:
        The card as written.

    Raises:
        UserError: A wrong file ending, an unknown network or one missing that generating needs, or a file
            that cannot be written.
    """
    if path.suffix != SUFFIX:
        raise UserError(f"a weights file must end in {SUFFIX}, got '{path.name}'")
    chosen = _chosen_modules(family, modules)
    tensors = _tensors(family, chosen)
    content = safetensors.torch.save(rounded(tensors) if card.storage == "int8" else tensors)
    networks = family.modules()
    card = without_folders(card).changed(
        modules=chosen,
        parameters=sum(p.numel() for name in chosen for p in networks[name].parameters()),
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    try:
        write_atomically(path, content)
        write_atomically(card_path(path), card_json(card))
    except OSError as error:
        raise UserError(
            f"cannot write '{path.name}': {error.strerror}; free some space or choose another place"
        ) from None
    return card


def load_file(path: Path) -> LoadedModel:
    """Loads a weights file after checking it against its card.

    Raises:
        UserError: The file or the card is missing, damaged or cut short, or they do not belong together.
    """
    card = read_card(card_path(path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read '{path.name}': {error.strerror}") from None
    if len(content) != card.bytes:
        raise UserError(
            f"'{path.name}' has {len(content):,} bytes but its card says {card.bytes:,}; "
            "the file is cut short or not the card's own: copy both again"
        )
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise UserError(f"'{path.name}' is damaged: its SHA-256 is not the one on its card; copy both again")
    try:
        tensors = safetensors.torch.load(content)
    except SafetensorError:
        raise UserError(f"'{path.name}' is no safetensors file; only such files are read") from None
    if card.storage == "int8":
        tensors = restored(tensors)
    return LoadedModel(_trained_family(card, tensors, path.name), card)


def _trained_family(card: Card, tensors: Mapping[str, Tensor], file: str) -> Family:
    """The card's family with the file's weights; without its discriminator it cannot score."""
    config = RunConfig(
        family=card.family, dataset=card.dataset, settings=card.settings, training=card.training
    )
    try:
        family = build_family(config, card.data.spec)
        _chosen_modules(family, card.modules)
    except UserError as error:
        raise UserError(f"the card of '{file}' does not fit this version: {error}") from None
    fill(family, card.modules, tensors, file)
    if set(card.modules) != set(family.modules()):
        family.can_score = False
    return freeze(family)


def fill(family: Family, modules: Sequence[str], tensors: Mapping[str, Tensor], source: str) -> None:
    """Copies tensors named "<module>.<tensor>" into the family's networks, if they fit exactly.

    Raises:
        UserError: A tensor is missing, left over, or of another shape or type.
    """
    wanted = _tensors(family, modules)
    for name in sorted(set(wanted) ^ set(tensors)):
        problem = "lacks" if name in wanted else "has an unknown"
        raise UserError(f"'{source}' does not fit family '{family.name}': it {problem} tensor '{name}'")
    for name, tensor in wanted.items():
        given = tensors[name]
        if given.shape != tensor.shape or given.dtype != tensor.dtype:
            raise UserError(
                f"'{source}' does not fit family '{family.name}': tensor '{name}' must be "
                f"{_about(tensor)}, got {_about(given)}"
            )
    for name in modules:
        prefix = f"{name}."
        state = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        family.modules()[name].load_state_dict(state)


def round_as_stored(family: Family) -> None:
    """Gives the networks the weights they will have when they are loaded from eight bits again."""
    names = tuple(family.modules())
    fill(family, names, restored(rounded(_tensors(family, names))), "its own weights")


def freeze(family: Family) -> Family:
    """Puts the networks in evaluation mode and takes their gradients away."""
    for module in family.modules().values():
        module.eval().requires_grad_(False)
    return family


def _chosen_modules(family: Family, modules: Sequence[str] | None) -> tuple[str, ...]:
    """The networks to store, in the family's order."""
    known = tuple(family.modules())
    chosen = known if modules is None else tuple(name for name in known if name in modules)
    if unknown := sorted(set(modules or ()) - set(known)):
        raise UserError(f"family '{family.name}' has no network '{unknown[0]}'; it has {', '.join(known)}")
    if missing := [name for name in family.sampling_modules if name not in chosen]:
        raise UserError(f"family '{family.name}' cannot do without '{missing[0]}'; store it too")
    return chosen


def _tensors(family: Family, modules: Sequence[str]) -> dict[str, Tensor]:
    """All weights and buffers by "<module>.<tensor>", on the CPU and row-major as safetensors wants them."""
    networks = family.modules()
    return {
        f"{name}.{key}": value.detach().cpu().contiguous()
        for name in modules
        for key, value in networks[name].state_dict().items()
    }


def _about(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"
