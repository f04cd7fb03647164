"""The Kitchen page as a viewer drives it; its runs are trained in this process, if at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core.families import FAMILIES
from gan_core.kitchen.dials import changed, is_adversarial, plain_game, switched
from gan_core.kitchen.lessons import lesson
from gan_core.kitchen.sweeps import MAX_WAITING, Axis, plan
from gan_core.kitchen.twins import twin
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from pages.components import frames
from pages.components.kitchen import lessons
from tests.short_runs import tiny_game, trained_run
from tests.visits import checked, visit


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def store(runs_dir: Path) -> RunStore:
    return RunStore(runs_dir)


def open_kitchen(**link: str) -> AppTest:
    return visit("pages/kitchen.py", **link)


def click(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click()
    checked(app.run())


def html(app: AppTest) -> str:
    return "\n".join(block.value for block in app.get("html"))


def parameter(app: AppTest, name: str) -> str:
    value: Any = app.query_params[name]
    return str(value[0] if isinstance(value, list) else value)


def choice(app: AppTest, label: str) -> Any:
    return next(box for box in app.selectbox if box.label == label)


def pair(store: RunStore) -> list[str]:
    first = tiny_game()
    second = twin(first, changed(first, {"packing": 4}))
    return [trained_run(store, first, "plain"), trained_run(store, second, "Twins on Ring of 8: packed")]


# --- lessons ------------------------------------------------------------------------------------------------


def test_it_opens_on_a_lesson_with_both_generators_before_their_first_step() -> None:
    app = open_kitchen()
    assert [radio.label for radio in app.radio] == ["Lesson"]
    alts = [image.proto.imgs[0].alt for image in app.get("image")]
    assert alts == ["Even game before its first step", "Hasty generator before its first step"]


def test_one_click_starts_two_twins_that_stand_in_the_store(store: RunStore) -> None:
    app = open_kitchen(lesson="packing", seed="11")
    click(app, "Run the lesson")
    runs = {run.id: run for run in store.runs()}
    first, second = (runs[run_id] for run_id in parameter(app, "runs").split(","))
    assert (first.state, second.state) == ("queued", "queued")
    assert second.config.start_like == first.config.settings
    assert (second.config.settings["packing"], second.config.training.seed) == (4, 11)
    assert "place 1 in the queue" in html(app)
    assert "place 2 in the queue" in html(app)
    click(app, "Stop both")
    assert {run.state for run in store.runs()} == {"stopped"}
    assert "Not both runs reached their last step" in html(app)


def test_the_story_tells_the_numbers_when_both_have_ended(store: RunStore) -> None:
    runs = pair(store)
    app = open_kitchen(lesson="packing", runs=",".join(runs))
    assert "of 8 modes" in html(app)
    assert "Hasty generator:" in html(app)
    assert html(app).count("Doctor: <b>Too early to say</b>") == 2


def test_a_deleted_run_of_a_link_is_told_and_the_lesson_can_be_run_again(store: RunStore) -> None:
    runs = pair(store)
    store.delete(runs[1])
    app = open_kitchen(runs=",".join(runs))
    assert "A run of this link is not here" in app.info[0].value
    assert any(button.label.startswith("Run") and not button.disabled for button in app.button)


@pytest.mark.parametrize(
    ("first", "second", "guess", "parts"),
    [
        (8.0, 1.0, "fewer", ("8 of 8 modes", "1 of 8 modes, fewer", "You guessed right", "--real")),
        (8.0, 1.0, "more", ("You guessed: more.",)),
        (3.0, 3.0, None, ("as many as before", "not what usually happens", "--care")),
    ],
)
def test_what_was_counted_is_held_against_the_guess(
    first: float, second: float, guess: str | None, parts: tuple[str, ...]
) -> None:
    said = lessons.result(lesson("ring"), (first, 8.0, "modes"), (second, 8.0, "modes"), guess)
    assert all(part in said for part in parts)


# --- twins --------------------------------------------------------------------------------------------------


def test_twins_are_started_with_one_switch_apart_and_a_link_sets_them_up(store: RunStore) -> None:
    app = open_kitchen(do="twins", shared="many-generator-steps", own="r1", steps="300", seed="5")
    click(app, "Run both")
    second, first = store.runs()
    assert first.config.settings["g_steps"] == second.config.settings["g_steps"] == 5
    assert (first.config.settings["r1_gamma"], second.config.settings["r1_gamma"]) == (0.0, 0.1)
    assert (first.config.training.steps, first.config.training.seed) == (300, 5)
    assert "R1 penalty" in html(app)  # the table of what differs


def test_finished_twins_lie_over_each_other_on_the_same_axes(store: RunStore) -> None:
    app = open_kitchen(do="twins", runs=",".join(pair(store)))
    assert "Packing" in html(app)
    assert "<th>first run</th><th>second run</th>" in html(app)
    assert re.search(r"First run: \d of 8 modes\. Second run: \d of 8 modes\.", html(app))
    assert "<b>Second run: packed</b>" in html(app)
    assert "Modes reached" in html(app)
    assert len([image for image in app.get("image") if "makes at step" in image.proto.imgs[0].alt]) == 2


def test_a_switch_that_is_on_already_and_switches_that_do_not_go_together_are_told() -> None:
    app = open_kitchen(do="twins", shared="r1", own="r1")
    assert "Both runs have that already" in app.info[0].value
    app = open_kitchen(do="twins", shared="no-batch-variation", own="packing", family="mlp")
    assert not app.error  # four examples are one pack


@pytest.mark.parametrize("family", [name for name, cls in FAMILIES.items() if is_adversarial(cls)])
def test_twins_of_every_pair_are_offered_every_cure_and_shown_before_their_first_step(family: str) -> None:
    app = open_kitchen(do="twins", family=family)
    assert choice(app, "Networks").value == family
    options = choice(app, "The second run alone").options
    assert "Cure: Packing" in options
    assert any("Unrolled" in option for option in options) == (family == "mlp")
    assert len(app.get("image")) == 2


def test_twins_that_translate_are_shown_and_nothing_is_counted_of_them(store: RunStore) -> None:
    small = {"width": 4, "discriminator_width": 4, "blocks": 0, "batch_size": 8}
    first = changed(plain_game("discogan", "digits-scenes", steps=2, seed=0), small)
    second = twin(first, switched(first, ["packing"]))
    runs = [trained_run(store, first, "plain"), trained_run(store, second, "Twins: packing")]
    app = open_kitchen(do="twins", family="discogan", runs=",".join(runs))
    assert choice(app, "Networks").value == "discogan"
    assert "no modes are counted" in html(app)
    closer = next(link for link in app.get("page_link") if link.proto.label == "Look closer")
    assert closer.proto.disabled
    arrays = frames.snapshot(runs[0], None)[1]
    light, dark = (frames.whole_picture(runs[0], arrays, ground) for ground in ("#FFFFFF", "#102030"))
    gaps = (light == 255).all(axis=2) & (dark == (16, 32, 48)).all(axis=2)
    assert gaps.mean() > 0.02  # between the pictures the page shines through
    assert {"5 modes and 10 modes", "Digits (small) and scenes"} <= set(choice(app, "Data set").options)
    assert "Ring of 8" not in choice(app, "Data set").options  # one domain


# --- sweeps -------------------------------------------------------------------------------------------------


def test_a_sweep_too_large_is_refused_in_one_sentence_and_the_page_stays() -> None:
    app = open_kitchen(do="sweep", vary1="g_steps", values1="1,2,3,4,5", vary2="packing", values2="1,2,4")
    assert "A sweep has at most 12 runs, and 5 x 3 makes 15" in app.error[0].value.replace("\\", "")
    app.query_params["values1"] = "1,2,3,4"
    assert choice(app, "Vary, down").value == "g_steps"


def test_a_queue_that_is_full_takes_no_sweep(store: RunStore) -> None:
    for _ in range(MAX_WAITING):
        store.create(tiny_game())
    app = open_kitchen(do="sweep")
    assert f"{MAX_WAITING} wait already" in app.error[0].value.replace("\\", "")
    assert "runs wait already" in "".join(caption.value for caption in open_kitchen().caption)


def test_a_value_that_cannot_be_is_told_in_words() -> None:
    app = open_kitchen(do="sweep", vary1="loss", values1="hinge, magic", vary2="")
    said = app.error[0].value.replace("\\", "")
    assert said.startswith("Loss: must be 'non saturating'")
    assert "got 'magic'" in said
    app = open_kitchen(do="sweep", vary1="loss", values1=" , ", vary2="")
    assert "at least one value" in app.error[0].value


def test_a_sweep_queues_its_runs_and_shows_a_cell_for_each(store: RunStore) -> None:
    app = open_kitchen(do="sweep", vary1="g_steps", values1="1, 3", vary2="packing", values2="1, 4")
    click(app, "Run 4")
    assert len(store.runs()) == 4
    assert store.runs()[0].name == "Sweep on Ring of 8: G updates per D update 3, Packing 4"
    said = html(app)
    assert said.count("sweep-empty") >= 4
    assert "G updates per D update 3" in said
    assert "Packing 4" in said
    click(app, "Stop all")
    assert {run.state for run in store.runs()} == {"stopped"}


def test_finished_cells_show_their_points_and_modes(store: RunStore) -> None:
    cells = plan(tiny_game(), [Axis("packing", (1, 4))])
    runs = [trained_run(store, cell.config) for cell in cells]
    app = open_kitchen(do="sweep", runs=",".join(runs))
    alts = [image.proto.imgs[0].alt for image in app.get("image")]
    assert alts == ["Points of the run with Packing 1", "Points of the run with Packing 4"]
    assert html(app).count("of 8 modes") == 2
    assert "All 2 runs have ended." in html(app)
