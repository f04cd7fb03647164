"""The Collapse page as a viewer drives it, on shipped weights and real runs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.evaluation import evidence
from gan_core.evaluation.diagnosis import KindCensus, KindShare
from gan_core.family import Family
from gan_core.metrics import Birthday, Moment
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from pages.components.collapse import charts, course, page, pair, words
from tests.short_runs import tiny_game, trained_run
from tests.small_runs import small_run
from tests.visits import checked, visit

N = 100
GATHER, _GATHERED = evidence.gather, dict[Any, evidence.Evidence]()
TABS = ("made", "variety", "repeats", "course")


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(pair, "USUAL_SIZES", {"images": N, "points": N})
    monkeypatch.setattr(pair, "SIZES", (N,))
    monkeypatch.setattr(page, "SIZES", (N,))
    monkeypatch.setattr(evidence, "gather", gather_once)
    st.cache_resource.clear()
    st.cache_data.clear()


def gather_once(family: Family, dataset: str, n: int, *rest: Any, **more: Any) -> evidence.Evidence:
    """The real diagnosis, once for all tests that ask for the same networks."""
    weights_sum = sum(float(w.double().abs().sum()) for w in family.modules()["generator"].parameters())
    key = (family.name, dataset, n, weights_sum)
    if key not in _GATHERED:
        _GATHERED[key] = GATHER(family, dataset, n, *rest, **more)
    return _GATHERED[key]


@pytest.fixture
def store(runs_dir: Path) -> RunStore:
    return RunStore(runs_dir)


def open_collapse(**link: str) -> AppTest:
    return visit("pages/collapse.py", **link)


def html(app: AppTest) -> str:
    return "\n".join(block.value for block in app.get("html"))


def infos(app: AppTest) -> str:
    return "\n".join(info.value for info in app.info)


def parameter(app: AppTest, name: str) -> str | None:
    if name not in app.query_params:
        return None
    value: Any = app.query_params[name]
    return str(value[0] if isinstance(value, list) else value)


def test_it_opens_on_weights_whose_data_are_here_and_says_what_is_made() -> None:
    app = open_collapse()  # MNIST is not on this machine
    assert parameter(app, "source") == "dcgan-digits"
    assert "Every one of the 10 classes is made." in html(app)
    assert html(app).count('class="strip"') == 20  # real and made, for each class
    assert [box.label for box in app.selectbox] == ["Generator", "Beside it", "Examples"]


def test_a_collapsed_run_beside_the_weights_has_its_missing_classes_named(store: RunStore) -> None:
    run = small_run(store, "dcgan")
    app = open_collapse(source="dcgan-digits", **{"with": run})
    said = html(app)
    assert "Every one of the 10 classes is made." in said
    assert "Missing, or nearly so: classes" in said or "nothing is recognised" in said
    assert '<span class="none">none</span>' in said
    assert "Run: mine, step 10" in said
    assert [box.label for box in app.selectbox] == ["Generator", "Beside it", "Checkpoint", "Examples"]
    app.selectbox[2].set_value(5)
    assert parameter(checked(app.run()), "with_step") == "5"
    app.selectbox[1].set_value(pair.ALONE)
    assert "Run: mine" not in html(checked(app.run()))


def test_points_have_modes_and_a_run_tells_when_they_were_lost(store: RunStore) -> None:
    run = trained_run(store, tiny_game())
    for tab in TABS:
        said = html(open_collapse(source=run, tab=tab))
        assert "modes made" in said
    assert "It never had more than" in said  # the last tab
    assert "Modes reached" in said


def test_weights_keep_no_record_and_say_so() -> None:
    app = open_collapse(source="dcgan-digits", tab="course")
    assert "Shipped weights keep no record" in infos(app)


def test_every_tab_shows_figures_beside_those_of_real_examples() -> None:
    app = open_collapse(source="dcgan-digits", tab="variety")
    assert "Coverage" in html(app)
    assert "Least varied is class" in html(app)
    app = open_collapse(source="dcgan-digits", tab="repeats")
    assert "different pictures" in html(app)
    assert "twin-pairs" in html(app) or "nearly the same" in html(app)


def test_a_deleted_run_beside_it_is_told_in_one_sentence(store: RunStore) -> None:
    run = small_run(store, "dcgan")
    store.delete(run)
    app = open_collapse(source="dcgan-digits", **{"with": run})
    assert "of this link is not here: it was deleted" in infos(app)
    assert "10 classes is made" in html(app)
    assert parameter(app, "with") == pair.ALONE


def test_a_family_that_draws_nothing_from_noise_gives_way_to_one_that_does() -> None:
    app = open_collapse(source="pix2pix-digits")
    assert "makes nothing from noise alone" in infos(app)
    assert parameter(app, "source") == "dcgan-digits"


def test_what_is_beside_a_deleted_run_is_shown_alone(store: RunStore) -> None:
    app = open_collapse(source="zzzzzz", **{"with": "dcgan-digits"})
    assert "of this link is not here: it was deleted" in infos(app)
    assert parameter(app, "source") == "dcgan-digits"
    assert parameter(app, "with") == pair.ALONE


@pytest.mark.parametrize("tab", TABS)
def test_a_generator_can_be_beside_itself(tab: str) -> None:
    app = open_collapse(source="dcgan-digits", tab=tab, **{"with": "dcgan-digits"})
    assert html(app).count("10 classes is made") == 2


def test_sequences_give_way_to_what_is_of_kinds() -> None:
    app = open_collapse(source="rgan-sines")
    assert "makes sequences, which are of no kinds to count" in infos(app)
    assert parameter(app, "source") == "dcgan-digits"


def test_data_that_are_not_here_leave_the_other_generator_on_the_page() -> None:
    app = open_collapse(source="dcgan-mnist", **{"with": "dcgan-digits"})
    assert "the images of MNIST are not on this machine" in app.error[0].value.lower().replace(
        "mnist", "MNIST"
    )
    assert "10 classes is made" in html(app)


def test_a_users_own_images_are_told_by_groups_and_the_page_says_so(store: RunStore, tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    folder = tmp_path / "faces"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(150):
        pixels = rng.integers(0, 255, (16, 16), np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
    run = small_run(store, "dcgan", dataset=str(folder), image_size=16)
    app = open_collapse(source=run)
    assert not app.error, app.error[0].value
    assert "groups of similar" in html(app)
    assert "group 1" in html(app)


def test_without_any_generator_it_leads_to_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "none")
    assert "No generator is here yet" in infos(open_collapse())


def test_weights_that_were_made_to_collapse_are_opened_beside_the_healthy_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "weights"
    folder.mkdir()
    for ending in ("json", "safetensors"):
        shipped = weights.WEIGHTS_DIR / f"dcgan-digits.{ending}"
        shutil.copy(shipped, folder)
        shutil.copy(shipped, folder / f"dcgan-digits-collapsed.{ending}")
    monkeypatch.setattr(weights, "WEIGHTS_DIR", folder)
    app = open_collapse()
    assert (parameter(app, "source"), parameter(app, "with")) == ("dcgan-digits", "dcgan-digits-collapsed")


def test_a_hand_made_link_is_mended() -> None:
    app = open_collapse(source="dcgan-digits", n="7", tab="none", **{"with_step": "x"})
    assert parameter(app, "n") == str(N)


# --- words ---


def test_the_moment_is_told_with_its_numbers() -> None:
    assert words.moment(Moment("collapsed", 400, 8, 200, 1), 8, "modes", is_share=False) == (
        "Collapsed at step 400: until then up to 8 of 8 modes, now 1."
    )
    assert "never had more than 3 of 8 modes" in words.moment(
        Moment("partial", None, 3, 200, 2), 8, "modes", is_share=False
    )
    assert "has 6 now: what is missing comes and goes" in words.moment(
        Moment("unsteady", None, 8, 200, 6), 8, "modes", is_share=False
    )
    assert "Nothing was lost: 95\u00a0% of the data" in words.moment(
        Moment("whole", None, 0.95, 200, 0.95), 0.97, "of the data", is_share=True
    )


def test_the_support_is_told_to_two_figures() -> None:
    few = Birthday(8, 200, 0.99, 0.1, 0.05, 6.08, "at most", ())
    assert "at most 6 different pictures" in words.support(few, "pictures")
    some = Birthday(96, 200, 0.31, 0.1, 0.05, 12_289.0, "about", ())
    assert "about 12,000 different pictures" in words.support(some, "pictures")
    many = Birthday(512, 200, 0.05, 0.1, 0.05, 1e6, "at least", ())
    assert "at least 1,000,000 different points" in words.support(many, "points")


@pytest.mark.parametrize(("share", "end"), [(1.0, 100), (0.3, None)])
def test_the_axis_of_shares_ends_at_the_whole(share: float, end: int | None) -> None:
    kinds = (KindShare("4", 9, share, 0.4), KindShare("5", 0, 1 - share, 0.6))
    chart = charts.bars(KindCensus("a classifier", 1, 0.0, 0.0, kinds))
    assert chart["yAxis"].get("max") == end
    assert [series["data"] for series in chart["series"]] == [[40, 60], [100 * share, 100 * (1 - share)]]


def test_names_are_listed_as_in_a_sentence() -> None:
    assert words.listed(["2"]) == "2"
    assert words.listed(["2", "4", "7"]) == "2, 4 and 7"
    assert words.listed([str(i) for i in range(20)]).endswith("11 and 8 more")


def test_the_moment_is_read_off_a_runs_record(store: RunStore) -> None:
    run = trained_run(store, tiny_game())
    found = course.read(store.get(run))
    assert found.found is not None
    assert found.found.kind in ("partial", "collapsed")


@pytest.mark.parametrize(
    ("found", "heads"),
    [
        (Moment("collapsed", 9, 7.0, 5, 2.0), ["at its best", "collapsed", "now"]),
        (Moment("whole", None, 8.0, 5, 8.0), ["at its best", "now"]),
        (Moment("partial", None, 0.0, 5, 0.0), ["now"]),  # no step is the best of nothing
    ],
)
def test_pictures_stand_for_the_best_the_collapse_and_now(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, found: Moment, heads: list[str]
) -> None:
    run = trained_run(store, tiny_game())
    told = replace(course.read(store.get(run)), found=found)
    monkeypatch.setattr(course, "read", lambda run: told)
    said = html(open_collapse(source=run, tab="course"))
    assert re.findall(r'heading quiet">([a-z ]+): step', said) == heads


@pytest.mark.parametrize(
    ("by", "names", "said"),
    [
        ("clusters", ("group 1", "group 2", "group 3"), "groups 2 and 3."),
        ("classifier-mnist", ("0", "1", "2"), "classes 1 and 2."),
    ],
)
def test_what_is_missing_is_called_by_its_kind_once(by: str, names: tuple[str, ...], said: str) -> None:
    kinds = tuple(KindShare(name, n, n / 9, 1 / 3) for name, n in zip(names, (9, 0, 0), strict=True))
    assert words.missing(KindCensus(by, 1, 0.0, 0.0, kinds)) == f"Missing, or nearly so: {said}"
