"""A command starts its own run and leaves those of others to whoever queued them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gan_core.runs import launcher as launching
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig

IDLE_WORKER = (sys.executable, "-c", "import sys; sys.stdin.read()")
CONFIG = RunConfig(family="mlp", dataset="ring8")


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


@pytest.fixture
def launcher(store: RunStore) -> Iterator[Launcher]:
    made = Launcher(store, limit=2, keep_spare=False, command=IDLE_WORKER)
    yield made
    made.close()


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_other_runs_stay_in_the_queue(store: RunStore, launcher: Launcher) -> None:
    own, other = store.create(CONFIG), store.create(CONFIG)
    launcher.start(only=own)
    _until(lambda: store.get(own).state == "starting")
    launcher.close()
    assert store.get(other).state == "queued"


@pytest.fixture
def looks(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each look of the launcher at the queue."""
    place_of, looks = store.queue_place, []

    def queue_place(run_id: str) -> int | None:
        looks.append(run_id)
        return place_of(run_id)

    monkeypatch.setattr(store, "queue_place", queue_place)
    return looks


def test_a_run_waits_for_those_in_front_while_they_are_worked_off(
    store: RunStore, launcher: Launcher, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "PATIENCE_S", 60.0)
    other, own = store.create(CONFIG), store.create(CONFIG)
    launcher.start(only=own)
    _until(lambda: len(looks) >= 2)
    assert store.get(own).state == "queued"
    store.claim(other, limit=2)  # as the browser's launcher does
    _until(lambda: store.get(own).state == "starting")


def test_a_place_that_stays_free_is_taken_out_of_turn(
    store: RunStore, launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "PATIENCE_S", 0.1)
    left, own = store.create(CONFIG), store.create(CONFIG)
    launcher.start(only=own)
    _until(lambda: store.get(own).state == "starting")
    assert store.get(left).state == "queued"


def test_while_no_place_is_free_nothing_is_overtaken(
    store: RunStore, launcher: Launcher, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "PATIENCE_S", 0.1)
    busy = [store.create(CONFIG) for _ in range(2)]
    for run_id in busy:
        store.claim(run_id, limit=2)
    store.create(CONFIG)
    own = store.create(CONFIG)
    launcher.start(only=own)
    _until(lambda: len(looks) >= 4)
    assert store.get(own).state == "queued"
    store.set_state(busy[0], "failed", "broken")
    _until(lambda: store.get(own).state == "starting")
