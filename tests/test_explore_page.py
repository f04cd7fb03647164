"""The Explore page as a viewer drives it, on the shipped weights and a real run store."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.latent.exchange import from_text, to_json, to_link
from gan_core.latent.paths import latent_from_seed
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from pages.components import services
from pages.components.explore import boards, pad, place, walk
from tests.small_runs import small_run
from tests.visits import checked, visit

SOURCE = "dcgan-digits"
Z = torch.randn(64, generator=torch.Generator().manual_seed(5))


@pytest.fixture(autouse=True, scope="module")
def nothing_of_other_weights() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    for of_these_runs in (services.store, services.launcher, services.reader):
        of_these_runs.clear()  # but not the directions of the shipped weights, which take half a second


def open_explore(**link: str) -> AppTest:
    start = {"source": SOURCE, "tab": "fill"}  # that tab shows no picture at first
    return visit("pages/explore.py", **(start | link))


def click(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click()
    checked(app.run())


def picture(app: AppTest, alt: str = "Generated picture") -> str:
    """Address of the picture, which is its content."""
    images = [image for image in app.get("image") if image.proto.imgs[0].alt == alt] or app.image
    return str(images[0].proto.imgs[0].url)


def drag(app: AppTest, values: list[float], *, final: bool = True, version: int = 0) -> None:
    state = {"version": version, "seq": 1, "values": values, "final": final}
    app.session_state[pad.KEY] = {"edit": state}
    checked(app.run())


def parameter(app: AppTest, name: str) -> str | None:
    if name not in app.query_params:
        return None
    value: Any = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def labelled(app: AppTest, label: str) -> Any:
    kinds = (app.selectbox, app.number_input, app.slider, app.text_area, app.text_input, app.toggle)
    return next(widget for kind in kinds for widget in kind if widget.label == label)


# --- the picture ---


def test_the_page_opens_on_the_best_weights_and_their_directions() -> None:
    app = visit("pages/explore.py")
    assert labelled(app, "Generator").value == "dcgan-mnist"
    assert len(app.image) == 2 + 2  # and the two strips of a walk
    assert len(app.get("bidi_component")) == 1
    assert not app.error


def test_dragging_changes_the_pictures_and_letting_go_the_address() -> None:
    app = open_explore()
    before = picture(app), app.image[1].proto.imgs[0].url
    drag(app, [2.0, 0, 0, 0, 0, 0, 0, -1.5], final=False)
    assert picture(app) != before[0]
    assert app.image[1].proto.imgs[0].url != before[1]
    assert parameter(app, "move") is None
    drag(app, [2.0, 0, 0, 0, 0, 0, 0, -1.5])
    assert parameter(app, "move") == "2,0,0,0,0,0,0,-1.5"


def test_a_link_shows_the_same_picture() -> None:
    app = open_explore(seed="42", psi="0.8")
    drag(app, [1.25, -0.5])
    link = {name: parameter(app, name) or "" for name in ("seed", "psi", "move")}
    assert picture(open_explore(**link)) == picture(app)


def test_what_was_dragged_before_a_new_seed_is_not_taken_for_the_sliders() -> None:
    app = open_explore()
    drag(app, [2.0], final=False)
    labelled(app, "Seed").set_value(9)
    checked(app.run())
    assert parameter(app, "seed") == "9"
    assert picture(app) == picture(open_explore(seed="9"))


def test_random_keeps_the_sliders_and_reset_does_not() -> None:
    app = open_explore(move="1", psi="0.5", z=to_link(Z))
    click(app, "Random")
    assert parameter(app, "seed") not in (None, "0")
    assert (parameter(app, "move"), parameter(app, "z")) == ("1", None)
    click(app, "Reset")
    assert (parameter(app, "move"), parameter(app, "psi")) == (None, None)
    assert parameter(app, "seed") is not None


def test_truncation_to_zero_makes_all_pictures_the_same() -> None:
    app = open_explore(psi="0", seed="1")
    assert picture(app) == picture(open_explore(psi="0", seed="2"))


def test_plain_sliders_do_the_same() -> None:
    app = open_explore()
    drag(app, [1.5])
    moved = picture(app)
    other = open_explore()
    labelled(other, "Plain sliders").set_value(True)
    checked(other.run())
    next(slider for slider in other.slider if slider.label.startswith("1.")).set_value(1.5)
    checked(other.run())
    assert picture(other) == moved
    assert parameter(other, "move") == "1.5"


def test_one_number_of_z_can_be_changed() -> None:
    app = open_explore()
    before = picture(app)
    labelled(app, "z[1] of 64").set_value(3.5)
    checked(app.run())
    assert picture(app) != before
    assert float(from_text(parameter(app, "z") or "", 64)[0]) == 3.5


# --- latents and directions of one's own ---


def paste(text: str) -> AppTest:
    app = open_explore()
    labelled(app, "Paste a latent").set_value(text)
    click(app, "Show it")
    return app


def test_a_pasted_latent_is_shown() -> None:
    assert picture(paste(to_json(Z))) == picture(open_explore(z=to_link(Z)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps([0.0] * 63), "64 numbers, got 63"),
        ("[" + "NaN, " * 63 + "0]", "NaN"),
        ("hello", "neither JSON nor"),
        ("", "nothing to read"),
    ],
)
def test_a_pasted_text_that_is_no_latent_is_explained_once(text: str, message: str) -> None:
    app = paste(text)
    assert len(app.error) == 1
    assert message in app.error[0].value
    assert len(app.image) == 2
    assert not checked(app.run()).error


def test_a_link_with_nonsense_still_shows_a_picture() -> None:
    app = open_explore(seed="x", psi="nan", move="a,9,inf", z="AAAA", **{"class": "x"})
    assert len(app.image) == 2
    assert "cut short" in app.warning[0].value


def test_a_link_to_what_is_gone_says_so_and_shows_something() -> None:
    app = open_explore(source="gone22")
    assert "is not here" in app.info[0].value
    assert len(app.image) == 2


def test_without_any_generator_the_page_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "weights")
    app = open_explore()
    assert "train a DCGAN" in app.info[0].value


def test_a_named_direction_becomes_a_slider_and_can_be_deleted(runs_dir: Path) -> None:
    app = open_explore()
    labelled(app, "Its name").set_value("curly *tail*")
    click(app, "Save")
    assert "curly *tail*" in labelled(app, "Direction").options
    assert not (Path(weights.WEIGHTS_DIR) / "directions.json").exists()
    assert (runs_dir / "directions.json").is_file()
    labelled(app, "Its name").set_value("curly *tail*")
    click(app, "Save")
    assert "already called" in app.error[0].value
    click(app, "Delete “curly \\*tail\\*”")
    assert "curly *tail*" not in labelled(app, "Direction").options


def test_deleting_a_direction_leaves_the_other_sliders_where_they_are(runs_dir: Path) -> None:
    app = open_explore()
    for name in ("first", "second"):
        labelled(app, "Its name").set_value(name)
        click(app, "Save")
    own = len(labelled(app, "Direction").options) - 2
    others = ["0.5", "-1.25", *["0"] * (own - 2)]
    app = open_explore(move=",".join([*others, "0", "2"]))
    before = picture(app)
    click(app, "Delete “first”")  # the second one's slider takes its place, and its move comes along
    assert parameter(app, "move") == ",".join([*others, "2"])
    assert picture(app) == before
    click(app, "Delete “second”")
    assert parameter(app, "move") == "0.5,-1.25"
    assert picture(app) != before


# --- runs ---


@pytest.fixture
def run_id(runs_dir: Path) -> str:
    """A run with two checkpoints of a tiny untrained DCGAN."""
    return small_run(RunStore(runs_dir), "dcgan")


def test_a_run_is_explored_at_any_checkpoint(run_id: str) -> None:
    app = open_explore(source=run_id)
    assert labelled(app, "Generator").value == run_id
    assert labelled(app, "Checkpoint").value == 10
    newest = picture(app)
    labelled(app, "Checkpoint").set_value(5)
    checked(app.run())
    assert parameter(app, "step") == "5"
    assert picture(app) != newest
    assert "newest one is shown" in open_explore(source=run_id, step="7").info[0].value


# --- the address ---


def test_moves_survive_the_address() -> None:
    assert place.read_moves(place.write_moves((1.5, 0.0, -0.25))) == (1.5, 0.0, -0.25)
    assert place.read_moves("9,x,-9,nan,0") == (3.0, 0.0, -3.0)
    assert place.read_moves("") == ()


# --- what lies below ---


def test_a_walk_starts_at_the_picture_and_comes_home_as_files() -> None:
    app = open_explore(tab="walk")
    strips = [image.proto.imgs[0].url for image in app.image[2:]]
    assert len(strips) == 2
    assert strips[0] != strips[1]
    drag(app, [2.0])
    assert app.image[2].proto.imgs[0].url != strips[0]
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == [
        "slerp as strip (PNG)",
        "slerp as film (GIF)",
        "lerp as strip (PNG)",
        "lerp as film (GIF)",
    ]


def test_the_files_of_a_walk_hold_every_stop() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 1), np.uint8)
    with Image.open(io.BytesIO(walk.strip_png(images))) as strip:
        assert strip.size == (5 * 64 + 4 * 4, 64)
    with Image.open(io.BytesIO(walk.film_gif(images))) as film:
        assert film.n_frames == 5


def test_a_loop_comes_back_without_repeating_its_ends() -> None:
    images = np.arange(5, dtype=np.uint8)[:, None, None, None]
    assert walk.there_and_back(images).ravel().tolist() == [0, 1, 2, 3, 4, 3, 2, 1]
    assert walk.there_and_back(images[:2]).ravel().tolist() == [0, 1]


def test_arithmetic_shows_a_result_to_continue_from() -> None:
    app = open_explore(tab="arithmetic")
    assert len(app.image) == 2 + 4
    click(app, "Continue from here")
    assert parameter(app, "z") is not None


@pytest.mark.parametrize("text", ["", "one", "1, -2", "1,2,3,4,5,6,7,8,9,10", "99999999"])
def test_seeds_that_are_none_are_explained(text: str) -> None:
    app = open_explore(tab="arithmetic")
    next(field for field in app.text_input if field.label.startswith("A:")).set_value(text)
    checked(app.run())
    assert len(app.error) == 1
    assert "seeds" in app.error[0].value.lower()


def test_a_cell_of_the_map_is_gone_to(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_explore(tab="map")
    assert len(app.get("bidi_component")) == 2
    answers = iter([(2, 2), None])
    monkeypatch.setattr(boards, "show_map", lambda *args, **kwargs: next(answers, None))
    checked(app.run())
    z = from_text(parameter(app, "z") or "", 64)
    family = weights.load(SOURCE).family
    corner = latent_from_seed(family, 0)[0]
    assert float(torch.nn.functional.cosine_similarity(z, corner, dim=0)) > 0.999


def test_the_nearest_training_images_are_shown_with_a_yardstick() -> None:
    app = open_explore(tab="memory")
    labelled(app, "Compare the picture above with all training images").set_value(True)
    checked(app.run())
    assert len(app.image) == 2 + 2
    verdicts = [text.value for text in app.markdown if "unseen real image" in text.value]
    assert len(verdicts) == 2


def png_of(pixels: np.ndarray, mode: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, "PNG")
    return buffer.getvalue()


def strokes() -> bytes:
    """A drawing as the sheet sends it: white on transparent."""
    pixels = np.zeros((448, 448, 4), np.uint8)
    pixels[60:380, 200:240] = 255
    return png_of(pixels, "RGBA")


def sketching(monkeypatch: pytest.MonkeyPatch, data: bytes | None) -> None:
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: data)


def test_a_drawn_digit_is_found_and_continued_from(monkeypatch: pytest.MonkeyPatch) -> None:
    sketching(monkeypatch, strokes())
    app = open_explore(tab="find")
    click(app, "Find it")
    assert len(app.image) == 3
    assert not app.error
    click(app, "Continue from here")
    z = from_text(parameter(app, "z") or "", 64)
    judge, family = weights.load("classifier-digits").family, weights.load(SOURCE).family
    assert int(judge.class_logits(family.generate(z[None])).argmax()) == 1


def test_an_empty_drawing_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    sketching(monkeypatch, None)
    app = open_explore(tab="find")
    click(app, "Find it")
    assert "the drawing is empty" in app.error[0].value.lower()
    assert len(app.image) == 2


def upload(app: AppTest, name: str, data: bytes) -> None:
    app.segmented_control(key="find_way").set_value("Upload")
    checked(app.run())
    app.file_uploader[0].upload(name, data, "image/png")
    checked(app.run())
    click(app, "Find it")


def test_a_photo_of_any_size_and_colour_is_searched_for() -> None:
    app = open_explore(tab="find")
    pixels = np.full((900, 1400, 3), (200, 220, 190), np.uint8)
    pixels[200:700, 650:720] = (40, 30, 20)
    upload(app, "photo.png", png_of(pixels, "RGB"))
    assert not app.error
    assert len(app.image) == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"just some text", "not an image"),
        (png_of(np.zeros((8000, 6300), np.uint8), "L"), "megapixels"),
        (png_of(np.full((50, 50), 255, np.uint8), "L"), "empty"),
        (png_of(np.zeros((4, 4), np.uint8), "L"), "smaller than"),
    ],
)
def test_a_file_that_is_no_use_is_explained(data: bytes, message: str) -> None:
    app = open_explore(tab="find")
    upload(app, "picture.png", data)
    assert len(app.error) == 1
    assert message in app.error[0].value
    assert len(app.image) == 2


def test_a_painted_out_part_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.zeros((448, 448, 4), np.uint8)
    pixels[150:300, 150:300] = (163, 62, 189, 255)
    sketching(monkeypatch, png_of(pixels, "RGBA"))
    app = open_explore(tab="fill")
    click(app, "Fill it in")
    assert not app.error
    assert len(app.image) == 3


@pytest.mark.parametrize("covered", [0, 448])
def test_nothing_or_everything_painted_out_is_explained(
    monkeypatch: pytest.MonkeyPatch, covered: int
) -> None:
    pixels = np.zeros((448, 448, 4), np.uint8)
    pixels[:covered] = (163, 62, 189, 255)
    sketching(monkeypatch, png_of(pixels, "RGBA") if covered else None)
    app = open_explore(tab="fill")
    click(app, "Fill it in")
    assert "part of the picture" in app.error[0].value


def test_a_link_does_not_depend_on_what_else_is_here(run_id: str) -> None:
    app = visit("pages/explore.py")
    assert parameter(app, "source") == "dcgan-mnist"
    assert parameter(open_explore(source=run_id), "step") == "10"
