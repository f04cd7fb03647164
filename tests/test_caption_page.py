"""The Say it page as a viewer drives it, on an untrained run of its own."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.data.captions import TEXT
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from tests.small_runs import small_run, small_talker
from tests.visits import checked, visit

FIGURE = re.compile(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]*)">')
PICTURE, SKETCH = "Stage II: picture", "Stage I: sketch"


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "weights")
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def run(runs_dir: Path) -> str:
    return small_talker(RunStore(runs_dir))


def open_page(**link: str) -> AppTest:
    return visit("pages/caption.py", **link)


def figures(app: AppTest) -> dict[str, np.ndarray]:
    """Pixels of the large pictures by title, and of the small ones by number."""
    found: dict[str, np.ndarray] = {}
    for content, alt in FIGURE.findall(everything(app)):
        with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
            title = alt.split(",")[0]
            found[str(len(found)) if title == "Other noise" else title] = np.asarray(picture)
    return found


def everything(app: AppTest) -> str:
    return "".join(html.value for html in app.get("html"))


def parameter(app: AppTest, name: str) -> str | None:
    if name not in app.query_params:
        return None
    value: Any = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def type_in(app: AppTest, sentence: str) -> None:
    app.text_input[0].set_value(sentence)
    checked(app.run())


def test_it_opens_on_the_example_from_words_to_picture(run: str) -> None:
    app = open_page()
    assert parameter(app, "source") == run
    assert app.text_input[0].value == TEXT.example
    shown = figures(app)
    assert shown["As numbers"].shape == (2, 16, 3)
    assert shown[SKETCH].shape == (8, 8, 3)
    assert shown[PICTURE].shape == (32, 32, 3)
    assert len(shown) == 3 + 7
    assert f"“{TEXT.example}”" in everything(app)
    assert [box.label for box in app.selectbox if box.label.startswith("Word")] == [
        "Word 2", "Word 3", "Word 4", "Word 5", "Word 7", "Word 8", "Word 9",
    ]  # fmt: skip
    assert not app.error


def test_another_sentence_draws_another_picture_that_a_link_shows(run: str) -> None:
    app = open_page()
    before = figures(app)
    type_in(app, "A huge violet Eight, in the middle")
    after = figures(app)
    assert not np.array_equal(before[PICTURE], after[PICTURE])
    assert "Before, the same noise: “a small red three above a large blue seven”" in everything(app)
    link = {name: parameter(app, name) or "" for name in ("source", "step", "say", "seed")}
    again = figures(open_page(**link))
    np.testing.assert_array_equal(again[PICTURE], after[PICTURE])
    np.testing.assert_array_equal(again["4"], after["4"])


def test_a_word_is_swapped_and_the_noise_kept(run: str) -> None:
    app = open_page(say="a violet one", seed="7")
    box = next(box for box in app.selectbox if box.label == "Word 2")
    assert box.value == "violet"
    assert "purple" not in box.options
    before = figures(app)
    box.set_value("green")
    checked(app.run())
    assert parameter(app, "say") == "a green one"
    assert parameter(app, "seed") == "7"
    small = figures(app)
    assert not np.array_equal(small[PICTURE], before[PICTURE])
    rest = [pixels for name, pixels in small.items() if name.isdigit()]
    np.testing.assert_array_equal(rest[7], before[PICTURE])  # the row "before" begins with what stood there


def test_another_seed_keeps_the_sentence(run: str) -> None:
    app = open_page(say="a one")
    before = figures(app)
    next(button for button in app.button if button.label == "Random").click()
    checked(app.run())
    assert app.text_input[0].value == "a one"
    assert not np.array_equal(figures(app)[PICTURE], before[PICTURE])


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("", "The sentence has no words; write one such as"),
        ("a purple cat", "Unknown: “cat”; the words it knows are"),
        ("purrr <b>*meow*</b>", "None of its words is known; the words it knows are"),
        ("red " * 1250, "The sentence has 5,000 characters and 500 are read at most"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_sentence_and_the_page_goes_on(
    run: str, sentence: str, message: str
) -> None:
    app = open_page()
    type_in(app, sentence)
    (error,) = app.error
    assert message in error.value.replace("\\", "")
    assert not figures(app)
    type_in(app, "a red three")
    assert not app.error
    assert PICTURE in figures(app)


def test_known_words_can_be_in_any_order(run: str) -> None:
    app = open_page(say="three red a")
    assert PICTURE in figures(app)
    assert "not built like the sentences it learned from" in app.info[0].value


def test_a_broken_link_and_a_damaged_checkpoint_are_told(run: str, runs_dir: Path) -> None:
    app = open_page(source="gone", step="x", seed="-3")
    assert "is not here" in app.info[0].value
    assert PICTURE in figures(app)
    for path in runs_dir.rglob("*"):
        if path.is_file() and path.stat().st_size > 20_000 and "sqlite" not in path.name:
            path.write_bytes(path.read_bytes()[:1000])
    st.cache_resource.clear()
    app = open_page()
    assert len(app.error) == 1


def test_without_a_network_it_says_what_to_do(runs_dir: Path) -> None:
    small_run(RunStore(runs_dir), "dcgan")
    app = open_page()
    assert "train a StackGAN on the Train page" in app.info[0].value
