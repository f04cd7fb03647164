"""The Sequences page as a viewer drives it, on runs of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from tests.small_runs import small_run
from tests.visits import visit, words


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr("gan_core.weights.WEIGHTS_DIR", Path("/nowhere"))
    st.cache_resource.clear()
    st.cache_data.clear()


def add_run(dataset: str) -> str:
    return small_run(RunStore(), "rgan", dataset=dataset)


def open_page(**link: str) -> AppTest:
    return visit("pages/sequences.py", **link)


def test_without_a_generator_it_says_how_to_get_one() -> None:
    app = open_page()
    assert "train one on the Train page" in app.info[0].value
    assert app.get("page_link")


def test_a_sequence_its_memory_and_other_samples_are_shown() -> None:
    run = add_run("sines")
    app = open_page(source=run, **{"from": "12"})
    assert app.slider[0].value == 12
    assert len(app.get("plotly_chart")) == 1
    assert "remembers" in words(app)
    assert "Cycles" in words(app)
    app.slider[0].set_value(20).run()
    assert app.query_params["from"] in ("20", ["20"])
    assert not app.exception


def test_an_image_is_shown_as_written_row_by_row() -> None:
    app = open_page(source=add_run("digits"))
    assert "Written from the top" in words(app)
    assert "Cycles" not in words(app)
    assert app.slider[0].max == 16


@pytest.mark.parametrize("link", [{"from": "-3"}, {"from": "9999"}, {"from": "x"}, {"source": "gone"}])
def test_a_link_that_means_nothing_leaves_the_page_usable(link: dict[str, str]) -> None:
    run = add_run("sines")
    app = open_page(**({"source": run} | link))
    assert len(app.get("plotly_chart")) == 1
