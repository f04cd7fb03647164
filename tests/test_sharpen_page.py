"""The Sharpen page as a viewer drives it, on a run of tiny networks with random weights."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.data import load_dataset
from gan_core.data.pictures import _MAX_PIXELS
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from gan_core.settings import UserError
from pages.components import own_picture
from pages.components.explore import boards
from pages.components.sharpen import below, stage
from tests.small_runs import CHECKPOINTS, small_run
from tests.visits import checked, visit

FIGURE = re.compile(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]*)">')
SMALL = {"blocks": 1, "discriminator_width": 4, "head_width": 8}


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def run(runs_dir: Path) -> str:
    return small_run(RunStore(runs_dir), "srgan", **SMALL)


def open_page(**link: str) -> AppTest:
    return visit("pages/sharpen.py", **link)


def html_of(app: AppTest) -> str:
    return "".join(html.value for html in app.get("html"))


def figures(app: AppTest) -> dict[str, np.ndarray]:
    """Pixels of the pictures in the row by their title."""
    found = {}
    for content, alt in FIGURE.findall(html_of(app)):
        with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
            found.setdefault(alt.split(",")[0], np.asarray(picture))
    return found


def png_of(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def uploading(monkeypatch: pytest.MonkeyPatch, data: bytes | None) -> None:
    monkeypatch.setattr(own_picture, "upload", lambda **kwargs: data)


def test_the_page_opens_on_a_test_image_in_every_version(run: str) -> None:
    app = open_page(source=run)
    shown = figures(app)
    assert set(shown) == {"Given", "Bicubic", "SRResNet", "SRGAN", "True picture"}
    true = load_dataset("digits", split="test").images[0, 0].numpy()
    assert np.array_equal(shown["True picture"], true)
    means = true.reshape(4, 4, 4, 4).astype(float).mean((1, 3))
    assert np.abs(shown["Given"] - means).max() <= 0.51
    text = html_of(app)
    assert all(word in text for word in ("PSNR", "SSIM", "Read as", "Nearest pixel"))
    assert not app.error


def test_another_image_and_another_checkpoint_are_a_link_away(run: str) -> None:
    app = open_page(source=run)
    first = figures(app)
    next(button for button in app.button if button.label == "Next").click()
    second = figures(checked(app.run()))
    assert not np.array_equal(first["True picture"], second["True picture"])
    again = figures(open_page(source=run, image="1"))
    assert all(np.array_equal(again[name], second[name]) for name in second)
    earlier = figures(open_page(source=run, image="1", step=str(CHECKPOINTS[0])))
    assert not np.array_equal(earlier["SRGAN"], second["SRGAN"])


def test_a_closer_look_cuts_the_same_part_out_of_every_picture(run: str) -> None:
    whole = figures(open_page(source=run, row="2", column="13"))
    app = open_page(source=run, zoom="2", row="2", column="13")
    close = figures(app)
    assert np.array_equal(close["True picture"], whole["True picture"][:8, 8:])
    assert np.array_equal(close["SRGAN"], whole["SRGAN"][:8, 8:])
    assert np.array_equal(close["Given"], whole["Given"][:2, 2:])


@pytest.mark.parametrize(
    "link", [{"zoom": "3"}, {"zoom": "-1"}, {"at": "x"}, {"against": "trained"}, {"row": "²"}]
)
def test_a_link_that_asks_for_nonsense_shows_the_usual(run: str, link: dict[str, str]) -> None:
    app = open_page(source=run, **link)
    assert figures(app)["SRGAN"].shape == (16, 16)
    assert not app.error


def test_a_drawing_is_made_small_and_its_link_shows_it(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    strokes = np.zeros((448, 448, 4), np.uint8)
    strokes[60:390, 200:250] = 255
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: png_of(Image.fromarray(strokes)))
    app = open_page(source=run, **{"from": "draw"})
    drawn = figures(app)
    assert drawn["Yours"].max() == 255
    assert drawn["Given"].shape == (4, 4)
    written = app.query_params["marks"]
    marks = written if isinstance(written, str) else written[0]
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: None)
    assert np.array_equal(
        figures(open_page(source=run, **{"from": "draw", "marks": marks}))["Yours"], drawn["Yours"]
    )
    assert "Draw something" in open_page(source=run, **{"from": "draw"}).info[0].value


PICTURES = {
    "palette": Image.new("RGB", (40, 24), "red").convert("P"),
    "transparent": Image.new("RGBA", (24, 40), (0, 90, 200, 128)),
    "grey": Image.new("L", (33, 31), 90),
    "16 bit": Image.fromarray(np.full((20, 20), 40_000, np.uint16)),
    "black and white": Image.new("1", (24, 24), 1),
    "long": Image.new("RGB", (2000, 60), "green"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_of_any_mode_and_size_is_enlarged(
    run: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    uploading(monkeypatch, png_of(PICTURES[name]))
    app = open_page(source=run, **{"from": "upload"})
    assert not app.error
    shown = figures(app)
    assert shown["SRGAN"].shape == shown["Yours"].shape
    assert shown["Given"].shape[0] * 4 == shown["SRGAN"].shape[0]
    assert "Read as" not in html_of(app)  # nobody knows classes of such pictures
    assert ("was shrunk to 512 × 15" in html_of(app)) == (name == "long")


def test_a_printers_picture_is_enlarged_beyond_its_own_size(
    run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploading(monkeypatch, png_of(Image.new("CMYK", (12, 20), (0, 255, 0, 0)), "JPEG"))
    app = open_page(source=run, **{"from": "upload"})
    app.toggle(key="sharpen_shrink").set_value(False)
    shown = figures(checked(app.run()))
    assert set(shown) == {"Given", "Bicubic", "SRResNet", "SRGAN"}
    assert shown["Given"].shape == (20, 12, 3)
    assert shown["SRGAN"].shape == (80, 48, 3)
    assert "Nothing to compare with" in html_of(app)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (png_of(Image.new("L", (1, 1))), "smaller than 8 pixels on a side"),
        (png_of(Image.new("1", (10_000, _MAX_PIXELS // 10_000 + 1))), "more than 36 megapixels"),
        (b"no picture", "not an image that can be read"),
        (png_of(Image.new("RGB", (50, 50)))[:60], "damaged image"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence_and_the_page_stays(
    run: str, monkeypatch: pytest.MonkeyPatch, data: bytes, why: str
) -> None:
    uploading(monkeypatch, data)
    app = open_page(source=run, **{"from": "upload"})
    (error,) = app.error
    assert why in error.value.replace("\\", "")
    assert "choose a PNG or JPEG" in error.value
    app.segmented_control(key="sharpen_tab").set_value("how")
    checked(app.run())


def test_numbers_of_a_run_are_measured_on_a_click(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(below, "MEASURED", 30)
    app = open_page(source=run)
    assert "Perceptual distance" not in html_of(app)
    next(button for button in app.button if button.label == "Measure now").click()
    text = html_of(checked(app.run()))
    assert "Recognised by the classifier" in text
    assert "Recognised by the nearest training image" in text
    assert "<td>30</td>" in text


def test_misread_images_are_shown_with_what_they_are_and_what_is_read(run: str) -> None:
    app = open_page(source=run, tab="failures")
    found = below.reading(run, CHECKPOINTS[-1], 0)
    assert found is not None
    wrong = np.flatnonzero(found.read["trained"] != found.read["real"])
    assert len(wrong) > 20  # random weights
    text = html_of(app)
    first = wrong[0]
    assert f"No. {first + 1}" in text
    assert f"read {found.read['trained'][first]}" in text
    assert f"is {found.read['real'][first]}" in text
    assert f"SRGAN {len(wrong)}" in text


def test_without_a_classifier_the_page_says_why_nobody_reads(
    run: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "none")
    app = open_page(source=run, tab="failures")
    assert "no classifier knows" in app.error[0].value.lower()
    assert "Read as" not in html_of(app)
    assert figures(app)["SRGAN"].shape == (16, 16)


def test_without_any_network_the_page_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "none")
    app = open_page()
    assert "train an SRGAN" in app.info[0].value


def test_networks_that_enlarge_are_not_offered_on_the_translate_page(
    run: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "none")
    app = visit("pages/translate.py")
    assert "No network that turns images into images" in app.info[0].value


def test_the_closer_look_stays_inside_the_picture() -> None:
    pixels = np.arange(40 * 24, dtype=np.int64).reshape(40, 24, 1)
    for row, column in ((0, 0), (15, 15), (7, 3)):
        part = stage.cut(pixels, stage.Look("bicubic", zoom=4, row=row, column=column))
        assert part.shape == (10, 6, 1)
    assert np.array_equal(stage.cut(pixels, stage.Look("bicubic")), pixels)


def test_a_large_picture_keeps_its_proportions() -> None:
    pixels, size = own_picture.whole(png_of(Image.new("RGB", (3000, 1500), "blue")), 256)
    assert size == (3000, 1500)
    assert tuple(pixels.shape) == (128, 256, 3)
    with pytest.raises(UserError, match="cannot be used"):
        own_picture.whole(b"", 256)
