"""`settings FAMILY`: what `train --set` takes."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from gan_core.cli.terminal import console, table
from gan_core.settings import Settings, TrainingSettings, is_live


def settings(
    family: Annotated[
        str, typer.Argument(metavar="FAMILY", help="Family whose settings to list, e.g. dcgan.")
    ],
    preset: Annotated[str, typer.Option(help="Preset whose values to show.")] = "default",
) -> None:
    """List what `train FAMILY --set key=value` takes: values, bounds, what may change during a run."""
    from gan_core.building import family_class, resolve_config
    from gan_core.settings import RunConfig

    cls = family_class(family)
    config = resolve_config(RunConfig(family=family, dataset=cls.default_dataset, preset=preset))
    screen = console()
    for title, settings_class, values in (
        (f"{cls.title}, preset {preset}", cls.Settings, config.settings),
        ("Training", TrainingSettings, config.training.model_dump()),
    ):
        screen.print(f"\n{title}", style="bold")
        screen.print(_settings_table(settings_class, values))
    screen.print(f"\nPresets of {family}: {', '.join(cls.presets)}")


def _settings_table(settings_class: type[Settings], values: dict[str, Any]) -> Table:
    rows = table("setting", "value", "allowed", "live", "description")
    for name, schema in settings_class.model_json_schema()["properties"].items():
        live = "live" if is_live(settings_class, name) else ""
        rows.add_row(name, _text(values[name]), allowed(schema), live, schema.get("description", ""))
    return rows


def allowed(schema: dict[str, Any]) -> str:
    """The values a setting takes, from its JSON schema, e.g. "1 to 512" or "adam, sgd or none"."""
    if "enum" in schema:
        return ", ".join(_text(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(allowed(option) for option in schema["anyOf"])
    if schema.get("type") in ("integer", "number"):
        return _interval(schema)
    return {"boolean": "true, false", "null": "none", "string": "text"}.get(schema.get("type", ""), "")


def _interval(schema: dict[str, Any]) -> str:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    lower = f"from {low:g}" if low is not None else f"above {above:g}" if above is not None else ""
    upper = f"to {high:g}" if high is not None else f"below {below:g}" if below is not None else ""
    return " ".join(part for part in (lower, upper) if part) or "any number"


def _text(value: Any) -> str:
    """A value the way `--set` reads it."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
