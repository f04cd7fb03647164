"""The Compare page as a viewer drives it, on the shipped weights of the embedded digits and tiny runs."""

from __future__ import annotations

import io
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.latent import rebuilding
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from pages.components import own_picture
from pages.components.compare_models import between, rebuild
from tests.small_runs import small_run
from tests.visits import checked, visit


@pytest.fixture(autouse=True)
def only_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "weights")
    monkeypatch.setattr(rebuild, "SHOWN", 3)
    monkeypatch.setattr(rebuilding, "find", partial(rebuilding.find, steps=3))
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def store(runs_dir: Path) -> RunStore:
    return RunStore(runs_dir)


@pytest.fixture
def three(store: RunStore) -> tuple[str, str, str]:
    """Runs of three families with codes of eight numbers."""
    gan = small_run(store, "dcgan", name="my gan")
    return small_run(store, "autoencoder", name="my ae"), small_run(store, "vae", name="my vae"), gan


def open_compare(**link: str) -> AppTest:
    return visit("pages/compare.py", **link)


def parameter(app: AppTest, name: str) -> str | None:
    if name not in app.query_params:
        return None
    value: Any = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def pictures(app: AppTest) -> dict[str, str]:
    """The pictures on the page by what they show."""
    return {image.proto.imgs[0].alt: image.proto.imgs[0].url for image in app.image}


def labelled(app: AppTest, label: str) -> Any:
    kinds = (app.selectbox, app.multiselect, app.number_input, app.select_slider, app.button)
    return next(widget for kind in kinds for widget in kind if widget.label == label)


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_it_opens_on_one_model_of_each_kind_with_codes_of_one_size(
    three: tuple[str, str, str], store: RunStore
) -> None:
    small_run(store, "vae", name="other size", z_dim=4)
    app = open_compare()
    assert set(labelled(app, "Models").value) == set(three)
    assert len(pictures(app)) == 1 + 3
    assert "Given" in pictures(app)
    assert "Run: my gan by a search: it has no encoder" in pictures(app)
    assert html(app).count("% off") == 3
    assert parameter(app, "models") == ",".join(labelled(app, "Models").value)
    assert not app.error


def test_a_link_shows_the_same_and_another_seed_other_pictures(three: tuple[str, str, str]) -> None:
    names = ",".join(three[:2])
    first, again, other = (open_compare(models=names, seed=seed) for seed in ("4", "4", "5"))
    assert pictures(first) == pictures(again)
    assert pictures(first)["Given"] != pictures(other)["Given"]


def test_samples_of_each(three: tuple[str, str, str]) -> None:
    app = open_compare(models=",".join(three), tab="samples")
    sheets = pictures(app)
    assert len(set(sheets.values())) == 3
    assert all(alt.startswith("36 samples of Run: my ") for alt in sheets)


def test_in_between_starts_at_the_chosen_pictures(three: tuple[str, str, str]) -> None:
    app = open_compare(models=three[1], tab="between")
    rows = pictures(app)
    assert list(rows) == ["Pixels mixed no code at all", "Run: my vae by its encoder"]
    labelled(app, "To").set_value(2)
    checked(app.run())
    assert parameter(app, "to") == "2"
    assert pictures(app) != rows
    assert pictures(open_compare(models=three[1], tab="between", to="2")) == pictures(app)


def test_the_nearest_others_are_shown_for_each_way_to_see_a_picture(store: RunStore) -> None:
    names = [small_run(store, family, name=family) for family in ("vae", "dcgan", "infogan")]
    app = open_compare(models=",".join(names), tab="alike")
    rows = pictures(app)
    assert list(rows) == [
        "Pixels raw brightness", "Run: vae its codes", "Run: dcgan what its D sees",
        "Run: infogan what its D sees", "Run: infogan what its Q reads",
    ]  # fmt: skip
    shares = [int(share) for share in re.findall(r"(\d+)\u00a0% of its class", html(app))]
    assert len(shares) == 5
    assert shares[0] > 80  # digits of one class cover the same pixels
    labelled(app, "Picture").set_value(1)
    checked(app.run())
    assert parameter(app, "query") == "1"
    assert pictures(app) != rows


def test_unclear_pictures_are_counted(three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Judge:
        data = type("Data", (), {"shape": (1, 16, 16)})

        def class_logits(self, x: torch.Tensor) -> torch.Tensor:
            unsure = torch.zeros(len(x), 10)
            unsure[4:, 0] = 50.0  # the first four of a row could be anything
            return unsure

    monkeypatch.setattr(between.sources, "judge", lambda dataset: Judge())
    app = open_compare(models=three[1], tab="between")
    assert html(app).count("3 of 9 unclear") == 2  # the ends do not count


def test_figures_are_measured_on_a_click(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.components.compare_models.numbers.SEARCHED", 2)
    app = open_compare(models=f"{three[1]},{three[2]}", tab="numbers")
    assert "Rebuilt test pictures are off by</td><td>–</td><td>–</td>" in html(app)
    labelled(app, "Measure what is missing").click()
    checked(app.run())
    assert "–" not in html(app)
    assert "real: " in html(app)
    assert [button for button in app.button if button.label == "Measure what is missing"] == []


def test_beta_chooses_the_nearest_and_trains_another(store: RunStore) -> None:
    near, far = (
        small_run(store, "vae", name=f"beta {beta}", z_dim=2, beta=beta, width=width)
        for beta, width in ((1.0, 4), (4.0, 8))
    )
    app = open_compare(models=near, tab="plane")
    assert "Trained with beta 1." in html(app)
    assert len(app.get("plotly_chart")) == 2
    first = app.get("plotly_chart")[0].proto.spec
    labelled(app, "Beta: weight of the tidy code").set_value(8.0)
    checked(app.run())
    assert "No model with beta 8 is here yet: the nearest one is shown, trained with 4." in html(app)
    assert app.get("plotly_chart")[0].proto.spec != first
    labelled(app, "Train another with beta 8").click()
    checked(app.run())
    run = store.runs()[0]
    assert run.id not in (near, far)
    assert (run.config.family, run.config.dataset, run.config.preset) == ("vae", "digits", "plane")
    assert run.config.settings["beta"] == 8.0
    assert run.name in html(app)


def test_without_a_code_of_two_numbers_it_says_how_to_get_one(three: tuple[str, str, str]) -> None:
    app = open_compare(models=three[1], tab="plane")
    assert "preset “Plane”" in app.info[0].value


def test_other_data_or_code_size_is_one_sentence(three: tuple[str, str, str], store: RunStore) -> None:
    short = small_run(store, "vae", name="short", z_dim=3)
    app = open_compare(models=f"{three[0]},{short}")
    assert "Run: my ae 8, Run: short 3 numbers" in app.info[0].value.replace("\\", "")
    assert len(pictures(app)) == 3
    other = small_run(store, "vae", name="mine alone", dataset="mnist", image_size=16)
    app = open_compare(models=f"{three[0]},{other}")
    sentence = app.error[0].value.replace("\\", "")
    assert sentence.startswith("Run: my ae and Run: mine alone learned different images")
    assert not pictures(app)


def test_what_is_gone_is_said_once(three: tuple[str, str, str]) -> None:
    app = open_compare(models=f"{three[1]},nosuch")
    assert "is not here" in app.info[0].value
    assert labelled(app, "Models").value == [three[1]]
    app = open_compare(models="nosuch")
    assert "is not here" in app.info[0].value
    assert set(labelled(app, "Models").value) == set(three)


def test_nothing_chosen_and_nothing_trained_are_told(three: tuple[str, str, str], store: RunStore) -> None:
    app = open_compare()
    labelled(app, "Models").set_value([])
    checked(app.run())
    assert len(pictures(app)) == 4  # the usual ones again
    for run in store.runs():
        store.set_state(run.id, "stopped")
        store.delete(run.id)
    assert "No generator of images" in open_compare().info[0].value


@pytest.mark.parametrize(("side", "colour"), [((300, 40), (255, 255, 255)), ((9, 11), (200, 30, 30))])
def test_a_picture_of_any_size_is_rebuilt(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch, side: tuple[int, int], colour: Any
) -> None:
    paper = Image.new("RGB", side, colour)
    paper.paste((0, 0, 0), (side[0] // 2 - 2, side[1] // 2 - 2, side[0] // 2 + 2, side[1] // 2 + 2))
    file = io.BytesIO()
    paper.save(file, "PNG")
    given = own_picture.OwnPicture(file.getvalue(), drawn=False, centre=False)
    monkeypatch.setattr(own_picture, "ask", lambda *args, **kwargs: given)
    app = open_compare(models=",".join(three[:2]))
    app.segmented_control(key="rebuild_way").set_value("Upload")
    checked(app.run())
    assert not app.error
    assert len(pictures(app)) == 3
    assert html(app).count("% off") == 2


def test_an_empty_picture_is_one_sentence(
    three: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    Image.fromarray(np.zeros((20, 20, 3), np.uint8)).save(file, "PNG")
    given = own_picture.OwnPicture(file.getvalue(), drawn=False, centre=False)
    monkeypatch.setattr(own_picture, "ask", lambda *args, **kwargs: given)
    app = open_compare(models=three[2])
    app.segmented_control(key="rebuild_way").set_value("Upload")
    checked(app.run())
    assert "The picture is empty" in app.error[0].value
