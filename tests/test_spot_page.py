"""The page "Spot the fake" as a viewer drives it; the processes it starts train nothing."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core.runs.launcher import Launcher
from pages.components.spot import detectors
from tests.visits import checked, visit, words

TRAIN = "Train the detectors"


def told(names: Sequence[str]) -> str:
    """Statements that say on standard error what the real process says."""
    lines = "".join(f"Training on the fakes of {name}\\n" for name in names)
    return f"import sys, time; sys.stderr.write('{lines}'); sys.stderr.flush(); "


def finds_nothing(names: Sequence[str]) -> str:
    found = {"names": list(names), "told_apart": [[0.5] * len(names)] * len(names)}
    return told(names) + f"print('{json.dumps(found)}')"


def tells_its_threads(names: Sequence[str]) -> str:
    return told(names) + "import os; sys.exit('Error: threads ' + os.environ['OMP_NUM_THREADS'])"


def stays_at_the_third(names: Sequence[str]) -> str:
    return told(names[:3]) + "time.sleep(600)"


def fails(names: Sequence[str]) -> str:
    return told(names[:1]) + "sys.exit('Error: the disk is full; make room')"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[detectors.Training]]:
    """The trainings that were begun; they are ended after the test."""
    trainings: list[detectors.Training] = []
    begin = detectors.Training

    def begun(names: Sequence[str]) -> detectors.Training:
        trainings.append(begin(names))
        return trainings[-1]

    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(detectors, "Training", begun)
    detectors._TRAININGS.clear()
    st.cache_resource.clear()
    st.cache_data.clear()
    yield trainings
    for training in trainings:
        training.stop()
        training.wait()
    detectors._TRAININGS.clear()


def open_page(**link: str) -> AppTest:
    return visit("pages/spot.py", **link)


def train(app: AppTest, monkeypatch: pytest.MonkeyPatch, program: Callable[[Sequence[str]], str]) -> AppTest:
    monkeypatch.setattr(detectors, "command", lambda names: [sys.executable, "-c", program(names)])
    next(button for button in app.button if button.label == TRAIN).click()
    return checked(app.run())


def test_the_table_comes_at_a_click_and_names_every_generator(
    started: list[detectors.Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(data="digits")
    assert not app.get("plotly_chart")
    labels = [
        html.proto.body for html in app.get("html") if html.proto.body.startswith('<div class="compare-label')
    ]
    assert "Real" in labels[0]
    assert len(labels) == len(app.get("image")) > 2
    assert len(set(labels)) == len(labels)  # the table would lay rows of one name over each other
    train(app, monkeypatch, finds_nothing)
    started[0].wait()
    checked(app.run())
    assert len(app.get("plotly_chart")) == 1
    assert "of the pairs apart" in words(app)


def test_everybody_waits_for_the_same_training_and_sees_how_far_it_is(
    started: list[detectors.Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = train(open_page(data="digits"), monkeypatch, stays_at_the_third)
    second = train(open_page(data="digits"), monkeypatch, stays_at_the_third)
    assert len(started) == 1
    while len(started[0]._told) < 3:
        assert started[0].problem is None
    for app in (first, second):
        checked(app.run())
        assert re.fullmatch(r"2 of \d+ detectors are trained", app.get("progress")[0].proto.text)


def test_why_it_failed_is_told_and_it_can_begin_again(
    started: list[detectors.Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = train(open_page(data="digits"), monkeypatch, fails)
    started[0].wait()
    checked(app.run())
    assert "The disk is full; make room." in app.error[0].value
    train(app, monkeypatch, finds_nothing)
    started[1].wait()
    checked(app.run())
    assert len(app.get("plotly_chart")) == 1


def test_it_takes_one_thread_since_two_would_wait_for_each_other(
    started: list[detectors.Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    app = train(open_page(data="digits"), monkeypatch, tells_its_threads)
    started[0].wait()
    assert "Threads 1." in checked(app.run()).error[0].value


def test_a_process_that_is_killed_is_told(
    started: list[detectors.Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = train(open_page(data="digits"), monkeypatch, stays_at_the_third)
    started[0].stop()
    started[0].wait()
    checked(app.run())
    assert "The process that trained them was ended; try again." in app.error[0].value


def test_without_weights_it_says_what_is_needed(
    started: list[detectors.Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_core.weights.WEIGHTS_DIR", Path("/nowhere"))
    assert "Two generators" in open_page().info[0].value
