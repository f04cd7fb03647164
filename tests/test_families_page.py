"""The Families page as a viewer drives it."""

from __future__ import annotations

import base64
import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core.families import FAMILIES
from gan_core.runs.launcher import Launcher
from pages.components import showcase
from tests.visits import visit, words


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    st.cache_resource.clear()
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
    assert "Trained: DCGAN" in words(app)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_its_card(name: str) -> None:
    app = open_page(family=name)
    assert app.subheader[0].value == FAMILIES[name].title.partition(" (")[0]
    assert len(app.latex) >= 1
    assert not any("→" in formula.value for formula in app.latex)  # the browser warns of it
    assert len(app.get("image")) + len(app.get("echarts_chart")) == 1  # what its shipped weights do
    assert not app.error


def test_weights_whose_examples_are_not_here_give_way_to_others() -> None:
    assert showcase.of("pix2pix-mnist") is None
    assert "on Digits" in words(open_page(family="pix2pix"))


def test_a_scene_is_told_by_what_was_read_in_it() -> None:
    found = showcase.of("reader-captioned-digits")
    assert found is not None
    assert isinstance(found.picture, str)
    drawing = base64.b64decode(found.picture.partition(",")[2]).decode()
    read = re.findall(r">((?:small|large) \w+ \w+)<", drawing)
    assert 4 <= len(read) <= 8  # one or two digits in each of four scenes


def test_every_box_of_the_tree_leads_to_its_family() -> None:
    links = re.findall(r'<a[^>]*href="\?family=(\w+)"', words(open_page()))
    assert sorted(links) == sorted(FAMILIES)


def test_an_unknown_family_in_a_link_opens_the_first() -> None:
    assert open_page(family="<script>").subheader[0].value == "DCGAN"
