"""The controls on the left: family, data, preset and every setting, live or for a new run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.settings import RunConfig, Settings, TrainingSettings, UserError, is_live
from pages.components import actions, data_choice, fields, link, services, text
from pages.components.view import View

if TYPE_CHECKING:
    from gan_core.family import Family
    from gan_core.runs.records import Event


@dataclass(frozen=True)
class Setup:
    """What the controls say.

    Attributes:
        config: A whole valid config; None while settings do not fit together.
        changes: Settings that differ from those of the shown run; None while they do not fit together.
        problem: Why they do not, in one sentence; empty: they do.
    """

    config: RunConfig | None
    changes: dict[str, Any] | None
    problem: str = ""


@dataclass(frozen=True)
class _Panel:
    """Which widgets may be used, and what their keys start with."""

    scope: str
    structure: bool  # family, data, sizes, seed: only of a new run
    live: bool
    budget: bool
    run_id: str | None  # the living run that is told of changes

    def enabled(self, cls: type[Settings], name: str) -> bool:
        if self.structure:
            return True
        if cls is TrainingSettings:
            return self.budget and name in ("steps", "minutes")
        return self.live and is_live(cls, name)


def show(view: View, now: Mapping[str, Any]) -> Setup:
    """Draws the controls.

    Args:
        view: What is on the page.
        now: Present settings of the shown run's family, with the changes made while it ran.
    """
    run = view.run
    alive = view.kind == "run" and run is not None and run.is_active
    panel = _Panel(
        view.scope,
        structure=view.kind == "new",
        live=alive or view.kind == "branch",
        budget=view.kind == "branch",
        run_id=run.id if alive and run else None,
    )
    _legend(view)
    try:
        return _controls(view, panel, now)
    except UserError as error:
        return Setup(None, None, actions.sentence(fields.in_words(str(error))))


def _legend(view: View) -> None:
    run = view.run
    live = f"{fields.LIVE_ICON} changes while a run trains."
    if view.kind == "new" or run is None:
        st.caption(f"Settings of a new run. {live}")
    elif view.kind == "branch":
        st.caption(
            f"Continues “{text.escape_markdown(run.name)}” with other settings. What is grey stays as it was."
        )
    elif run.is_active:
        st.caption(f"Settings of this run. {live} What is grey needs a new run.")
    else:
        st.caption("Settings of this run. It has ended: branch from it, or start a new run, to change them.")


def _controls(view: View, panel: _Panel, now: Mapping[str, Any]) -> Setup:
    services.wait_for_torch()
    from gan_core.building import resolve_config

    source = view.run.config if view.run else None
    asked = st.query_params.to_dict() if view.kind == "new" else {}
    cls = _family(panel, source, asked)
    dataset = data_choice.choose(cls, panel.scope, source, asked.get(link.DATA), enabled=panel.structure)
    drawing = data_choice.drawing_for(dataset, panel.scope, source, enabled=panel.structure)
    preset = _preset(cls, panel, source, asked)
    same = source is not None and source.family == cls.name and source.preset == preset
    start = source if same and source else RunConfig(family=cls.name, dataset=dataset, preset=preset)
    start = resolve_config(start)
    asked_settings, asked_training = link.settings_for(cls, preset, asked)
    settings = dict(start.settings) | (dict(now) if same else {}) | asked_settings
    training = start.training.model_dump() | asked_training
    if view.seed is not None:
        training["seed"] = view.seed
    if view.kind == "branch" and training["steps"] is not None and training["steps"] <= (view.step or 0):
        training["steps"] += view.step or 0  # its own budget again: the old one is spent where it starts
    own, general = _settings(cls, panel, settings, training, f"{panel.scope}:{cls.name}:{preset}")
    _check_batch(dataset, general["batch_size"])
    config = resolve_config(
        RunConfig(
            family=cls.name, dataset=dataset, preset=preset, settings=own, drawing=drawing,
            training=TrainingSettings.parse(general),
        )
    )  # fmt: skip
    if view.kind == "new":
        link.write(config)
    changes = {name: value for name, value in config.settings.items() if value != settings.get(name)}
    return Setup(config, changes | _budget_changes(start.training, config.training))


def _check_batch(dataset: str, batch_size: int) -> None:
    """Tells before a run is started that an upload has fewer images than a batch."""
    from gan_core.data import upload_at
    from gan_core.data.folders import training_images
    from gan_core.data.stream import check_batch_fits

    upload = upload_at(dataset)
    if upload is not None and upload.kind == "images":
        check_batch_fits(upload.title, training_images(upload.count), batch_size)


def _budget_changes(before: TrainingSettings, after: TrainingSettings) -> dict[str, Any]:
    return {
        name: getattr(after, name)
        for name in ("steps", "minutes")
        if getattr(before, name) != getattr(after, name)
    }


def _family(panel: _Panel, source: RunConfig | None, asked: Mapping[str, str]) -> type[Family]:
    from gan_core.families import FAMILIES

    judges = {name for name, cls in FAMILIES.items() if cls.can_classify or cls.can_read_attributes}
    names = [name for name, cls in FAMILIES.items() if cls.can_score or name not in judges]
    wishes = (asked.get(link.FAMILY), source.family if source else None, names[0])
    first = next(name for name in wishes if name in names)
    chosen = st.selectbox(
        "Family",
        names,
        index=names.index(first),
        format_func=lambda name: FAMILIES[name].title,
        key=f"{panel.scope}:family",
        disabled=not panel.structure,
        help="Which kind of model: its networks and how they are trained.",
    )
    return FAMILIES[chosen]


def _preset(cls: type[Family], panel: _Panel, source: RunConfig | None, asked: Mapping[str, str]) -> str:
    names = list(cls.presets)
    own = source.preset if source and source.family == cls.name else None
    first = next(name for name in (asked.get(link.PRESET), own, names[0]) if name in names)
    return st.selectbox(
        "Preset",
        names,
        index=names.index(first),
        format_func=text.title,
        key=f"{panel.scope}:{cls.name}:preset",
        disabled=not panel.structure,
        help="A recipe by name; it sets everything below.",
    )


def _settings(
    cls: type[Family], panel: _Panel, settings: dict[str, Any], training: dict[str, Any], keys: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draws every widget; returns the settings of the family and of the training."""
    own, general = cls.Settings, TrainingSettings
    settings, training = dict(settings), dict(training)

    def draw(owner: type[Settings], names: list[str], values: dict[str, Any]) -> None:
        for name in names:
            values[name] = _one(owner, name, values[name], panel, keys)

    training["steps"] = _steps(training["steps"], panel, keys)
    other_end = st.empty()
    draw(own, fields.basic(own), settings)
    draw(general, [name for name in fields.basic(general) if name != "steps"], training)
    with st.expander("Advanced", icon=":material/tune:"):
        draw(own, fields.advanced(own), settings)
        draw(general, fields.advanced(general), training)
    if training["minutes"] is not None:
        minutes = text.short_number(training["minutes"])
        other_end.caption(f"Ends after {minutes} minutes instead: see “Minutes” under Advanced.")
    return settings, training


def _one(owner: type[Settings], name: str, value: Any, panel: _Panel, keys: str) -> Any:
    key = f"{keys}:{name}"
    enabled = panel.enabled(owner, name)
    if not enabled:  # the value is part of the key: what nobody can change here shows what is the case
        return fields.widget(owner, name, value, key=f"{key}={value}", disabled=True)
    if panel.run_id is None:
        return fields.widget(owner, name, value, key=key)
    own_key, sent, run_id = _followed(key, value), _sent(key), panel.run_id

    def tell_worker() -> None:
        wanted = st.session_state[own_key]
        if wanted != (sent[-1] if sent else value):  # a widget that comes or goes also reports a "change"
            sent.append(wanted)
            actions.send(run_id, "set", settings={name: wanted})

    return fields.widget(owner, name, value, key=own_key, on_change=tell_worker)


def _sent(key: str) -> list[Any]:
    """Values this viewer asked for and the worker has not taken over yet."""
    sent: list[Any] = st.session_state.setdefault(f"{key}:sent", [])
    return sent


def _followed(key: str, value: Any) -> str:
    """The widget's key; another one, and so a fresh widget, once somebody else changed the setting."""
    known, revision = st.session_state.get(f"{key}:known", (value, 0))
    sent = _sent(key)
    if value in sent:
        del sent[: sent.index(value) + 1]
    elif value != known:
        revision += 1
    st.session_state[f"{key}:known"] = (value, revision)
    return f"{key}:{revision}"


def _steps(value: int | None, panel: _Panel, keys: str) -> int | None:
    """Steps of the budget, or an open end."""
    enabled = panel.structure or panel.budget
    shown = "" if enabled else f"={value}"  # as in _one
    open_key, steps_key = f"{keys}:open{shown}", f"{keys}:steps{shown}"
    open_end = bool(st.session_state.get(open_key, value is None))
    grey = not enabled or open_end
    steps = fields.widget(TrainingSettings, "steps", value or 3000, key=steps_key, disabled=grey)
    tip = "Trains until you stop it."
    st.toggle("Open end", value is None, key=open_key, disabled=not enabled, help=tip)
    return None if open_end else steps


def settings_now(view: View) -> dict[str, Any]:
    """Present settings of the shown run's family; empty without a run."""
    if view.run is None:
        return {}
    if view.kind == "new":
        return dict(view.run.config.settings)
    return present_settings(view.run.config, services.follow(view.run.id, now=True).events)


def present_settings(config: RunConfig, events: Sequence[Event]) -> dict[str, Any]:
    """A run's family settings after all the changes made while it ran."""
    settings = dict(config.settings)
    for event in events:
        if event.kind == "setting":
            settings |= {name: new for name, (_, new) in event.detail["changes"].items() if name in settings}
    return settings
