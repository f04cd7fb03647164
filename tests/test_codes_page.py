"""The Codes page as a viewer drives it, on a real run store with a tiny untrained generator with codes."""

from __future__ import annotations

import io
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
from gan_core.data import load_dataset
from gan_core.data.datasets import ImageDataset
from gan_core.evaluation import traversals
from gan_core.families import FAMILIES
from gan_core.phases import DataSpec
from gan_core.runs import checkpoints
from gan_core.runs.files import RunFolder
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig, TrainingSettings
from pages.components.codes import measured, place, sheets, traversal
from pages.components.explore import boards
from tests.visits import checked, visit

SMALL = {"width": 4, "stem_width": 0, "head_width": 0, "z_dim": 8, "q_width": 8}
CODED = next(name for name, cls in FAMILIES.items() if cls.can_read_codes)


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(traversals, "LATENTS", 20)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(autouse=True)
def no_shipped_codes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab's own weights, but for those with codes: the page opens on the run of a test."""
    folder = tmp_path_factory.mktemp("weights")
    for path in weights.WEIGHTS_DIR.iterdir():
        if not path.name.startswith(CODED):
            (folder / path.name).symlink_to(path)
    monkeypatch.setattr(weights, "WEIGHTS_DIR", folder)


@pytest.fixture
def store(runs_dir: Path) -> RunStore:
    return RunStore(runs_dir)


def add_run(
    store: RunStore, *steps: int, family: str = CODED, dataset: str = "digits", **settings: Any
) -> str:
    """A run with checkpoints of untrained networks at the steps; its pictures differ from step to step."""
    small = {name: value for name, value in SMALL.items() if name in FAMILIES[family].Settings.model_fields}
    config = resolve_config(
        RunConfig(
            family=family, dataset=dataset, training=TrainingSettings(steps=10), settings=small | settings
        )
    )
    run = store.create(config, name="mine")
    for step in steps:
        made = build_family(config, DataSpec("images", (1, 16, 16), 10))
        for weight in made.modules()["generator"].parameters():
            weight.data += torch.randn(weight.shape, generator=torch.Generator().manual_seed(step))
        state = {
            "step": step, "seconds": 1.0, "ema": {}, "settings": config.settings,
            "training": config.training.model_dump(mode="json"),
            "modules": {name: network.state_dict() for name, network in made.modules().items()},
        }  # fmt: skip
        checkpoints.save(RunFolder(store.folder(run)).checkpoint(step), state)
    return run


@pytest.fixture
def run_id(store: RunStore) -> str:
    return add_run(store, 5, 10)


def open_codes(**link: str) -> AppTest:
    return visit("pages/codes.py", **link)


def labelled(app: AppTest, label: str) -> Any:
    kinds = (app.selectbox, app.number_input, app.slider, app.segmented_control, app.toggle)
    return next(widget for kind in kinds for widget in kind if widget.label == label)


def set_to(app: AppTest, label: str, value: Any) -> None:
    labelled(app, label).set_value(value)
    checked(app.run())


def parameter(app: AppTest, name: str) -> str | None:
    if name not in app.query_params:
        return None
    value: Any = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def pictures(app: AppTest) -> list[str]:
    """Addresses of the pictures, which are their content."""
    return [image.proto.imgs[0].url for image in app.get("image")]


def said(app: AppTest) -> str:
    """All text on the page."""
    html = [element.proto.body for element in app.get("html")]
    return "\n".join([*html, *(m.value for m in app.markdown), *(c.value for c in app.caption)])


# --- sweeps ---


def test_the_page_opens_on_a_sweep_of_every_code(run_id: str) -> None:
    app = open_codes()
    assert labelled(app, "Generator").value == run_id
    assert len(pictures(app)) == 3
    assert "Which kind" in said(app)
    assert "Code 2:" in said(app)
    assert len(app.get("echarts_chart")) == 2
    labels = [button.proto.label for button in app.get("download_button")]
    assert [label for label in labels if label.endswith("as film (GIF)")] == [
        f"{name} as film (GIF)" for name in ("Which kind", "Code 1", "Code 2")
    ]
    assert "All tables (PNG)" in labels
    assert parameter(app, "source") == run_id
    assert parameter(app, "step") == "10"


def test_every_control_changes_the_pictures_and_a_link_brings_them_back(run_id: str) -> None:
    app = open_codes()
    for label, value in (
        ("Seed", 5), ("Stops", 5), ("Latents per code", 2), ("Noise", 0.5), ("Range", 2.0),
        ("Kind, where numbers run", 3), ("Checkpoint", 5),
    ):  # fmt: skip
        before = pictures(app)
        set_to(app, label, value)
        assert pictures(app)[1:] != before[1:], label
    names = ("source", "step", "seed", "stops", "rows", "psi", "range", "kind")
    link = {name: parameter(app, name) or "" for name in names}
    assert link["kind"] == "3"
    again = open_codes(**link)
    assert pictures(again) == pictures(app)
    assert not again.info
    assert "Past −1 and 1" in said(app)


def test_random_takes_another_seed(run_id: str) -> None:
    app = open_codes()
    before = pictures(app)
    next(button for button in app.button if button.label == "Random").click()
    checked(app.run())
    assert parameter(app, "seed") is not None
    assert pictures(app) != before


def test_without_noise_latents_of_the_same_codes_look_the_same(store: RunStore) -> None:
    add_run(store, 5, cont_codes=0, cat_size=2)
    app = open_codes(psi="0", rows="6")
    assert pictures(app) == pictures(open_codes(psi="0", rows="6", seed="9"))
    assert pictures(app) != pictures(open_codes(psi="1", rows="6", seed="9"))


def test_a_link_with_nonsense_still_shows_pictures(run_id: str) -> None:
    app = open_codes(seed="x", psi="nan", range="7", stops="1e99", rows="-4", kind="no", tab="?", step="x")
    assert len(pictures(app)) == 3
    assert len(app.info) == 1  # that the checkpoint is another one


def test_places_read_from_a_link_are_the_nearest_that_are_allowed() -> None:
    source = place.Source("a", "A")
    where = place.read({"stops": "99", "rows": "0", "range": "2", "kind": "4", "image": "-1"}, [source])
    assert (where.stops, where.rows, where.reach, where.kind, where.image) == (11, 1, 2.0, 4, 0)
    assert where.values[0] == -2
    assert where.values[-1] == 2
    assert where.values[5] == 0


@pytest.mark.parametrize(
    ("settings", "count"),
    [({"cat_codes": 2}, 4), ({"cat_codes": 0}, 2), ({"cont_codes": 0}, 1), ({"cat_size": 45}, 5)],
)
def test_other_sets_of_codes_have_a_row_each_on_every_tab(
    store: RunStore, settings: dict[str, int], count: int
) -> None:
    add_run(store, 5, **settings)
    assert len(pictures(open_codes())) == count
    for tab in ("kinds", "information", "read"):
        assert not open_codes(tab=tab).error


# --- what there is to show ---


def test_without_a_generator_the_page_leads_to_the_train_page() -> None:
    app = open_codes()
    assert "train one on the Train page" in app.info[0].value
    assert len(app.get("page_link")) == 1


def test_a_run_without_a_checkpoint_is_told_apart_from_one_that_is_gone(store: RunStore) -> None:
    fresh = add_run(store)
    assert "no checkpoint yet" in open_codes(source=fresh).info[0].value
    add_run(store, 5)
    assert "no checkpoint yet" in open_codes(source=fresh).info[0].value
    app = open_codes(source="gone22")
    assert "is not here" in app.info[0].value
    assert len(pictures(app)) == 3


def test_a_generator_without_codes_is_said_to_have_none(run_id: str) -> None:
    app = open_codes(source="dcgan-digits")
    assert "has no codes" in app.info[0].value
    assert labelled(app, "Generator").options == ["Run: mine"]
    assert len(pictures(app)) == 3


def test_weights_that_vanish_or_are_damaged_are_one_sentence(store: RunStore, run_id: str) -> None:
    for step in (5, 10):
        RunFolder(store.folder(run_id)).checkpoint(step).write_bytes(b"nonsense")
    for tab in ("sweep", "kinds", "information", "read"):
        app = open_codes(tab=tab)
        assert len(app.error) == 1, tab
        assert labelled(app, "Generator").value == run_id


def test_without_the_data_the_codes_are_measured_on_generated_pictures(
    run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_core.evaluation.real.dataset_status", lambda name: "missing")
    assert "of generated images" in said(open_codes())
    for tab in ("kinds", "read"):
        app = open_codes(tab=tab)
        assert "not on this machine" in app.error[0].value
    set_to(app, "Picture", "draw")
    assert not app.error


# --- kinds and classes ---


def test_kinds_are_compared_with_classes(run_id: str) -> None:
    app = open_codes(tab="kinds")
    assert [metric.label for metric in app.metric] == ["Kind and class agree", "Error", "Paper, on MNIST"]
    assert app.metric[2].value.startswith("5")
    assert len(app.get("plotly_chart")) == 1
    assert len(pictures(app)) == 1
    assert "297 test images" in said(app)


def test_data_without_labels_still_show_what_each_kind_collects(
    run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load_dataset("digits", image_size=16, split="test")
    assert isinstance(data, ImageDataset)
    monkeypatch.setattr(measured, "test_split", lambda *args: ImageDataset("mine", data.images))
    app = open_codes(tab="kinds")
    assert "no classes to compare" in app.info[0].value
    assert len(pictures(app)) == 1
    assert len(pictures(open_codes(tab="read"))) == 1


# --- information ---


def test_a_runs_curves_and_what_they_mean_at_the_checkpoint(store: RunStore, run_id: str) -> None:
    names = ("information_cat", "information_cont", "information_real")
    values = {4: (0.1, -1.0, 0.0), 9: (2.2, 3.0, 1.8)}
    rows = [(step, name, v) for step, at in values.items() for name, v in zip(names, at, strict=True)]
    store.add_metrics(run_id, rows)
    app = open_codes(tab="information")
    assert len(app.get("echarts_chart")) == 2
    spec = app.get("echarts_chart")[0].proto.spec
    assert "ln 10" in spec
    assert "distorted copy" in spec  # beside the first curve, where a run records it
    early = open_codes(tab="information", step="5")
    assert "cannot tell" in said(early)
    assert "guessing" in said(early)


def test_weights_without_a_record_show_one_number_below_its_bound(
    run_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: RunStore
) -> None:
    loaded = weights.load(run_id, store)
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setattr(weights, "WEIGHTS_DIR", folder)
    weights.save(folder / "coded.safetensors", loaded.family, loaded.card)
    app = open_codes(tab="information", source="coded")
    assert len(app.get("echarts_chart")) == 1
    assert "2.30" in app.get("echarts_chart")[0].proto.spec
    assert "of at most 2.30 nats" in said(app)
    assert "without the record" in said(app)


# --- reading ---


def png_of(pixels: np.ndarray, mode: str, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, kind)
    return buffer.getvalue()


def strokes() -> bytes:
    """A drawing as the sheet sends it: white on transparent."""
    pixels = np.zeros((448, 448, 4), np.uint8)
    pixels[60:380, 200:240] = 255
    return png_of(pixels, "RGBA")


def test_a_test_image_is_read_and_another_one_chosen(run_id: str) -> None:
    app = open_codes(tab="read")
    first = pictures(app)
    assert len(first) == 1
    assert len(app.get("echarts_chart")) == 1
    assert "Q says" in said(app)
    assert "Its class" in said(app)
    set_to(app, "Number", 3)
    assert parameter(app, "image") == "3"
    assert pictures(app) != first
    assert pictures(open_codes(tab="read", image="3")) == pictures(app)
    assert len(pictures(open_codes(tab="read", image="999999"))) == 1


def test_a_drawn_digit_is_read_and_drawn_again(run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: strokes())
    app = open_codes(tab="read", way="draw")
    assert not app.error
    assert len(pictures(app)) == 1
    assert said(app).count('class="code-number"') == 2


def test_an_empty_sheet_asks_for_a_drawing(run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: None)
    app = open_codes(tab="read", way="draw")
    assert not app.error
    assert "Draw something" in said(app)
    blank = png_of(np.zeros((448, 448, 4), np.uint8), "RGBA")
    monkeypatch.setattr(boards, "show_sketch", lambda *args, **kwargs: blank)
    app = open_codes(tab="read", way="draw")
    assert "the picture is empty" in app.error[0].value.lower()


def upload(name: str, data: bytes, *, centre: bool = True) -> AppTest:
    app = open_codes(tab="read", way="upload")
    if not centre:
        set_to(app, "Centre the strokes", False)
    app.file_uploader[0].upload(name, data, "image/png")
    return checked(app.run())


@pytest.mark.parametrize(("kind", "centre"), [("PNG", True), ("JPEG", False), ("WEBP", True), ("TIFF", True)])
def test_a_colour_photo_of_any_size_and_format_is_read(run_id: str, kind: str, centre: bool) -> None:
    pixels = np.full((900, 1400, 3), (200, 220, 190), np.uint8)
    pixels[200:700, 650:720] = (40, 30, 20)
    app = upload(f"photo.{kind.lower()}", png_of(pixels, "RGB", kind), centre=centre)
    assert not app.error
    assert len(pictures(app)) == 1


@pytest.mark.parametrize("centre", [True, False])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"just some text", "not an image"),
        (png_of(np.zeros((8000, 6300), np.uint8), "L"), "megapixels"),
        (png_of(np.full((50, 50), 255, np.uint8), "L"), "empty"),
        (png_of(np.zeros((4, 4), np.uint8), "L"), "smaller than"),
    ],
)
def test_a_file_that_is_no_use_is_one_sentence(run_id: str, data: bytes, message: str, centre: bool) -> None:
    app = upload("picture.png", data, centre=centre)
    assert len(app.error) == 1
    assert message in app.error[0].value
    set_to(app, "Picture", "test")
    assert not app.error
    assert len(pictures(app)) == 1


# --- files ---


def test_a_sheet_has_its_pictures_at_the_labelled_places() -> None:
    bright = np.full((16, 16, 1), 255, np.uint8)
    sheet = sheets.sheet([[bright, None], [None, bright]], ("a", "b"), gap_after=0)
    side = sheets.SIDE
    assert (sheet[-side:, -side:] == 255).all()
    assert (sheet[-side:, :side, 3] == 0).all()
    assert (sheet[-2 * side - sheets.GAP : -side - sheets.GAP, :side] == 255).all()
    assert sheet.shape[1] > 2 * side + sheets.GAP
    white = sheets.on_white([sheet, sheet], ["one", "two"])
    assert white.shape[2] == 3
    assert white.shape[0] > 2 * sheet.shape[0]
    assert (white[0, 0] == 255).all()


def test_the_files_hold_every_table_and_every_stop() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 5, 16, 16, 1), np.uint8)
    sweep = traversal.Sweep("code1", "Code 1: slant", ("-1", "-0.5", "0", "0.5", "1"), pixels)
    with Image.open(io.BytesIO(traversal._png([sweep, sweep]))) as picture:
        assert picture.height > 4 * sheets.SIDE
        assert picture.width > 5 * sheets.SIDE
    with Image.open(io.BytesIO(traversal._gif(sweep))) as film:
        assert film.n_frames == 8  # there and back, neither end twice


# --- the way there ---


def test_the_train_page_of_a_run_with_codes_links_to_them(store: RunStore, run_id: str) -> None:
    def links(run: str) -> list[str]:
        return [link.proto.label for link in visit("pages/train.py", run=run).get("page_link")]

    assert "Codes" in links(run_id)
    assert "Codes" not in links(add_run(store, 5, family="dcgan"))
