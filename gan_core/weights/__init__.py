"""Trained networks as files: tensors in safetensors, everything about them in a JSON card beside.

Names that need torch are imported when they are first used, so that listing files stays instant.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gan_core.weights.card import Card, DataCard, card_path, command_of, read_card
    from gan_core.weights.files import LoadedModel, round_as_stored, save
    from gan_core.weights.index import read_cards, render_index, write_index
    from gan_core.weights.sources import load, resolve

__all__ = [
    "WEIGHTS_DIR",
    "Card",
    "DataCard",
    "LoadedModel",
    "card_path",
    "command_of",
    "load",
    "read_card",
    "read_cards",
    "render_index",
    "resolve",
    "round_as_stored",
    "save",
    "write_index",
]

WEIGHTS_DIR = Path(__file__).parents[2] / "weights"

_HOMES = {
    "Card": "card",
    "DataCard": "card",
    "LoadedModel": "files",
    "card_path": "card",
    "command_of": "card",
    "load": "sources",
    "read_card": "card",
    "read_cards": "index",
    "render_index": "index",
    "resolve": "sources",
    "round_as_stored": "files",
    "save": "files",
    "write_index": "index",
}

if not TYPE_CHECKING:  # a type checker sees the imports above and would accept any name because of this

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
