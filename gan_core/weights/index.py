"""The index of the weights folder, generated from the cards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gan_core import weights
from gan_core.metrics import Metric
from gan_core.runs.files import write_atomically
from gan_core.weights.card import SUFFIX, Card, card_path, read_card

_HEAD = """# Weights

Trained networks that come with the lab. `python -m gan_core.weights` generates this page from the cards.

Each `.safetensors` file holds tensors only; the `.json` card beside it says how it was made and how good it
is. `python -m gan_core sample NAME --n 64 --out samples.png` draws from one, and
`python -m gan_core evaluate NAME` measures it again.

A Fréchet distance is on the scale of its own extractor, which its name carries: never compare it with one
from another. The floor is what as many real training images score: nothing can be much better.
"""


def read_cards(folder: Path | None = None) -> list[Card]:
    """The cards of all weights in a folder, by name.

    Args:
        folder: None: the lab's own weights.

    Raises:
        UserError: A card is missing or damaged.
    """
    return [read_card(card_path(path)) for path in sorted((folder or weights.WEIGHTS_DIR).glob(f"*{SUFFIX}"))]


def write_index(folder: Path | None = None) -> Path:
    """Writes README.md for the folder's weights and returns its path.

    Raises:
        UserError: A card is missing or damaged.
    """
    folder = folder or weights.WEIGHTS_DIR
    path = folder / "README.md"
    write_atomically(path, render_index(read_cards(folder)).encode())
    return path


def render_index(cards: Sequence[Card]) -> str:
    """The index as Markdown: a table of all weights, then a section for each."""
    if not cards:
        return f"{_HEAD}\nThere are none yet.\n"
    table = [
        "| name | what | parameters | size | trained | first metric |",
        "|---|---|---|---|---|---|",
        *(_row(card) for card in cards),
    ]
    return "\n".join([_HEAD, *table, "", *(_section(card) for card in cards)])


def _row(card: Card) -> str:
    metric = _value(card.metrics[0]) if card.metrics else "not measured"
    return (
        f"| [{card.name}](#{card.name}) | {card.title} | {card.parameters:,} | {card.bytes / 1e6:.1f} MB "
        f"| {_duration(card.seconds)} | {metric} |"
    )


def _section(card: Card) -> str:
    lines = [
        f"## {card.name}",
        "",
        f"{card.title}, {'×'.join(map(str, card.data.shape))}; networks: {', '.join(card.modules)}. "
        f"{card.steps:,} steps, {card.images_seen:,} examples seen, {_duration(card.seconds)} on "
        f"{card.device} ({card.hardware}), {card.created}. Licence: {card.licence}.",
        "",
        f"    {card.command}",
        "",
    ]
    if card.storage == "int8":
        lines += ["Stored in eight bits a number, and measured as stored.", ""]
    if card.notes:
        lines += [card.notes, ""]
    if card.metrics:
        lines += ["| metric | value | floor | samples |", "|---|---|---|---|"]
        lines += [
            f"| {m.title} (`{m.name}`) | {m.value:.4g} | {_floor(m)} | {m.count:,} |" for m in card.metrics
        ]
        lines.append("")
    versions = ", ".join(f"{name} {version}" for name, version in card.versions.items())
    return "\n".join([*lines, f"Made with {versions}. SHA-256 `{card.sha256}`.", ""])


def _value(metric: Metric) -> str:
    ratio = "" if metric.floor is None else f" (floor {metric.floor:.4g})"
    return f"{metric.title} {metric.value:.4g}{ratio}"


def _floor(metric: Metric) -> str:
    return "" if metric.floor is None else f"{metric.floor:.4g}"


def _duration(seconds: float) -> str:
    """Minutes, or seconds below two minutes."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
