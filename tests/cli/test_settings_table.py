"""What `settings FAMILY` says about bounds and values."""

from __future__ import annotations

from typing import Literal

import pytest
from typer.testing import CliRunner

from gan_core.cli.app import app
from gan_core.cli.settings_table import allowed
from gan_core.families import FAMILIES
from gan_core.settings import Settings, TrainingSettings, setting


class Example(Settings):
    """One setting of each kind."""

    width: int = setting(8, "Width.", ge=4, le=64)
    rate: float = setting(0.1, "Rate.", gt=0)
    decay: float = setting(0.9, "Decay.", ge=0, lt=1)
    kind: Literal["adam", "sgd"] = setting("adam", "Kind.")
    normed: bool = setting(False, "Normed.")
    budget: int | None = setting(None, "Budget.", ge=1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("width", "from 4 to 64"),
        ("rate", "above 0"),
        ("decay", "from 0 below 1"),
        ("kind", "adam, sgd"),
        ("normed", "true, false"),
        ("budget", "from 1 or none"),
    ],
)
def test_allowed_values_in_words(name: str, text: str) -> None:
    assert allowed(Example.model_json_schema()["properties"][name]) == text


@pytest.mark.parametrize("family", FAMILIES)
def test_every_setting_of_a_family_is_listed(family: str) -> None:
    result = CliRunner().invoke(app, ["settings", family])
    assert result.exit_code == 0
    for name in (*FAMILIES[family].Settings.model_fields, *TrainingSettings.model_fields):
        assert name in result.output


def test_the_values_are_those_of_the_preset() -> None:
    lines = CliRunner().invoke(app, ["settings", "dcgan", "--preset", "paper-2015"]).output.splitlines()
    assert next(line for line in lines if line.startswith("z_dim")).split()[1] == "100"
