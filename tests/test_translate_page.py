"""The Translate page as a viewer drives it, on the shipped weights and a real run store."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.building import build_family, resolve_config
from gan_core.conditions import HIDDEN
from gan_core.phases import DataSpec
from gan_core.runs import checkpoints
from gan_core.runs.files import RunFolder
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from gan_core.runs.timeline import write_snapshot
from gan_core.settings import RunConfig, TrainingSettings
from pages.components import frames, sheets
from pages.components.explore import boards
from pages.components.pictures import GAP, TILE_PIXELS
from tests.visits import checked, visit

SOURCE = "pix2pix-digits"
FIGURE = re.compile(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]*)">')


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    st.cache_resource.clear()
    st.cache_data.clear()


def open_page(**link: str) -> AppTest:
    return visit("pages/translate.py", **link)


def click(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click()
    checked(app.run())


def figures(app: AppTest) -> dict[str, np.ndarray]:
    """Pixels of the large pictures by their title, and of the small ones by their number."""
    found: dict[str, np.ndarray] = {}
    for content, alt in FIGURE.findall("".join(html.value for html in app.get("html"))):
        with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
            title = alt.split(",")[0]
            found[str(len(found)) if title == "Made with other noise" else title] = np.asarray(picture)
    return found


def parameter(app: AppTest, name: str) -> str | None:
    if name not in app.query_params:
        return None
    value: Any = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def png_of(pixels: np.ndarray, mode: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, "PNG")
    return buffer.getvalue()


def strokes() -> bytes:
    """A drawn one."""
    pixels = np.zeros((448, 448, 4), np.uint8)
    pixels[60:390, 200:250] = 255
    return png_of(pixels, "RGBA")


def sketching(monkeypatch: pytest.MonkeyPatch, data: bytes | None) -> None:
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: data)


# --- a test image ---


def test_the_page_opens_on_a_result_that_needs_no_download() -> None:
    app = open_page()
    assert parameter(app, "source") == SOURCE
    shown = figures(app)
    assert set(shown) == {"Given: outline", "Made", "Real", *map(str, range(3, 10))}
    assert set(np.unique(shown["Given: outline"])) == {0, 255}
    difference = np.abs(shown["Made"].astype(float) - shown["Real"]).mean() / 255
    assert difference < 0.1
    assert f"Difference {100 * difference:.1f}" in "".join(html.value for html in app.get("html"))
    assert not app.error


def test_next_and_previous_go_round_and_a_link_shows_the_same() -> None:
    app = open_page(seed="3")
    first = figures(app)
    click(app, "Previous")
    assert parameter(app, "image") == "296"
    click(app, "Next")
    click(app, "Next")
    assert parameter(app, "image") == "1"
    second = figures(app)
    assert not np.array_equal(first["Real"], second["Real"])
    again = figures(open_page(image="1", seed="3"))
    assert all(np.array_equal(again[name], second[name]) for name in second)


def test_another_seed_makes_other_pictures_of_the_same_condition() -> None:
    app = open_page()
    before = figures(app)
    next(widget for widget in app.number_input if widget.label == "Seed").set_value(8)
    checked(app.run())
    assert parameter(app, "seed") == "8"
    after = figures(app)
    assert np.array_equal(before["Given: outline"], after["Given: outline"])
    assert not np.array_equal(before["Made"], after["Made"])
    click(app, "Random")
    assert parameter(app, "seed") != "8"


# --- the viewer's own ---


def test_a_drawing_becomes_a_picture_and_its_link_shows_it_without_the_drawing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sketching(monkeypatch, strokes())
    app = open_page(**{"from": "draw"})
    drawn = figures(app)
    assert set(drawn) == {"Given: outline", "Made", *map(str, range(2, 9))}
    assert "Seen as 1" in "".join(html.value for html in app.get("html"))
    marks = parameter(app, "marks")
    assert marks is not None
    sketching(monkeypatch, None)
    linked = figures(open_page(**{"from": "draw", "marks": marks}))
    assert all(np.array_equal(linked[name], drawn[name]) for name in drawn)


def test_the_pen_can_draw_the_outline_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    sketching(monkeypatch, strokes())
    app = open_page(**{"from": "draw"})
    around = figures(app)["Given: outline"]
    app.segmented_control(key="translate_pen").set_value("outline")
    checked(app.run())
    lines = figures(app)["Given: outline"]
    row = lines.shape[0] // 2
    assert (around[row] > 0).sum() == 2  # a line on either side of the stroke
    assert (lines[row] > 0).sum() == 1  # the stroke is the line


def test_a_cleared_drawing_leaves_nothing_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    sketching(monkeypatch, strokes())
    app = open_page(**{"from": "draw"})
    sketching(monkeypatch, None)
    checked(app.run())
    assert figures(app) == {}
    assert parameter(app, "marks") is None
    assert "Draw something" in app.info[0].value


def test_an_empty_drawing_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    sketching(monkeypatch, png_of(np.zeros((448, 448, 4), np.uint8), "RGBA"))
    app = open_page(**{"from": "draw"})
    assert "empty" in app.error[0].value
    click(app, "Random")  # and the page goes on


def test_an_uploaded_photo_of_dark_ink_is_translated() -> None:
    app = open_page(**{"from": "upload"})
    assert "Choose a picture" in app.info[0].value
    pixels = np.full((900, 700, 3), (200, 220, 190), np.uint8)
    pixels[200:700, 320:390] = (40, 30, 20)
    app.file_uploader[0].upload("photo.png", png_of(pixels, "RGB"), "image/png")
    checked(app.run())
    shown = figures(app)
    assert {"Given: outline", "Made", "Yours"} <= set(shown)
    assert shown["Yours"][0, 0] == 0  # light on dark now
    assert parameter(app, "marks")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"just some text", "not an image"),
        (png_of(np.zeros((8000, 6300), np.uint8), "L"), "megapixels"),
        (png_of(np.full((50, 50), 255, np.uint8), "L"), "empty"),
    ],
)
def test_a_file_that_is_no_use_is_explained(data: bytes, message: str) -> None:
    app = open_page(**{"from": "upload"})
    app.file_uploader[0].upload("picture.png", data, "image/png")
    checked(app.run())
    assert len(app.error) == 1
    assert message in app.error[0].value
    assert figures(app) == {}


# --- links and sources ---


def test_gone_weights_and_odd_values_of_a_link_are_told_once() -> None:
    app = open_page(source="long-gone", image="x", seed="-4", step="7")
    assert "is not here" in app.info[0].value
    assert "Made" in figures(app)
    app = open_page(**{"source": SOURCE, "image": "99999999999", "from": "sideways"})
    assert "Made" in figures(app)


def test_a_damaged_drawing_of_a_link_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    sketching(monkeypatch, None)
    app = open_page(**{"from": "draw", "marks": "abc"})
    assert "copy the whole link" in app.error[0].value


def test_weights_whose_test_images_are_elsewhere_can_still_be_drawn_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = open_page(source="pix2pix-mnist")
    assert "not on this machine" in app.error[0].value
    sketching(monkeypatch, strokes())
    app.segmented_control[0].set_value("draw")
    checked(app.run())
    assert "Made" in figures(app)


def test_without_any_network_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path)
    app = open_page()
    assert len(app.info) == 1
    assert "No network" in app.info[0].value


@pytest.fixture
def run_id(runs_dir: Path) -> str:
    """A run with two checkpoints of a tiny untrained pix2pix that completes pictures."""
    store = RunStore(runs_dir)
    config = resolve_config(
        RunConfig(
            family="pix2pix", dataset="digits", training=TrainingSettings(steps=10),
            settings={"width": 4, "z_dim": 4, "condition": "partial"},
        )
    )  # fmt: skip
    run = store.create(config, name="mine")
    for step in (5, 10):
        family = build_family(config, DataSpec("images", (1, 16, 16), 10))
        for weight in family.modules()["generator"].parameters():
            weight.data += torch.randn(weight.shape, generator=torch.Generator().manual_seed(step))
        state = {
            "step": step, "seconds": 1.0, "ema": {}, "settings": config.settings,
            "training": config.training.model_dump(mode="json"),
            "modules": {name: network.state_dict() for name, network in family.modules().items()},
        }  # fmt: skip
        checkpoints.save(RunFolder(store.folder(run)).checkpoint(step), state)
    return run


def test_a_run_that_completes_pictures_lets_the_viewer_paint_out_a_part(
    run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sketching(monkeypatch, None)
    app = open_page(source=run_id)
    assert app.segmented_control[0].options == ["Test image", "Upload"]
    grey = round((HIDDEN + 1) * 127.5)
    title = "Given: picture with a part missing"
    shown = figures(app)
    assert (shown[title] == grey).mean() >= 0.25  # a part chosen for the viewer
    pixels = np.zeros((448, 448, 4), np.uint8)
    pixels[:112, :224] = (163, 62, 189, 255)
    sketching(monkeypatch, png_of(pixels, "RGBA"))
    checked(app.run())
    painted = figures(app)
    assert (painted[title][:4, :8] == grey).all()
    np.testing.assert_array_equal(painted[title][4:], painted["Real"][4:])
    newest = painted["Made"]
    next(widget for widget in app.selectbox if widget.label == "Checkpoint").set_value(5)
    checked(app.run())
    assert parameter(app, "step") == "5"
    assert not np.array_equal(figures(app)["Made"], newest)


def test_families_that_do_not_translate_are_not_offered_and_this_one_is_not_explored(run_id: str) -> None:
    app = open_page()
    offered = next(widget for widget in app.selectbox if widget.label == "Network").options
    assert any("mine" in option for option in offered)
    assert not any("DCGAN" in option for option in offered)
    app.switch_page("pages/explore.py")
    checked(app.run())
    offered = next(widget for widget in app.selectbox if widget.label == "Generator").options
    assert not any("pix2pix" in option or "mine" in option for option in offered)


# --- the Train page ---


def open_train(**link: str) -> AppTest:
    return visit("pages/train.py", **link)


@pytest.mark.parametrize(("dataset", "shows"), [("digits", True), ("mnist", False)])
def test_a_new_run_opens_on_what_finished_ones_translate(dataset: str, shows: bool) -> None:
    app = open_train(new="", family="pix2pix", data=dataset, preset="default")
    assert not app.error
    said = "".join(html.value for html in app.get("html"))
    assert ("what it was given" in said) == shows  # the test images of MNIST are not on this machine
    assert len(app.get("image")) == int(shows)


def test_a_runs_pictures_stand_between_what_was_given_and_the_real_ones(run_id: str, runs_dir: Path) -> None:
    store = RunStore(runs_dir)
    folder = RunFolder(store.folder(run_id))
    images = np.zeros((64, 16, 16, 1), np.uint8)
    scores = np.full(64, 0.5, np.float32)
    write_snapshot(folder.real_examples, {"real": images, "conditions": images})
    write_snapshot(folder.snapshot(10), {"fake": images, "fake_score": scores, "real_score": scores})
    app = open_train(run=run_id)
    assert "what was given" in app.get("image")[0].proto.imgs[0].alt
    heads = next(html.value for html in app.get("html") if "threes" in html.value)
    assert re.findall(r">(\w+)</span>", heads) == ["Given", "Made", "Real"] * 2
    with Image.open(io.BytesIO(frames.newest_png(run_id))) as taken_home:
        columns = 2 * (3 * TILE_PIXELS + 2 * GAP) + sheets.BETWEEN
        assert (taken_home.width, taken_home.mode) == (columns, "RGB")
    with Image.open(io.BytesIO(frames.film(run_id))) as film:
        assert film.width == columns
    app = open_train(branch=run_id)
    assert "Where the branch starts" in app.get("image")[0].proto.imgs[0].alt
