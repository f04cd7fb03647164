"""Widgets from settings classes: a new setting or family needs no change here or in a page."""

from __future__ import annotations

import math
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from gan_core.settings import Settings, TrainingSettings, is_advanced, is_live
from pages.components import text

LIVE_ICON = ":material/bolt:"
_SMALLEST_POWER = -6  # a scale of learning rates starts at 1e-6


@dataclass(frozen=True)
class Bounds:
    """Allowed values of a number; None: unbounded. A bound that is itself not allowed is `open`."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False


def bounds(field: FieldInfo) -> Bounds:
    """The bounds a settings field was declared with."""
    found = {
        name: getattr(part, name)
        for part in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(part, name)
    }
    return Bounds(
        low=found.get("ge", found.get("gt")),
        high=found.get("le", found.get("lt")),
        low_open="gt" in found,
        high_open="lt" in found,
    )


def label(cls: type[Settings], name: str) -> str:
    """The widget's label: the field's title or its name in words."""
    title = cls.model_fields[name].title or text.title(name)
    return title[:1].upper() + title[1:]


def in_words(problem: str) -> str:
    """An error's text with labels instead of the names of settings: "“D updates per G update” must be 1"."""
    from gan_core.families import FAMILIES

    classes: list[type[Settings]] = [TrainingSettings, *(family.Settings for family in FAMILIES.values())]
    names = {
        name: f"“{label(cls, name)}”"
        for cls in classes
        for name in cls.model_fields
        if "_" in name  # a name without one is an English word anyway
    }
    return re.sub(r"[a-z]\w*_\w+", lambda found: names.get(found[0], found[0]), problem)


def basic(cls: type[Settings]) -> list[str]:
    """Names of the settings that are always in sight."""
    return [name for name in cls.model_fields if not is_advanced(cls, name)]


def advanced(cls: type[Settings]) -> list[str]:
    """Names of the settings behind the expander."""
    return [name for name in cls.model_fields if is_advanced(cls, name)]


def unwrapped(annotation: Any) -> tuple[Any, bool]:
    """A type without its None, and whether it had one."""
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not types.NoneType]
        return (rest[0] if len(rest) == 1 else annotation), len(rest) < len(get_args(annotation))
    return annotation, False


def widget(
    cls: type[Settings],
    name: str,
    value: Any,
    *,
    key: str,
    disabled: bool = False,
    on_change: Callable[[], None] | None = None,
) -> Any:
    """Draws one setting and returns its value.

    Args:
        cls: Settings class the field belongs to.
        name: The field.
        value: Value shown first; later the session's own value of `key` counts.
        key: Identity of the widget.
        disabled: Greyed: its value is shown and cannot change now.
        on_change: Called when the viewer changes it.
    """
    field = cls.model_fields[name]
    kind, optional = unwrapped(field.annotation)
    mark = f" {LIVE_ICON}" if is_live(cls, name) else ""
    common: dict[str, Any] = {
        "key": key,
        "disabled": disabled,
        "on_change": on_change,
        "help": field.description,
    }
    title = label(cls, name) + mark
    if get_origin(kind) is Literal:
        return _choice(title, list(get_args(kind)), value, optional, common)
    if kind is bool and optional:
        return _choice(title, [True, False], value, optional, common)
    if kind is bool:
        return st.toggle(title, **_first(common, value))
    if kind is int:
        return _whole_number(title, bounds(field), value, optional, common)
    if kind is float and not optional and has_log_scale(field):
        return _rate(title, bounds(field), value, common)
    if kind is float:
        return _number(title, bounds(field), value, optional, common)
    raise TypeError(f"no widget for setting '{name}' of type {field.annotation}")


def _first(common: Mapping[str, Any], value: Any, name: str = "value") -> dict[str, Any]:
    """Arguments with the first value, which must stay the same for as long as the widget lives."""
    return {**common, name: st.session_state.setdefault(f"{common['key']}:first", value)}


def _choice(title: str, options: list[Any], value: Any, optional: bool, common: Mapping[str, Any]) -> Any:
    options = [None, *options] if optional else options
    chosen = _first(common, options.index(value) if value in options else 0, "index")
    return st.selectbox(title, options, format_func=choice_title, **chosen)


def choice_title(option: Any) -> str:
    """How one of several options is called."""
    return {None: "Automatic", True: "On", False: "Off"}.get(option) or text.title(str(option))


def _whole_number(
    title: str, limits: Bounds, value: Any, optional: bool, common: Mapping[str, Any]
) -> int | None:
    return st.number_input(  # type: ignore[no-any-return]  # its type is hidden by the keyword arguments
        title,
        min_value=None if limits.low is None else int(limits.low),
        max_value=None if limits.high is None else int(limits.high),
        step=whole_step(value),
        placeholder="automatic" if optional else None,
        **_first(common, value),
    )


def whole_step(value: int | None) -> int:
    """How far one click on + goes: 1 for small numbers, about a tenth for large ones."""
    return 1 if not value or value < 100 else int(10 ** (math.floor(math.log10(value)) - 1))


def has_log_scale(field: FieldInfo) -> bool:
    """Whether a positive number is chosen by its order of magnitude, as a learning rate is."""
    limits = bounds(field)
    small = isinstance(field.default, float) and 0 < field.default <= 0.05
    return limits.low == 0 and limits.low_open and limits.high is not None and small


def rate_options(limits: Bounds, value: float) -> list[float]:
    """1, 2, 5 times each power of ten within the bounds, and `value` itself."""
    high = limits.high if limits.high is not None else 1.0
    powers = range(_SMALLEST_POWER, math.ceil(math.log10(high)) + 1)
    series = {float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)}
    return sorted({number for number in series if number <= high} | {value})


def _rate(title: str, limits: Bounds, value: float, common: Mapping[str, Any]) -> float:
    current = float(st.session_state.get(common["key"], value))
    options = rate_options(limits, current)
    return float(st.select_slider(title, options, format_func=text.short_number, **_first(common, value)))


def _number(
    title: str, limits: Bounds, value: Any, optional: bool, common: Mapping[str, Any]
) -> float | None:
    step = number_step(limits, value)
    low = None if limits.low is None else limits.low + (step / 10 if limits.low_open else 0)
    high = None if limits.high is None else limits.high - (1e-6 if limits.high_open else 0)
    return st.number_input(  # type: ignore[no-any-return]  # as above
        title,
        min_value=None if low is None else float(low),
        max_value=None if high is None else float(high),
        step=step,
        format="%g",
        placeholder="none" if optional else None,
        **_first(common, value),
    )


def number_step(limits: Bounds, value: float | None) -> float:
    """How far one click on + goes: finely close to 1, where a decay lives."""
    if limits.high is not None and limits.high <= 1:
        return 0.001 if value is not None and value > 0.95 and limits.high_open else 0.05
    return 0.1 if value is not None and 0 < value < 1 else 1.0
