from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from gan_core.doctor import Verdict
from gan_core.runs.records import Run
from gan_core.settings import TrainingSettings
from pages.components import run_state, services, status, view
from pages.components.counter import facts
from pages.components.reading import read

MakeRun = Callable[..., Run]
SAID_NOTHING = Verdict("learning", "Learning", "well", "")


def resolve(link: dict[str, str], runs: list[Run], *kept: int) -> view.View:
    return view.resolve(link, runs, lambda run_id: kept)


def test_without_any_run_a_new_one_is_set_up() -> None:
    assert resolve({}, []) == view.View("new")


def test_a_bare_link_shows_the_newest_living_run(make_run: MakeRun) -> None:
    runs = [make_run("done22", "finished"), make_run("lives2", "paused"), make_run("older2", "running")]
    assert resolve({}, runs) == view.View("run", runs[1])


def test_a_bare_link_shows_the_newest_run_if_none_lives(make_run: MakeRun) -> None:
    runs = [make_run("newer2", "stopped"), make_run("older2", "finished")]
    assert resolve({}, runs) == view.View("run", runs[0])


def test_a_link_to_a_run_shows_it(make_run: MakeRun) -> None:
    runs = [make_run("newer2"), make_run("older2", "finished")]
    assert resolve({"run": "older2"}, runs) == view.View("run", runs[1])


def test_a_link_to_a_run_that_is_gone_says_so(make_run: MakeRun) -> None:
    shown = resolve({"run": "gone22"}, [make_run("other2")])
    assert shown.kind == "new"
    assert shown.notice is not None


def test_a_new_run_can_start_from_the_settings_of_another(make_run: MakeRun) -> None:
    run = make_run("like22")
    assert resolve({"new": "like22", "seed": "7"}, [run]) == view.View("new", run, seed=7)
    assert resolve({"new": ""}, [run]) == view.View("new")


def test_a_branch_names_its_checkpoint(make_run: MakeRun) -> None:
    run = make_run("root22")
    link = {"branch": "root22", "step": "400"}
    assert resolve(link, [run], 200, 400, 600) == view.View("branch", run, step=400)


def test_a_branch_without_a_step_starts_from_the_newest_checkpoint(make_run: MakeRun) -> None:
    run = make_run("root22")
    assert resolve({"branch": "root22"}, [run], 200, 600) == view.View("branch", run, step=600)
    assert resolve({"branch": "root22"}, [run]) == view.View("branch", run)


def test_a_branch_from_a_checkpoint_that_is_gone_takes_the_newest_and_says_so(make_run: MakeRun) -> None:
    shown = resolve({"branch": "root22", "step": "400"}, [make_run("root22")], 200, 600)
    assert shown.step == 600
    assert shown.notice is not None
    assert "400" in shown.notice
    assert "600" in shown.notice


@pytest.mark.parametrize("seed", ["-1", "ten", "", "9" * 30, "１２"])
def test_nonsense_in_a_link_is_passed_over(seed: str) -> None:
    assert resolve({"new": "", "seed": seed}, []).seed is None


def test_views_of_different_runs_have_widgets_of_their_own(make_run: MakeRun) -> None:
    scopes = {
        view.View(kind, make_run(run_id)).scope
        for kind in ("run", "new", "branch")
        for run_id in ("one222", "two222")
    }
    assert len(scopes) == 6


def test_the_rest_of_the_time_follows_from_the_pace(make_run: MakeRun) -> None:
    run = make_run(step=250, total_steps=1000, seconds=5.0)
    assert run_state.progress(run) == pytest.approx(0.25)
    assert run_state.remaining_seconds(run) == pytest.approx(15.0)


def test_a_budget_of_minutes_counts_time(make_run: MakeRun) -> None:
    run = make_run(training=TrainingSettings(minutes=2.0), total_steps=None, seconds=30.0)
    assert run_state.progress(run) == pytest.approx(0.25)
    assert "of 2 min" in facts(run)[0]


def test_an_open_end_has_no_rest(make_run: MakeRun) -> None:
    run = make_run(training=TrainingSettings(steps=None), total_steps=None)
    assert run_state.progress(run) is None
    assert run_state.remaining_seconds(run) is None
    assert "no end set" in facts(run)[0]


def test_the_counter_tells_speed_and_time_in_words(make_run: MakeRun) -> None:
    budget, speed, time = facts(make_run())
    assert "Training" in budget
    assert "of 1,000 steps" in budget
    assert (speed, time) == ("3,200 examples/s", "5 s, 15 s left")


@pytest.mark.parametrize("steps", [[], [500]])
def test_a_failure_is_told_in_one_sentence_with_what_was_kept(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, steps: list[int]
) -> None:
    monkeypatch.setattr(services, "store", lambda: SimpleNamespace(checkpoint_steps=lambda _: steps))
    tone, headline, body = status.words(
        make_run(state="failed", error="the loss is not finite"), read([], [], []), SAID_NOTHING
    )
    assert (tone, headline) == ("bad", "Failed")
    assert body == "The loss is not finite." + (" The last good checkpoint is kept." if steps else "")


def test_an_interruption_names_the_button_that_helps(make_run: MakeRun) -> None:
    _, headline, body = status.words(
        make_run(state="interrupted", error="the worker is gone"), read([], [], []), SAID_NOTHING
    )
    assert headline == "Interrupted"
    assert "Resume" in body
