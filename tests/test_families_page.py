"""The Families page as a viewer drives it."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core.families import FAMILIES
from gan_core.runs.launcher import Launcher
from tests.visits import visit, words


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    st.cache_data.clear()


def open_page(**link: str) -> AppTest:
    return visit("pages/families.py", **link)


def test_it_opens_on_a_family_with_its_step_formulas_and_samples() -> None:
    app = open_page()
    first = next(iter(FAMILIES.values()))
    assert app.subheader[0].value == first.title.partition(" (")[0]
    assert words(app).count("<li>") == len(FAMILIES)
    assert "trained" in words(app)
    assert "frozen" in words(app)
    assert app.latex
    assert "Made by" in words(app)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_its_card(name: str) -> None:
    app = open_page(family=name)
    assert app.subheader[0].value == FAMILIES[name].title.partition(" (")[0]
    assert len(app.latex) >= 1
    assert not app.error


def test_an_unknown_family_in_a_link_opens_the_first() -> None:
    assert open_page(family="<script>").subheader[0].value == "DCGAN"
