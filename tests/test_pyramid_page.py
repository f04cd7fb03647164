"""The Pyramid page as a viewer drives it, on runs of its own."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from pages.components.pyramid import board
from tests.small_runs import CHECKPOINTS, small_run
from tests.visits import visit, words


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr("gan_core.weights.WEIGHTS_DIR", Path("/nowhere"))
    st.cache_resource.clear()
    st.cache_data.clear()


def add_run(**settings: Any) -> str:
    return small_run(RunStore(), "lapgan", head_width=8, detail_dims=4, **settings)


def open_page(**link: str) -> AppTest:
    return visit("pages/pyramid.py", **link)


def shown(app: AppTest) -> dict[str, str]:
    """Addresses of the pictures by what they are called."""
    found = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', words(app))
    return {name: address for address, name in found}


def asked(app: AppTest, name: str) -> str:
    value = app.query_params.get(name, "")
    return value if isinstance(value, str) else value[0]


def press(app: AppTest, label: str, number: int = 0) -> AppTest:
    [button for button in app.button if button.label == label][number].click().run()
    assert not app.exception
    return app


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_without_a_generator_it_says_how_to_get_one() -> None:
    app = open_page()
    assert "train a LAPGAN on the Train page" in app.info[0].value
    assert app.get("page_link")


def test_it_opens_on_three_pictures_and_a_real_one_level_by_level() -> None:
    run = add_run()
    app = open_page()
    assert asked(app, "source") == run
    assert asked(app, "step") == str(CHECKPOINTS[-1])
    pictures = shown(app)
    assert len(pictures) == 4 * 4  # rows; coarsest, doubled, difference, result
    assert {"Picture 3, level 2: difference", "Real picture, level 1: result"} <= pictures.keys()
    assert len(set(pictures.values())) == len(pictures)
    assert "what is missing" in words(app)
    app.number_input[1].set_value(5).run()
    assert asked(app, "rows") == "5"
    assert len(shown(app)) == 4 * 6


def test_new_noise_of_a_level_leaves_what_is_coarser() -> None:
    add_run()
    app = open_page()
    before = shown(app)
    touched = changed(before, shown(press(app, "New noise", 1)))
    assert touched == {
        f"Picture {row}, level 2: {part}" for row in (1, 2, 3) for part in ("difference", "result")
    }
    again = open_page(**{name: asked(app, name) for name in ("source", "step", "seed", "noise")})
    assert shown(again) == shown(app)  # a link shows the same


def test_a_frozen_level_keeps_its_noise_when_all_others_are_drawn_anew() -> None:
    add_run()
    app = open_page()
    before = shown(app)
    next(toggle for toggle in app.toggle if toggle.label == "Freeze").set_value(True).run()
    assert asked(app, "keep") == "1"
    touched = changed(before, shown(press(app, "Random")))
    assert "Picture 1, level 2: difference" in touched
    assert not [name for name in touched if name.startswith("Picture") and "level 1" in name]
    next(toggle for toggle in app.toggle if toggle.label == "Freeze").set_value(False).run()
    assert "Picture 1, level 1: result" in changed(before, shown(press(app, "Random")))


def test_rows_can_share_the_noise_of_a_level() -> None:
    add_run()
    app = open_page(same="1")
    pictures = shown(app)
    assert len({pictures[f"Picture {row}, level 1: result"] for row in (1, 2, 3)}) == 1
    assert len({pictures[f"Picture {row}, level 2: result"] for row in (1, 2, 3)}) == 3
    next(toggle for toggle in app.toggle if toggle.label == "Same in all rows").set_value(False).run()
    assert asked(app, "same") == ""
    assert len({shown(app)[f"Picture {row}, level 1: result"] for row in (1, 2, 3)}) == 3


def test_a_class_is_asked_for_where_the_generator_has_classes() -> None:
    add_run(class_conditional=True)
    app = open_page(**{"class": "3"})
    before = shown(app)
    app.button_group[0].set_value(7).run()
    assert asked(app, "class") == "7"
    assert "Picture 1, level 1: result" in changed(before, shown(app))
    assert not app.exception


def test_without_the_data_there_is_no_real_picture_and_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    add_run(dataset="mnist", image_size=16)
    app = open_page()
    assert "data set is not on this machine" in words(app)
    assert len(shown(app)) == 4 * 3


@pytest.mark.parametrize(
    "link",
    [
        {"source": "gone"}, {"step": "99"}, {"seed": "-1"}, {"noise": "x,,7,8,9"}, {"keep": "0,9,z"},
        {"same": "-1,²"}, {"rows": "1000"}, {"rows": "no"}, {"class": "77"},
    ],
)  # fmt: skip
def test_a_link_that_means_nothing_leaves_the_page_usable(link: dict[str, str]) -> None:
    run = add_run()
    app = open_page(**({"source": run} | link))
    assert "Picture 1, level 2: result" in shown(app)
    assert not app.error


def test_the_download_holds_every_picture_at_one_size() -> None:
    coarse = np.full((2, 7, 7, 1), 9, np.uint8)
    fine = np.full((2, 28, 28, 1), 200, np.uint8)
    levels = [board.Shown(None, None, coarse, (0.5, 0.5)), board.Shown(fine, fine, fine, (0.5, 0.5))]
    picture = np.asarray(Image.open(io.BytesIO(board.sheet(levels))))
    assert picture.shape[:2] == (2 * 224 + 8, 4 * 224 + 3 * 8)
    assert picture[100, 100] == 9
    assert picture[300, 800] == 200
