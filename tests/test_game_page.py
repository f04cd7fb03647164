"""The page "Be the discriminator" as players drive it."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.building import images_for
from gan_core.evaluation.game import deal
from gan_core.runs.launcher import Launcher
from tests.visits import checked, visit, words

SOURCE = "dcgan-digits"


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    st.cache_resource.clear()
    st.cache_data.clear()


def open_page(**link: str) -> AppTest:
    return visit("pages/game.py", **link)


def truth(seed: int) -> list[str]:
    family = weights.load(SOURCE).family
    dealt = deal(family, images_for(family, "digits", "test"), seed)
    return ["Real" if is_real else "Fake" for is_real in dealt.is_real]


def judge(app: AppTest, answers: list[str]) -> None:
    for index, answer in enumerate(answers):
        app.segmented_control[index].set_value(answer)
    checked(app.run())
    next(button for button in app.button if button.key == "game_over").click()
    checked(app.run())


def test_the_truth_is_shown_when_all_are_judged_and_counts_for_the_class() -> None:
    app = open_page(source=SOURCE, seed="5")
    assert next(button for button in app.button if button.key == "game_over").disabled
    assert "you: " not in words(app)
    judge(app, truth(5))
    assert "You judged 10 of 10 rightly" in words(app)
    assert words(app).count("you: right") == 10
    assert app.metric[0].value == "100\u00a0%"
    other = open_page(source=SOURCE, seed="5")
    assert other.metric[0].value == "100\u00a0%"  # another visitor sees what the class has reached
    judge(other, ["Fake" if answer == "Real" else "Real" for answer in truth(5)])
    assert other.metric[0].value == "50\u00a0%"


def test_the_next_round_deals_others_and_the_link_follows() -> None:
    app = open_page(source=SOURCE, seed="5")
    judge(app, truth(5))
    next(button for button in app.button if button.key == "game_next").click()
    checked(app.run())
    assert app.query_params["seed"] in ("6", ["6"])
    assert "you: " not in words(app)


def test_real_pictures_that_are_not_here_are_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    app = open_page(source="dcgan-mnist")
    assert "are not on this machine" in app.error[0].value


def test_it_opens_on_a_generator_whose_real_pictures_are_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    app = checked(open_page())
    assert not app.error
    assert any(button.key == "game_over" for button in app.button)
