"""Real processes: a worker trains, and `kill -9` hits it, its launcher, or both."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from gan_core.runs import checkpoints
from gan_core.runs.files import RunFolder
from gan_core.runs.launcher import Launcher
from gan_core.runs.processes import process_start
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig

Until = Callable[[Callable[[], object]], None]

LAUNCH = """
import sys, threading
from pathlib import Path
from gan_core.runs.launcher import Launcher
from gan_core.runs.store import RunStore
Launcher(RunStore(Path(sys.argv[1])), limit=1, keep_spare=False).start()
threading.Event().wait()
"""


@pytest.fixture
def launcher_process(store: RunStore) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that works off the queue, as the web process does."""
    process = subprocess.Popen([sys.executable, "-c", LAUNCH, str(store.root)])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("victims", ["worker", "launcher", "both"])
def test_a_kill_leaves_an_interrupted_run_that_resumes_where_it_was(
    store: RunStore,
    until: Until,
    tiny: Callable[..., RunConfig],
    launcher_process: subprocess.Popen[bytes],
    victims: str,
) -> None:
    run_id = Launcher(store).submit(tiny(steps=None))
    until(lambda: store.get(run_id).step > 0)
    store.send(run_id, "checkpoint")
    until(lambda: store.checkpoint_steps(run_id))
    worker = store.get(run_id).pid
    assert worker is not None
    for pid in {"worker": [worker], "launcher": [launcher_process.pid]}.get(
        victims, [launcher_process.pid, worker]
    ):
        os.kill(pid, signal.SIGKILL)
    launcher_process.poll()

    def is_interrupted() -> bool:
        store.reap()  # what any other process that uses the store does
        return store.get(run_id).state == "interrupted"

    until(is_interrupted)
    until(lambda: process_start(worker) is None)  # a worker whose launcher is gone ends by itself
    latest = checkpoints.load(RunFolder(store.folder(run_id)).latest)
    assert latest["step"] == store.checkpoint_steps(run_id)[-1]
    if victims == "launcher":
        assert latest["step"] == store.get(run_id).step  # it saved its last step first

    launcher = Launcher(store, keep_spare=False)
    launcher.start()
    launcher.resume(run_id)
    until(lambda: store.get(run_id).step > latest["step"] + 5)
    run = store.get(run_id)
    assert (run.state, run.error) == ("running", None)
    launcher.close()
    assert store.get(run_id).state == "interrupted"


def test_a_worker_asked_to_terminate_saves_first(
    store: RunStore, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    launcher = Launcher(store, keep_spare=False)
    launcher.start()
    run_id = launcher.submit(tiny(steps=None))
    until(lambda: store.get(run_id).step > 0)
    pid = store.get(run_id).pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    until(lambda: store.get(run_id).state == "interrupted")
    assert store.checkpoint_steps(run_id) == [store.get(run_id).step]
    assert store.get(run_id).error is None
    launcher.close()
