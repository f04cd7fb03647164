"""The page "Spot the fake" as a viewer drives it."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core.evaluation import spotting
from gan_core.runs.launcher import Launcher
from pages.components.spot import page
from tests.visits import visit


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(spotting, "STEPS", 5)
    monkeypatch.setattr(page, "LEARNED", 250)
    monkeypatch.setattr(page, "TESTED", 250)
    st.cache_resource.clear()
    st.cache_data.clear()


def open_page(**link: str) -> AppTest:
    return visit("pages/spot.py", **link)


def test_the_table_comes_at_a_click_and_names_every_generator() -> None:
    app = open_page(data="digits")
    assert not app.get("plotly_chart")
    labels = [
        html.proto.body for html in app.get("html") if html.proto.body.startswith('<div class="compare-label')
    ]
    assert "Real" in labels[0]
    assert len(labels) == len(app.get("image")) > 2
    next(button for button in app.button if button.label == "Train the detectors").click()
    app.run()
    assert not app.exception, app.exception
    assert len(app.get("plotly_chart")) == 1
    shown = " ".join(html.proto.body for html in app.get("html"))
    assert "of the pairs apart" in shown


def test_without_weights_it_says_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_core.weights.WEIGHTS_DIR", Path("/nowhere"))
    assert "Two generators" in open_page().info[0].value
