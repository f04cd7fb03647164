"""Following a run until it ends, and stopping it cleanly at Ctrl-C."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from gan_core.cli import follow as following
from gan_core.cli.follow import Interrupt, ending, first_interrupt, follow
from gan_core.runs.database import StoreLockedError
from gan_core.runs.launcher import Launcher
from gan_core.runs.records import Run
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig


class Script:
    """A view in whose every `show` the next thing happens to the run."""

    def __init__(self, *happenings: Callable[[], object]) -> None:
        self._happenings: Iterator[Callable[[], object]] = iter(happenings)
        self.seen: list[tuple[str, int | None]] = []
        self.values: Mapping[str, float] = {}
        self.said: list[str] = []

    def show(self, run: Run, queue_place: int | None, values: Mapping[str, float]) -> None:
        self.seen.append((run.state, queue_place))
        self.values = values
        next(self._happenings, lambda: None)()

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    monkeypatch.setattr(following, "REFRESH_S", 0.0)
    return RunStore(tmp_path)


@pytest.fixture
def run_id(store: RunStore) -> str:
    return store.create(RunConfig(family="mlp", dataset="ring8"), name="first")


def test_it_shows_queue_then_values_and_returns_the_ended_run(store: RunStore, run_id: str) -> None:
    def begin() -> None:
        store.claim(run_id, limit=1)
        store.set_state(run_id, "running")
        store.add_metrics(run_id, [(1, "d_real", 0.4), (2, "d_real", 0.6)])

    view = Script(begin, lambda: store.set_state(run_id, "finished"))
    run = follow(Launcher(store), run_id, view, Interrupt())
    assert run.state == "finished"
    assert view.seen == [("queued", 1), ("running", None), ("finished", None)]
    assert view.values == {"d_real": 0.6}


def test_ctrl_c_asks_the_worker_to_stop_once_and_waits_for_it(store: RunStore, run_id: str) -> None:
    store.claim(run_id, limit=1)
    store.set_state(run_id, "running")
    interrupt = Interrupt()
    commands: list[str] = []

    def press() -> None:
        interrupt.asked = True

    def obey() -> None:
        commands.extend(command.name for command in store.take_commands(run_id))
        store.set_state(run_id, "stopped")

    view = Script(press, lambda: None, obey)
    assert follow(Launcher(store), run_id, view, interrupt).state == "stopped"
    assert commands == ["stop"]
    assert len(view.said) == 1


def test_ctrl_c_takes_a_waiting_run_out_of_the_queue(store: RunStore, run_id: str) -> None:
    interrupt = Interrupt()
    interrupt.asked = True
    assert follow(Launcher(store), run_id, Script(), interrupt).state == "stopped"


@pytest.fixture
def usual() -> Iterator[Callable[..., object]]:
    """Python's own handler, which is not there if the tests were started in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def test_the_second_ctrl_c_interrupts_and_the_usual_handler_comes_back(usual: Callable[..., object]) -> None:
    with first_interrupt() as interrupt:
        assert not interrupt.asked
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupt.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is usual


def test_the_last_words_say_what_to_do_next(store: RunStore, run_id: str) -> None:
    store.claim(run_id, limit=1)
    store.set_state(run_id, "running")
    store.set_state(run_id, "failed", "the disk is full")
    told = ending(store.get(run_id))
    assert "the disk is full" in told
    assert f"runs resume {run_id}" in told


def test_nobody_is_sent_where_training_diverged_again(store: RunStore, run_id: str) -> None:
    store.claim(run_id, limit=1)
    store.set_state(run_id, "running")
    store.set_state(
        run_id, "failed", "training diverged: the loss of phase 'generator' is not a finite number"
    )
    told = ending(store.get(run_id))
    assert told.endswith("is not a finite number.")


def test_a_store_that_is_locked_for_a_while_ends_nothing(
    store: RunStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, fails = store.metrics_since, iter([False, True, True, False])

    def locked_at_times(run_id: str, rowid: int = 0) -> tuple[list[tuple[int, str, float]], int]:
        if next(fails, False):
            raise StoreLockedError("the run store is held by another program")
        return reading(run_id, rowid)

    monkeypatch.setattr(store, "metrics_since", locked_at_times)
    view = Script(lambda: store.send(run_id, "stop"))
    assert follow(Launcher(store), run_id, view, Interrupt()).state == "stopped"
    assert view.said == ["Waiting: the run store is held by another program"]


def test_a_launcher_that_cannot_start_runs_says_why_once(store: RunStore, run_id: str) -> None:
    launcher = Launcher(store)
    launcher.problem = "no more processes"
    view = Script(lambda: None, lambda: None, lambda: store.send(run_id, "stop"))
    follow(launcher, run_id, view, Interrupt())
    assert view.said == ["Waiting: no more processes"]
