"""The Both ways page as a viewer drives it, on untrained weights of its own."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.building import build_family, resolve_config
from gan_core.data import load_dataset
from gan_core.images import to_uint8
from gan_core.phases import DataSpec
from gan_core.runs.launcher import Launcher
from gan_core.settings import RunConfig
from pages.components.explore import boards
from tests.test_translate_page import click, figures, parameter, png_of, strokes
from tests.visits import checked, visit

SPECS = {
    "digits-scenes": DataSpec("images", (3, 16, 16), 10, (1, 16, 16)),
    "mnist-scenes": DataSpec("images", (3, 28, 28), 10, (1, 28, 28)),  # whose images are not here
    "modes": DataSpec("points", (2,), 0, (2,)),
}


@pytest.fixture(autouse=True)
def own_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def shipped(tmp_path: Path) -> None:
    for dataset, spec in SPECS.items():
        config = resolve_config(
            RunConfig(family="discogan", dataset=dataset, settings={"width": 8, "blocks": 0, "z_dim": 2})
        )
        classes = tuple("0123456789"[: spec.num_classes])
        card = weights.Card(
            name=f"discogan-{dataset}", title=f"DiscoGAN on {dataset}", family="discogan", dataset=dataset,
            data=weights.DataCard(
                kind=spec.kind, shape=spec.shape, class_names=classes, other_shape=spec.other_shape
            ),
            settings=config.settings, training=config.training, preset="default", command="", seed=0, steps=1,
            images_seen=64, seconds=1.0, device="cpu", hardware="", versions={}, created="2026-11-24",
        )  # fmt: skip
        weights.save(tmp_path / f"{card.name}.safetensors", build_family(config, spec), card)


def open_page(**link: str) -> AppTest:
    return visit("pages/domains.py", **link)


def test_without_a_network_it_says_how_to_get_one() -> None:
    assert "train a DiscoGAN" in open_page().info[0].value
    assert "5 modes" in open_page(tab="modes").info[0].value


@pytest.mark.usefixtures("shipped")
def test_a_digit_goes_to_a_scene_and_back_and_a_link_shows_the_same() -> None:
    app = open_page(seed="3")
    shown = figures(app)
    assert list(shown)[:3] == ["Real digit", "As a scene", "Back as a digit"]
    assert len(shown) == 3 + 7  # and as many other colours
    assert shown["As a scene"].ndim == 3
    assert shown["Back as a digit"].ndim == 2
    click(app, "Next")
    assert parameter(app, "image") == "1"
    second = figures(app)
    assert not np.array_equal(second["Real digit"], shown["Real digit"])
    again = figures(open_page(image="1", seed="3"))
    assert all(np.array_equal(again[name], second[name]) for name in second)
    click(app, "Random")
    other = figures(app)
    assert np.array_equal(other["Real digit"], second["Real digit"])
    assert not np.array_equal(other["As a scene"], second["As a scene"])


@pytest.mark.usefixtures("shipped")
def test_a_scene_goes_to_a_digit_and_back() -> None:
    app = open_page(direction="ba")
    shown = figures(app)
    assert list(shown)[:3] == ["Real scene", "As a digit", "Back as a scene"]
    data, family = load_dataset("digits-scenes", split="test"), weights.load("discogan-digits-scenes").family
    back = family.translate_back(data.batch(torch.tensor([0])).real)
    assert np.array_equal(shown["Real scene"], to_uint8(data.batch(torch.tensor([0])).real)[0])
    assert np.array_equal(shown["As a digit"][..., :1], to_uint8(back.x_condition)[0])
    assert np.array_equal(shown["As a digit"][..., 0], shown["As a digit"][..., 1])
    assert np.array_equal(shown["Back as a scene"], to_uint8(family.translate(*back))[0])
    assert "Draw" not in str(app.segmented_control(key="translate_way:0").options)


@pytest.mark.usefixtures("shipped")
def test_a_drawing_is_translated_and_an_empty_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: strokes())
    app = open_page(**{"from": "draw"})
    assert "Your digit" in figures(app)
    empty = png_of(np.zeros((448, 448, 4), np.uint8), "RGBA")
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: empty)
    checked(app.run())
    assert "empty" in app.error[0].value
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: None)
    checked(app.run())
    assert "Draw a digit" in app.info[0].value


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize(
    ("mode", "size"), [("L", (9, 300)), ("RGBA", (64, 64)), ("P", (500, 400)), ("1", (30, 30))]
)
def test_a_scene_of_any_mode_and_size_is_translated(mode: str, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(buffer, "PNG")
    app = open_page(direction="ba", **{"from": "upload"})
    app.file_uploader[0].upload("scene.png", buffer.getvalue(), "image/png")
    checked(app.run())
    assert "Your scene" in figures(app), [error.value for error in app.error]


@pytest.mark.usefixtures("shipped")
def test_what_is_no_picture_or_shows_nothing_is_told_in_one_sentence() -> None:
    app = open_page(direction="ba", **{"from": "upload"})
    app.file_uploader[0].upload("scene.png", b"no picture", "image/png")
    checked(app.run())
    assert "choose a PNG or JPEG" in app.error[0].value
    app = open_page(direction="ba", **{"from": "upload"})
    app.file_uploader[0].upload("scene.png", png_of(np.full((9, 9, 3), 90, np.uint8), "RGB"), "image/png")
    checked(app.run())
    assert "empty" in app.error[0].value


@pytest.mark.usefixtures("shipped")
def test_points_show_who_lands_where_in_both_directions() -> None:
    app = open_page(tab="modes")
    said = "".join(element.value for element in app.markdown)
    assert "of 10** rings" in said
    assert "of 5** modes" in said
    app.segmented_control(key="domains_points:0").set_value("ba")
    checked(app.run())
    assert parameter(app, "direction") == "ba"
    assert "of 5** rings" in "".join(element.value for element in app.markdown)
