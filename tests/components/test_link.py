from __future__ import annotations

import pytest

from gan_core.building import resolve_config
from gan_core.families import FAMILIES
from gan_core.settings import RunConfig, TrainingSettings
from pages.components import link

DCGAN = FAMILIES["dcgan"]


def test_a_link_holds_only_what_differs_from_the_preset() -> None:
    config = resolve_config(
        RunConfig(
            family="dcgan",
            dataset="mnist",
            settings={"lr_generator": 2e-4, "relativistic": True, "loss": "hinge"},
            training=TrainingSettings(steps=None, seed=7),
        )
    )
    assert link.parameters(config) == {
        "family": "dcgan", "data": "mnist", "preset": "default", "lr_generator": "0.0002",
        "relativistic": "true", "loss": "hinge", "steps": "null", "seed": "7",
    }  # fmt: skip


def test_a_link_read_back_gives_the_same_settings() -> None:
    settings = {"lr_generator": 5e-4, "loss": "least_squares", "relativistic": True, "d_steps": 3}
    config = resolve_config(
        RunConfig(family="dcgan", dataset="digits", settings=settings, training=TrainingSettings(minutes=2.5))
    )
    own, general = link.settings_for(DCGAN, "default", link.parameters(config))
    assert own == settings
    assert general == {"minutes": 2.5}


def test_the_path_of_somebodys_own_data_is_not_in_the_link() -> None:
    config = resolve_config(RunConfig(family="dcgan", dataset="some/folder"))
    assert "data" not in link.parameters(config)


@pytest.mark.parametrize("written", ["-1", "many", "1e9", "[1]", "", "\u0001"])
def test_a_value_that_is_not_allowed_is_passed_over(written: str) -> None:
    asked = {"family": "dcgan", "preset": "default", "width": written, "loss": "hinge"}
    assert link.settings_for(DCGAN, "default", asked) == ({"loss": "hinge"}, {})


def test_a_link_written_for_another_family_or_preset_does_not_count() -> None:
    asked = {"family": "mlp", "preset": "default", "lr_generator": "0.5"}
    assert link.settings_for(DCGAN, "default", asked) == ({}, {})
    assert link.settings_for(DCGAN, "paper-2015", {**asked, "family": "dcgan"}) == ({}, {})
