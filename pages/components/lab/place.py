"""What the lab's address says, and what a visitor has chosen since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.settings import UserError
from pages.components.lab.story import LAYERS, SPEEDS

if TYPE_CHECKING:
    from gan_core.lab.config import LabConfig

_DATA, _DRAWING, _START = "data", "drawing", "trained"
_OWN = ("seed", "batch_size")


@dataclass(frozen=True)
class Place:
    """Everything a link of the lab carries.

    Attributes:
        config: The game.
        layers: What is switched on.
        speed: A key of `SPEEDS`.
        slow: Whether slow motion is on.
        notice: What of the link was passed over, in one sentence; None: nothing.
    """

    config: LabConfig
    layers: tuple[str, ...]
    speed: str = ""
    slow: bool = False
    notice: str | None = None


def read(link: Mapping[str, str]) -> Place:
    """The place a link asks for; what is not valid is passed over, and said once.

    Args:
        link: Parameters of the page's address.
    """
    from gan_core.lab import strokes
    from gan_core.lab.config import POINT_SETS, LabConfig, lab_settings, starts

    odd: list[str] = []
    first = next((name for name in POINT_SETS if starts(name)), "two-gaussians")
    dataset = link.get(_DATA, first)
    if dataset not in POINT_SETS:
        odd.append("the data set")
        dataset = first
    values: dict[str, Any] = {"dataset": dataset}
    if link.get(_DRAWING) and dataset == "drawn":
        try:
            values["drawing"] = strokes.from_text(link[_DRAWING])
        except UserError:
            odd.append("the drawing")
    known = starts(dataset)
    if link.get(_START) in known:
        values["start"] = link[_START]
    elif link.get(_START):
        odd.append("the trained network, which is not here")
    elif known and not link:
        values["start"] = known[0]
    config = LabConfig.parse(values)
    for name in (*_OWN, *lab_settings().model_fields):
        if name in link:
            try:
                config = _with(config, name, _value(link[name]))
            except UserError:
                odd.append(f"“{_label(name)}”")
    asked = link["layers"].split(",") if "layers" in link else [n for n, layer in LAYERS.items() if layer.on]
    notice = f"Passed over, because it is not possible here: {', '.join(odd)}." if odd else None
    speed = link.get("speed", "")
    return Place(
        config, tuple(name for name in LAYERS if name in asked), speed if speed in SPEEDS else "",
        link.get("slow") == "1", notice,
    )  # fmt: skip


def _with(config: LabConfig, name: str, value: Any) -> LabConfig:
    from gan_core.lab.config import lab_settings

    if name in _OWN:
        return config.changed(**{name: value})
    changed = config.changed(settings={**config.settings, name: value})
    checked = lab_settings().parse(changed.family_settings).model_dump(mode="json")
    return config.changed(settings={**config.settings, name: checked[name]})


def _label(name: str) -> str:
    from gan_core.lab.config import LabConfig, lab_settings
    from pages.components import fields

    return fields.label(LabConfig if name in _OWN else lab_settings(), name)


def _value(written: str) -> Any:
    try:
        return json.loads(written)
    except json.JSONDecodeError:
        return written


def parameters(config: LabConfig) -> dict[str, str]:
    """What a link must hold for the same game: only what differs from the lab's own beginning."""
    from gan_core.lab import strokes
    from gan_core.lab.config import LabConfig, standard

    found = {_DATA: config.dataset}
    if config.start is not None:
        found[_START] = config.start
    if config.drawing is not None and config.dataset == "drawn":
        found[_DRAWING] = strokes.to_text(config.drawing)
    for name in _OWN:
        if getattr(config, name) != LabConfig.model_fields[name].default:
            found[name] = str(getattr(config, name))
    before = standard(config.start)
    for name, value in config.settings.items():
        if value != before[name]:
            found[name] = value if isinstance(value, str) else json.dumps(value)
    return found


def write(place: Place) -> None:
    """Puts a place into the address."""
    wanted = parameters(place.config) | {"layers": ",".join(place.layers)}
    if place.speed:
        wanted["speed"] = place.speed
    if place.slow:
        wanted["slow"] = "1"
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
