"""`runs`: what the store holds, in tables; nothing is deleted unasked."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from gan_core.cli import follow
from gan_core.cli.app import app
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig, TrainingSettings


def _runs(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["runs", *words], input=answer)


@pytest.fixture
def store() -> RunStore:
    return RunStore()


@pytest.fixture
def run_id(store: RunStore) -> str:
    config = RunConfig(family="mlp", dataset="ring8", training=TrainingSettings(steps=100))
    return store.create(config, name="a [bold] name")


@pytest.mark.parametrize("words", [[], ["list"]])
def test_the_list_shows_every_run(store: RunStore, run_id: str, words: list[str]) -> None:
    other = store.create(RunConfig(family="dcgan", dataset="digits"))
    lines = _runs(*words).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["id", other, run_id]
    assert "a [bold] name" in lines[2]
    assert "queued (1.)" in lines[2]
    assert "0 of 100" in lines[2]


def test_an_empty_list_says_how_to_begin() -> None:
    assert "train mlp" in _runs().stdout


def test_show_tells_settings_state_and_latest_values(store: RunStore, run_id: str) -> None:
    store.add_metrics(run_id, [(1, "d_real", 0.4), (9, "d_real", 0.625)])
    shown = _runs("show", run_id).stdout
    for text in ("a [bold] name", "ring8", "batch_size", "0.625 at step 9", "queued"):
        assert text in shown


def test_show_keeps_quiet_about_what_is_not_known_yet(run_id: str) -> None:
    shown = _runs("show", run_id).stdout
    assert "device  " in shown  # a setting
    assert "branched from" not in shown
    assert "error" not in shown


@pytest.mark.parametrize("command", ["show", "resume", "delete"])
def test_an_unknown_run_is_told_in_one_sentence(command: str) -> None:
    result = _runs(command, "nosuch")
    assert result.exit_code == 2
    assert "nosuch" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_delete_asks_first(store: RunStore, run_id: str) -> None:
    assert _runs("delete", run_id, answer="n\n").exit_code == 1
    assert store.get(run_id).id == run_id
    assert _runs("delete", run_id, answer="y\n").exit_code == 0
    assert not store.runs()


def test_delete_without_an_answer_deletes_nothing(store: RunStore, run_id: str) -> None:
    assert _runs("delete", run_id).exit_code == 1
    assert store.runs()


def test_delete_can_be_told_not_to_ask(store: RunStore, run_id: str) -> None:
    assert _runs("delete", run_id, "--yes").exit_code == 0
    assert not store.runs()


def test_a_running_run_is_not_deleted(store: RunStore, run_id: str) -> None:
    store.claim(run_id, limit=1)
    result = _runs("delete", run_id, "--yes")
    assert result.exit_code == 2
    assert store.runs()


def test_resume_queues_an_ended_run_with_its_new_budget(
    store: RunStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[str] = []
    monkeypatch.setattr(follow, "run_to_its_end", lambda launcher, run_id: followed.append(run_id))
    store.send(run_id, "stop")
    assert _runs("resume", run_id, "--steps", "250").exit_code == 0
    assert followed == [run_id]
    assert (store.get(run_id).state, store.get(run_id).total_steps) == ("queued", 250)


def test_a_run_that_a_worker_trains_is_not_resumed(store: RunStore, run_id: str) -> None:
    store.claim(run_id, limit=1)
    result = _runs("resume", run_id)
    assert result.exit_code == 2
    assert "starting" in result.stderr


def test_a_run_left_waiting_is_taken_up(run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    followed: list[str] = []
    monkeypatch.setattr(follow, "run_to_its_end", lambda launcher, run_id: followed.append(run_id))
    assert _runs("resume", run_id).exit_code == 0
    assert followed == [run_id]
