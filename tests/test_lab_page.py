"""The lab's page as a visitor drives it; the engine answers in the same process."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.lab import strokes
from gan_core.lab.config import LabConfig
from gan_core.lab.engine import Engine
from gan_core.runs.launcher import Launcher
from gan_core.settings import UserError
from pages.components.lab import stage
from tests.small_weights import add_ring_weights
from tests.visits import checked, visit

SMALL = {"generator_width": "8", "discriminator_width": "8", "batch_size": "16"}


class LocalClient:
    """Answers like the engines, and remembers what was asked."""

    def __init__(self) -> None:
        self.engine, self.asked = Engine(), list[dict[str, Any]]()

    def ask(self, visitor: str, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        answer = self.engine.answer({"id": visitor, **request})
        if "problem" in answer:
            raise UserError(answer["problem"])
        frame: dict[str, Any] = answer["frame"]
        return frame

    @property
    def config(self) -> LabConfig:
        return LabConfig.parse(self.asked[-1]["config"])


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalClient]:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path)  # whichever are shipped
    st.cache_resource.clear()
    client = LocalClient()
    monkeypatch.setattr(stage, "client", lambda: client)
    return client


def open_lab(**link: str) -> AppTest:
    return visit("pages/lab.py", **link)


def tell(app: AppTest, *commands: str, seq: int = 1, layers: tuple[str, ...] = ("real", "fake")) -> None:
    """What the stage sends when buttons are pressed."""
    app.session_state[stage.KEY] = {
        "ask": {
            "n": seq, "speed": 100, "slow": False, "layers": list(layers),
            "do": [{"seq": seq + i, "what": what} for i, what in enumerate(commands)],
        }
    }  # fmt: skip
    checked(app.run())


def widget(app: AppTest, kind: str, label: str) -> Any:
    return next(found for found in app.get(kind) if found.label.startswith(label))


def address(app: AppTest) -> dict[str, str]:
    """What a visitor would copy; AppTest gives a list for what it was itself told."""
    return {n: v if isinstance(v, str) else v[-1] for n, v in app.query_params.items()}


def frame_of(app: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = app.session_state["lab_frame"]
    return found


def test_it_opens_on_a_game_and_obeys_each_command_once(lab: LocalClient) -> None:
    app = open_lab(data="two-gaussians", **SMALL)
    assert frame_of(app)["step"] == 0
    assert [len(app.get(kind)) for kind in ("bidi_component", "error")] == [2, 0]
    tell(app, "step", "step")
    assert frame_of(app)["step"] == 2
    checked(app.run())  # the same request again, as after a change elsewhere on the page
    assert frame_of(app)["step"] == 2
    tell(app, "discriminator", seq=3)
    assert frame_of(app)["step"] == 3
    assert address(app)["layers"] == "real,fake"
    assert address(app)["speed"] == "100"


def test_live_settings_reach_the_game_and_others_begin_anew(lab: LocalClient) -> None:
    app = open_lab(data="ring8", **SMALL)
    tell(app, "step")
    widget(app, "selectbox", "Loss").set_value("hinge")
    checked(app.run())
    assert (frame_of(app)["step"], frame_of(app)["meaning"]) == (1, "ranking")
    widget(app, "selectbox", "Noise").set_value((1, "uniform"))
    checked(app.run())
    assert frame_of(app)["step"] == 0
    assert lab.config.family_settings["z_dim"] == 1
    assert address(app)["z_dim"] == "1"
    before = lab.config.seed
    tell(app, "seed", seq=9)
    assert lab.config.seed != before
    assert address(app)["seed"] == str(lab.config.seed)


def test_a_link_reproduces_the_screen(lab: LocalClient) -> None:
    drawing = strokes.fitted([(i / 20 - 0.7, (i % 5) / 5) for i in range(30)])
    link = {
        "data": "drawn", "drawing": strokes.to_text(drawing), "seed": "7", "loss": "least_squares",
        "layers": "real,pull,sheet", "speed": "20", "lr_generator": "0.005", **SMALL,
    }  # fmt: skip
    app = open_lab(**link)
    assert lab.config.drawing == drawing
    assert (lab.config.seed, lab.config.family_settings["lr_generator"]) == (7, 0.005)
    assert address(app) == link
    assert {"pull", "sheet"} <= frame_of(app).keys()
    again = open_lab(**address(app))
    assert frame_of(again)["fake"] == frame_of(app)["fake"]
    assert frame_of(again)["real"] == frame_of(app)["real"]


def test_nonsense_in_a_link_is_passed_over_and_said(lab: LocalClient) -> None:
    app = open_lab(
        data="mnist", trained="no-such", seed="-4", loss="love", lr_generator="NaN", generator_width="9999",
        batch_size="x", layers="real,<b>", speed="1e9", drawing="%%", slow="perhaps", unknown="1",
    )  # fmt: skip
    (notice,) = app.info
    assert "the data set" in notice.value
    assert "“Loss”" in notice.value
    assert "“Generator width”" in notice.value
    assert (lab.config.dataset, lab.config.seed) == ("two-gaussians", 0)
    assert len(app.error) == 0
    assert address(app)["layers"] == "real"


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([], None),
        ([[0.1, 0.1]], "single point"),
        ([[(i % 1000) / 500 - 1, i / 1e5] for i in range(100_000)], None),
    ],
)
def test_drawings_that_are_no_use_leave_a_usable_page(
    lab: LocalClient, points: list[list[float]], words: str | None
) -> None:
    app = open_lab(data="drawn", **SMALL)
    visit = app.session_state["lab_visit"]
    app.session_state[f"lab:{visit}:board"] = {"points": points}
    checked(app.run())
    assert [words in error.value for error in app.error if words] == ([True] if words else [])
    assert frame_of(app)["problem"] is None
    if len(points) == 100_000:
        assert lab.config.drawing is not None
        assert len(lab.config.drawing) == strokes.MOST
        assert any("100,000" in caption.value for caption in app.caption)
    else:
        assert lab.config.drawing is None


def test_settings_that_do_not_fit_are_said_and_the_game_goes_on(lab: LocalClient) -> None:
    app = open_lab(data="ring8", **SMALL)
    for label in ("D updates", "G updates"):
        widget(app, "number_input", label).set_value(3)
    checked(app.run())
    (error,) = app.error
    assert "“D updates per G update”" in error.value
    assert "_" not in error.value
    assert frame_of(app)["step"] == 0


def test_it_starts_from_a_trained_network(lab: LocalClient, tmp_path: Path) -> None:
    app = open_lab(data="moons", **SMALL)
    assert widget(app, "checkbox", "Start from a trained").disabled
    trained = add_ring_weights(tmp_path)
    app = open_lab()
    assert (lab.config.dataset, lab.config.start) == ("ring8", "mlp-ring8")
    assert widget(app, "number_input", "Generator width").disabled
    own = LabConfig.parse({"start": "mlp-ring8", "dataset": "ring8"}).family_settings
    assert own["generator_width"] == trained.settings["generator_width"]
    first = base64.b64decode(frame_of(app)["fake"])
    tell(app, "step", "reset")
    assert base64.b64decode(frame_of(app)["fake"]) == first
    widget(app, "checkbox", "Start from a trained").uncheck()
    checked(app.run())
    assert lab.config.start is None
    assert base64.b64decode(frame_of(app)["fake"]) != first


def test_a_lab_that_cannot_answer_is_told_in_a_sentence(lab: LocalClient) -> None:
    def busy(visitor: str, **request: Any) -> dict[str, Any]:
        raise UserError("the lab is too busy to answer just now; wait a moment")

    lab.ask = busy  # type: ignore[method-assign]
    app = open_lab(data="ring8", **SMALL)
    assert [error.value for error in app.error] == ["The lab is too busy to answer just now; wait a moment."]
    assert len(app.get("bidi_component")) == 2
