"""Small sweeps: every combination of a few values of one or two settings, as runs of one seed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gan_core.kitchen.dials import changed
from gan_core.kitchen.twins import twin
from gan_core.settings import RunConfig, UserError

MAX_RUNS = 12
MAX_WAITING = 24  # runs in the queue, with those of the sweep


@dataclass(frozen=True)
class Axis:
    """A setting that is varied, and its values in order."""

    setting: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Cell:
    """One run of a sweep: the values it differs in, by setting, and its config."""

    values: dict[str, Any]
    config: RunConfig


def plan(base: RunConfig, axes: Sequence[Axis], *, waiting: int = 0) -> list[Cell]:
    """The runs of a sweep, row by row: the first axis down, the second across.

    All start from the same weights and see the same batches, as far as a setting leaves them alike.

    Args:
        base: What all have in common; resolved.
        axes: One or two settings with their values; a value that is given twice counts once.
        waiting: Runs that are in the queue already.

    Raises:
        UserError: There are too many runs for a class to wait for, no values, one setting twice, or a value
            a setting does not allow.
    """
    values = [tuple(dict.fromkeys(axis.values)) for axis in axes]
    names = [axis.setting for axis in axes]
    if not 1 <= len(axes) <= 2 or len(set(names)) < len(names) or not all(values):
        raise UserError("a sweep varies one or two different settings, each with at least one value")
    count = len(values[0]) * (len(values[1]) if len(values) > 1 else 1)
    if count > MAX_RUNS:
        shape = " x ".join(str(len(each)) for each in values)
        raise UserError(f"a sweep has at most {MAX_RUNS} runs, and {shape} makes {count}; take fewer values")
    if waiting + count > MAX_WAITING:
        raise UserError(
            f"the queue has room for {MAX_WAITING} runs and {waiting} wait already, so {count} more do not "
            "fit; let some finish or stop them"
        )
    first = changed(base, dict(zip(names, (each[0] for each in values), strict=True)))
    cells: list[Cell] = []
    for combination in itertools.product(*values):
        own = dict(zip(names, combination, strict=True))
        cells.append(Cell(own, twin(first, changed(first, own)) if cells else first))
    return cells


def axes_of(configs: Sequence[RunConfig]) -> list[str]:
    """The settings in which runs of one sweep differ, those that change more rarely from run to run first.

    Args:
        configs: Resolved, of one family, in the order of `plan`.
    """
    facts = [dict(config.settings) | config.training.model_dump(mode="json") for config in configs]
    names = [name for name in facts[0] if len({repr(each.get(name)) for each in facts}) > 1]

    def turns(name: str) -> int:
        return sum(a.get(name) != b.get(name) for a, b in itertools.pairwise(facts))

    return sorted(names, key=turns)


def parse_values(text: str) -> tuple[Any, ...]:
    """Values from "0.001, 0.01" as they are typed; a word stays a word.

    Raises:
        UserError: Nothing is given.
    """
    words = [word.strip() for word in text.replace(";", ",").split(",") if word.strip()]
    if not words:
        raise UserError("a sweep needs at least one value for each setting, such as 0.001, 0.01")
    return tuple(_value(word) for word in words)


def _value(word: str) -> Any:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return {"on": True, "off": False}.get(word.lower(), word.lower().replace(" ", "_").replace("-", "_"))
