"""A new run's settings in the page's address, so that a teacher can hand out a link to a prepared page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.data import DATASETS
from gan_core.settings import RunConfig, Settings, TrainingSettings, UserError

if TYPE_CHECKING:
    from gan_core.family import Family

FAMILY, DATA, PRESET = "family", "data", "preset"


def settings_for(
    cls: type[Family], preset: str, link: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of the family and of the training that a link asks for; what is not valid is passed over.

    Args:
        cls: The family on the page.
        preset: The preset on the page.
        link: Parameters of the address; they count only if they were written for this family and preset.
    """
    if (link.get(FAMILY), link.get(PRESET)) != (cls.name, preset):
        return {}, {}
    return _valid(cls.Settings, link), _valid(TrainingSettings, link)


def _valid(cls: type[Settings], link: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in cls.model_fields:
        if name not in link:
            continue
        try:
            found[name] = getattr(cls.parse({name: _value(link[name])}), name)
        except UserError:
            continue  # a link made by hand, or for another version
    return found


def _value(written: str) -> Any:
    try:
        return json.loads(written)
    except json.JSONDecodeError:
        return written


def parameters(config: RunConfig) -> dict[str, str]:
    """What a link must hold to show the page with these settings: only what differs from the preset.

    Args:
        config: A resolved config.
    """
    from gan_core.building import resolve_config

    plain = resolve_config(RunConfig(family=config.family, dataset=config.dataset, preset=config.preset))
    before = plain.settings | plain.training.model_dump(mode="json")
    after = config.settings | config.training.model_dump(mode="json")
    changed = {name: _written(value) for name, value in after.items() if value != before[name]}
    data = {DATA: config.dataset} if config.dataset in DATASETS else {}  # a path is nobody's business
    return {FAMILY: config.family, **data, PRESET: config.preset, **changed}


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def write(config: RunConfig) -> None:
    """Puts a new run's settings into the address."""
    wanted = {"new": st.query_params.get("new", ""), **parameters(config)}
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
