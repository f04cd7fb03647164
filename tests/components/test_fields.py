from __future__ import annotations

from typing import Literal

import pytest
from streamlit.testing.v1 import AppTest

from gan_core.families import FAMILIES
from gan_core.settings import Settings, TrainingSettings, setting
from pages.components import fields


class Example(Settings):
    """One setting of each kind."""

    rate: float = setting(2e-4, "Rate.", gt=0, le=1, live=True, title="learning rate")
    decay: float = setting(0.999, "Decay.", ge=0, lt=1)
    weight: float = setting(10.0, "Weight.", ge=0, le=1000)
    count: int = setting(3, "Count.", ge=1, le=20, advanced=False)
    limit: int | None = setting(None, "Limit.", ge=1)
    minutes: float | None = setting(None, "Minutes.", gt=0)
    on: bool = setting(True, "On.")
    layout: bool | None = setting(None, "Layout.")
    kind: Literal["least_squares", "hinge"] = setting("hinge", "Kind.")


def page() -> None:
    import streamlit as st

    from pages.components import fields
    from tests.components.test_fields import Example

    values = {name: fields.widget(Example, name, value, key=name) for name, value in Example()}
    st.session_state["values"] = values


def test_every_kind_of_setting_has_a_widget_that_starts_at_its_value() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert app.session_state["values"] == Example().model_dump()


def test_what_the_widgets_return_is_valid() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    app.select_slider(key="rate").set_value(1e-3)
    app.number_input(key="limit").set_value(12)
    app.selectbox(key="layout").select(False)
    app.selectbox(key="kind").select("least_squares")
    app.run()
    chosen = Example.parse(app.session_state["values"])
    assert (chosen.rate, chosen.limit, chosen.layout, chosen.kind) == (1e-3, 12, False, "least_squares")


def test_bounds_become_the_limits_of_the_widget() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    count = app.number_input(key="count")
    assert (count.min, count.max) == (1, 20)
    assert app.number_input(key="decay").max < 1
    assert app.number_input(key="minutes").min > 0


def test_labels_say_what_is_live_and_help_is_the_description() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    rate = app.select_slider(key="rate")
    assert rate.label == f"Learning rate {fields.LIVE_ICON}"
    assert rate.help == "Rate."
    assert app.number_input(key="count").label == "Count"


def test_rates_are_chosen_by_order_of_magnitude() -> None:
    limits = fields.bounds(Example.model_fields["rate"])
    options = fields.rate_options(limits, 3e-4)
    assert {1e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1.0} <= set(options)
    assert options == sorted(options)
    assert max(options) <= 1


@pytest.mark.parametrize("cls", [TrainingSettings, *(family.Settings for family in FAMILIES.values())])
def test_each_setting_is_in_sight_or_behind_the_expander(cls: type[Settings]) -> None:
    assert sorted(fields.basic(cls) + fields.advanced(cls)) == sorted(cls.model_fields)


def test_an_error_names_settings_as_the_page_does() -> None:
    told = fields.in_words("d_steps is 3 and lr_generator is bad; unknown_name stays")
    assert told == "“D updates per G update” is 3 and “Generator learning rate” is bad; unknown_name stays"
