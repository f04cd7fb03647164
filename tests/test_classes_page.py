"""The Classes page as a viewer drives it, on runs of tiny random networks."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.runs.files import RunFolder
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from gan_core.settings import UserError
from pages.components.classes import sheets, spelling, write
from tests.small_runs import small_run
from tests.visits import checked, visit

TABS = ("grid", "write", "mix", "check", "variety")


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def store(runs_dir: Path) -> RunStore:
    return RunStore(runs_dir)


@pytest.fixture
def run(store: RunStore) -> str:
    return small_run(store, "cgan")


@pytest.fixture
def nothing_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "weights")


def open_classes(**link: str) -> AppTest:
    return visit("pages/classes.py", **link)


def picture(app: AppTest, words: str) -> str:
    """Content of the picture whose description begins with some words."""
    images = [image.proto.imgs[0] for image in app.get("image")]
    return next(str(image.url) for image in images if image.alt.startswith(words))


def rows(app: AppTest) -> str:
    return next(block.value for block in app.get("html") if "class-rows" in block.value)


def html(app: AppTest, part: str) -> str:
    return next(block.value for block in app.get("html") if part in block.value)


def parameter(app: AppTest, name: str) -> str | None:
    if name not in app.query_params:
        return None
    value: Any = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def labelled(app: AppTest, label: str) -> Any:
    kinds = (app.selectbox, app.number_input, app.slider, app.text_input, app.toggle, app.multiselect)
    return next(widget for kind in kinds for widget in kind if widget.label == label)


def change(app: AppTest, label: str, value: Any) -> None:
    labelled(app, label).set_value(value)
    checked(app.run())


LINE = "What was typed"


# --- which generators ---


def test_only_generators_that_can_be_asked_are_listed(store: RunStore) -> None:
    plain = small_run(store, "dcgan")
    asked, coded = small_run(store, "cgan", name="a"), small_run(store, "infogan", name="b")
    uncoded = small_run(store, "infogan", name="c", cat_codes=0)
    app = open_classes()
    options = labelled(app, "Generator").options
    assert {"Run: a", "Run: b"} <= set(options)
    assert "Run: mine" not in options
    assert "Run: c" not in options
    for other in (plain, uncoded):
        app = open_classes(source=other)
        assert "learned without classes" in app.info[0].value
        assert "Explore page" in app.info[0].value
        assert rows(app)
    assert labelled(open_classes(source=coded), "Generator").value == coded
    assert labelled(open_classes(source=asked), "Generator").value == asked


def test_own_images_with_labels_are_listed_without_reading_them(store: RunStore) -> None:
    small_run(store, "cgan", dataset="gone/flowers.zip", name="flowers")
    small_run(store, "dcgan", dataset="gone/flowers.zip", name="plain")
    app = open_classes(source=small_run(store, "cgan"))
    assert "Run: flowers" in labelled(app, "Generator").options
    assert "Run: plain" not in labelled(app, "Generator").options


@pytest.mark.usefixtures("nothing_shipped")
def test_without_any_conditional_generator_the_page_leads_to_training_one(store: RunStore) -> None:
    small_run(store, "dcgan")
    app = open_classes()
    assert "conditional GAN" in app.info[0].value
    link = app.get("page_link")[0].proto
    assert "family=cgan" in link.query_string
    app = visit("pages/train.py", new="", family="cgan", data="digits", preset="default")
    assert labelled(app, "Family").value == "cgan"


def test_a_generator_that_is_gone_is_said_to_be_and_another_shown(run: str) -> None:
    app = open_classes(source="gone22")
    assert "is not here" in app.info[0].value
    assert rows(app)


def test_a_broken_checkpoint_is_one_sentence_and_another_can_be_chosen(store: RunStore, run: str) -> None:
    broken = small_run(store, "cgan", name="broken")
    RunFolder(store.folder(broken)).checkpoint(10).write_bytes(b"no checkpoint at all")
    app = open_classes(source=broken)
    assert len(app.error) == 1
    change(app, "Generator", run)
    assert not app.error
    assert rows(app)


def test_a_checkpoint_can_be_chosen(run: str) -> None:
    app = open_classes(source=run)
    newest = rows(app)
    change(app, "Checkpoint", 5)
    assert parameter(app, "step") == "5"
    assert rows(app) != newest
    assert rows(open_classes(source=run, step="5")) == rows(app)


def test_a_training_run_leads_to_this_page(run: str) -> None:
    app = visit("pages/train.py", run=run)
    next(button for button in app.button if button.label == "Classes").click()
    checked(app.run())
    assert parameter(app, "source") == run
    assert labelled(app, "Generator").value == run


def test_a_run_without_classes_offers_no_way_here(store: RunStore) -> None:
    run = small_run(store, "dcgan")
    app = visit("pages/train.py", run=run)
    assert "Classes" not in [button.label for button in app.button]


# --- the grid ---


def test_the_grid_shows_every_class_and_follows_seed_and_choice(run: str) -> None:
    app = open_classes(source=run)
    first = rows(app)
    assert first.count("<img") == 10
    change(app, "Seed", 3)
    assert rows(app) != first
    change(app, "Classes", [7, 2])
    change(app, "Pictures in a row", 4)
    assert [f">{name}</b>" in rows(app) for name in "270"] == [True, True, False]
    link = {name: parameter(app, name) or "" for name in ("seed", "rows", "columns")}
    assert link == {"seed": "3", "rows": "7,2", "columns": "4"}
    assert rows(open_classes(source=run, **link)) == rows(app)
    change(app, "Classes", [])
    assert "at least one" in app.info[0].value


def test_random_changes_the_seed_and_keeps_the_rest(run: str) -> None:
    app = open_classes(source=run, rows="4", tab="grid")
    before = rows(app)
    next(button for button in app.button if button.label == "Random").click()
    checked(app.run())
    assert parameter(app, "seed") not in (None, "0")
    assert rows(app) != before
    assert rows(app).count("<img") == 1


def test_without_noise_every_column_is_the_same(run: str) -> None:
    assert rows(open_classes(source=run, psi="0", seed="1")) == rows(open_classes(source=run, psi="0"))


def test_truncation_leaves_the_code_of_a_kind_alone(store: RunStore) -> None:
    app = open_classes(source=small_run(store, "infogan"), psi="0", columns="2")
    pictures = {part.split('"')[0] for part in rows(app).split('src="')[1:]}
    assert len(pictures) == 10


def test_the_grid_comes_home_with_names() -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 1), np.uint8)
    sheet = sheets.rows(images, ["0", "mostly 7"], 3)
    assert sheet.shape[0] == 2 * 64 + 3 * 8
    assert sheet.shape[1] > 3 * 64 + 3 * 8
    np.testing.assert_array_equal(
        sheet[8:72, -72 - 72 - 72 : -72 - 72 - 8, 0], images[0, :, :, 0].repeat(4, 0).repeat(4, 1)
    )


# --- writing ---


def test_a_number_is_written_and_another_is_another_picture(run: str) -> None:
    app = open_classes(source=run, tab="write")
    assert labelled(app, "Write").value == "2026"
    first = picture(app, LINE)
    change(app, "Write", "17")
    assert picture(app, LINE) != first
    assert parameter(app, "text") == "17"
    assert picture(open_classes(source=run, tab="write", text="17"), LINE) == picture(app, LINE)
    assert [button.proto.label for button in app.get("download_button")] == ["Line (PNG)", "Sheet (PNG)"]


@pytest.mark.parametrize(
    ("label", "value", "name"),
    [("Each in a style of its own", True, "apart"), ("Towards the next style", 60, "towards")],
)
def test_the_style_can_be_varied(run: str, label: str, value: Any, name: str) -> None:
    app = open_classes(source=run, tab="write", text="77")
    first = picture(app, LINE)
    change(app, label, value)
    assert picture(app, LINE) != first
    link = {name: parameter(app, name) or ""}
    assert picture(open_classes(source=run, tab="write", text="77", **link), LINE) == picture(app, LINE)


def test_a_style_stays_when_more_is_typed(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[Any] = []
    words = sheets.words

    def spied(pictures: Any, *, paper: bool) -> Any:
        lines.append(pictures)
        return words(pictures, paper=paper)

    monkeypatch.setattr(sheets, "words", spied)
    for apart in ("0", "1"):
        open_classes(source=run, tab="write", text="20", apart=apart, versions="2")
        open_classes(source=run, tab="write", text="2077", apart=apart, versions="40")
        np.testing.assert_allclose(lines[-1][:2, :2].astype(int), lines[-2], atol=1)
    assert np.abs(lines[-1][0, 2].astype(int) - lines[-1][0, 3]).max() > 1  # two sevens apart
    assert np.abs(lines[1][0, 2].astype(int) - lines[1][0, 3]).max() == 0  # and in one style


def test_what_cannot_be_written_is_named_and_the_rest_written(run: str) -> None:
    app = open_classes(source=run, tab="write", text="1a2*")
    assert len(app.warning) == 1
    assert "“a”, “\\*”" in app.warning[0].value
    assert picture(app, LINE) == picture(open_classes(source=run, tab="write", text="12"), LINE)


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_line_is_explained(run: str, text: str) -> None:
    app = open_classes(source=run, tab="write", text=text)
    assert len(app.info) == 1
    assert "Type something" in app.info[0].value
    assert not app.get("image")


def test_nothing_that_can_be_written_is_explained(run: str) -> None:
    app = open_classes(source=run, tab="write", text="abc")
    assert "“a”, “b”, “c”" in app.warning[0].value
    assert not app.get("image")


def test_forty_versions_fill_a_sheet(run: str) -> None:
    app = open_classes(source=run, tab="write", text="2026", versions="40")
    assert picture(app, "The same line in 40 versions")
    lines = np.random.default_rng(0).integers(0, 256, (40, 16, 64, 1), np.uint8)
    with Image.open(io.BytesIO(write._png(lines, paper=True))) as sheet:
        columns = (sheet.width + 10) // (256 + 10)
        rows = (sheet.height + 10) // (64 + 10)
    assert (columns - 1) * rows < 40 <= columns * rows


def test_letters_and_names_are_spelled() -> None:
    letters = {name: kind for kind, name in enumerate("ABC")}
    assert spelling.spell("ca b", letters, letters=True).kinds == (2, 0, None, 1)
    clothes = {"T-shirt/top": 0, "Bag": 1}
    assert spelling.spell("bag, t-shirt/top, hat", clothes, letters=False) == spelling.Spelling(
        (1, 0), ("hat",)
    )
    assert spelling.spell("1" * 99, {"1": 1}, letters=True).kinds == (1,) * spelling.MOST
    assert spelling.first_line(dict.fromkeys("0123", 0), letters=True) == "0123"
    assert spelling.first_line(clothes, letters=False) == "T-shirt/top, Bag"


def test_kinds_are_called_by_their_digit_and_only_those_are_written(store: RunStore) -> None:
    run = small_run(store, "infogan")
    app = open_classes(source=run)
    assert "kind 0 · mostly" in rows(app) or "kind 0 · mixed" in rows(app)
    names = labelled(app, "Kinds").options
    known = {name[-1] for name in names if "mostly" in name}
    assert known
    missing = next(digit for digit in "0123456789" if digit not in known)
    app = open_classes(source=run, tab="write", text=missing + min(known))
    assert f"no kind for “{missing}”" in app.warning[0].value
    assert picture(app, LINE)


def test_without_a_classifier_kinds_have_numbers_only(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run(store, "infogan")
    monkeypatch.setattr("gan_core.evaluation.judges.judge_for", lambda dataset: None)
    app = open_classes(source=run)
    assert ">kind 3</b>" in rows(app)
    assert "No classifier" in app.warning[0].value
    for tab in ("write", "check", "variety"):
        app = open_classes(source=run, tab=tab)
        assert len(app.info) == 1


# --- mixing ---


def test_two_classes_are_blended_along_a_strip(run: str) -> None:
    app = open_classes(source=run, tab="mix", mix="3,8")
    strip, row = picture(app, "Blends from 3 to 8"), picture(app, "The blend of the slider")
    change(app, "Share of 8", 20)
    assert picture(app, "Blends from 3 to 8") == strip
    assert picture(app, "The blend of the slider") != row
    other = open_classes(source=run, tab="mix", mix="3,8", share="20")
    assert picture(other, "The blend of the slider") == picture(app, "The blend of the slider")


def test_three_classes_make_a_triangle(run: str) -> None:
    app = open_classes(source=run, tab="mix", mix="3,8,1")
    assert picture(app, "Blends of 3, 8, 1 as a triangle")


@pytest.mark.parametrize("mix", ["3", "3,3"])
def test_one_class_alone_is_explained(run: str, mix: str) -> None:
    app = open_classes(source=run, tab="mix", mix=mix)
    assert "Choose two or three" in app.info[0].value


def test_kinds_are_blended_as_well(store: RunStore) -> None:
    app = open_classes(source=small_run(store, "infogan"), tab="mix", mix="0,1")
    assert picture(app, "Blends from kind 0")


def test_a_triangle_has_its_first_at_the_tip() -> None:
    images = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1).repeat(84, 1).repeat(84, 2) * 40
    sheet = sheets.triangle(images, 3, ["a", "b", "c"])
    middle = sheet.shape[1] // 2
    assert sheet[40, middle].tolist() == [0, 0, 0, 255]
    assert sheet[40 + 2 * 92, 5, 0] == 120
    assert sheet[40 + 2 * 92, -5, 0] == 200


# --- measuring ---


def test_a_generator_that_ignores_its_label_is_found_out(run: str) -> None:
    app = open_classes(source=run, tab="check", per="20")
    assert "The label is ignored" in app.warning[0].value
    assert app.get("plotly_chart")
    assert html(app, "class-table").count("<tr>") == 12
    change(app, "Pictures of each", 40)
    assert parameter(app, "per") == "40"


def test_without_real_images_the_label_is_checked_all_the_same(
    run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any) -> None:
        raise UserError("the images of Digits are not on this machine; train on them once to fetch them")

    monkeypatch.setattr("gan_core.evaluation.real.images_here", gone)
    app = open_classes(source=run, tab="check", per="20")
    assert "nothing to compare with" in app.info[0].value
    assert "The label is ignored" in app.warning[0].value
    assert "–" in html(app, "class-table")
    assert "not on this machine" in open_classes(source=run, tab="variety").error[0].value


def test_what_is_measured_once_is_remembered(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_classes(source=run, tab="check", per="20")

    def never(*args: Any) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("gan_core.evaluation.labels.pictures_of_kinds", never)
    monkeypatch.setattr("gan_core.evaluation.labels.recognised_real", never)
    assert open_classes(source=run, tab="check", per="20").warning


def test_variety_is_told_beside_real_images(run: str) -> None:
    app = open_classes(source=run, tab="variety", per="20")
    assert "Least varied is class" in [*app.warning, *app.success][0].value
    assert html(app, "class-table").count("<tr>") == 11
    assert picture(app, "Generated pictures of the least varied class")
    assert picture(app, "Real pictures of the least varied class")


def test_without_a_classifier_variety_is_measured_in_pixels(
    run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_core.evaluation.judges.judge_for", lambda dataset: None)
    app = open_classes(source=run, tab="variety", per="20")
    assert any("in pixels" in caption.value for caption in app.caption)
    assert "No classifier" in open_classes(source=run, tab="check").info[0].value


@pytest.mark.parametrize("tab", TABS)
def test_images_that_are_gone_are_one_sentence(store: RunStore, tab: str) -> None:
    """A run on images that were deleted cannot even be loaded, and says so."""
    app = open_classes(source=small_run(store, "cgan", dataset="gone/flowers.zip"), tab=tab)
    assert len(app.error) == 1


@pytest.mark.parametrize("tab", TABS)
def test_a_link_with_nonsense_still_shows_something(run: str, tab: str) -> None:
    link = {"seed": "x", "psi": "nan", "step": "7", "rows": "a,99,-1", "columns": "x", "text": "2026"}
    link |= {"towards": "-5", "versions": "9999", "apart": "?", "mix": "77,x", "share": "1e9", "per": "0"}
    app = open_classes(source=run, tab=tab, **link)
    assert not app.error
    assert app.get("image") or rows(app)
