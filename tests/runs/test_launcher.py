"""The launcher: queue, limit, several launchers, crashes; with workers that pretend to train."""

from __future__ import annotations

import os
import platform
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gan_core.runs import checkpoints
from gan_core.runs.files import RunFolder
from gan_core.runs.launcher import Launcher
from gan_core.runs.processes import process_start
from gan_core.runs.records import RunStateError, State
from gan_core.runs.store import RunStore
from gan_core.runs.worker_process import worker_environment
from gan_core.settings import RunConfig, UserError

Until = Callable[[Callable[[], object]], None]
Start = Callable[..., Launcher]

# Takes up the run it is given and "trains" until it is told to stop, or its stdin ends.
PRETEND = """
import os, select, sys
from pathlib import Path
from gan_core.runs.store import RunStore

store = RunStore(Path(sys.argv[1]))
line = sys.stdin.readline()
if not line:
    sys.exit(0)
run_id = line.strip()
{before}
assert store.adopt(run_id) is not None
store.set_state(run_id, "running")
while True:
    readable, _, _ = select.select([0], [], [], 0.02)
    if readable:
        store.set_state(run_id, "interrupted")
        break
    names = [command.name for command in store.take_commands(run_id)]
    if "stop" in names:
        store.set_state(run_id, "stopped")
        break
"""


def pretend(store: RunStore, before: str = "") -> list[str]:
    """A worker without torch; `before` runs before it adopts the run."""
    return [sys.executable, "-c", PRETEND.format(before=before), str(store.root)]


@pytest.fixture
def start(store: RunStore) -> Iterator[Start]:
    """Starts launchers, by default without a spare and with pretending workers; closes them at the end."""
    launchers: list[Launcher] = []

    def start(limit: int = 9, **more: object) -> Launcher:
        options = {"keep_spare": False, "command": pretend(store), **more}
        launcher = Launcher(store, limit, **options)  # type: ignore[arg-type]
        launchers.append(launcher)
        launcher.start()
        return launcher

    yield start
    for launcher in launchers:
        launcher.close()


def _states(store: RunStore, ids: list[str]) -> list[State]:
    return [store.get(run_id).state for run_id in ids]


def test_the_queue_is_worked_off_in_order_within_the_limit(
    store: RunStore, start: Start, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    launcher = start(limit=2)
    ids = [launcher.submit(tiny(), name=f"run {n}") for n in range(4)]
    until(lambda: _states(store, ids) == ["running", "running", "queued", "queued"])
    assert [store.queue_place(run_id) for run_id in ids] == [None, None, 1, 2]
    store.send(ids[1], "stop")
    until(lambda: _states(store, ids) == ["running", "stopped", "running", "queued"])


def test_a_submitted_config_is_spelled_out_in_full(store: RunStore, start: Start) -> None:
    run_id = start(limit=1).submit(RunConfig(family="mlp", dataset="ring8", preset="textbook"))
    config = store.get(run_id).config
    assert config.training.steps == 20_000  # the preset's
    assert config.training.model_fields_set == set(type(config.training).model_fields)
    assert config.settings["lr_generator"] == 1e-3


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (RunConfig(family="nosuch", dataset="ring8"), "unknown family 'nosuch'"),
        (RunConfig(family="mlp", dataset="ring8", preset="x"), "unknown preset 'x'"),
        (RunConfig(family="mlp", dataset="ring8", settings={"lr": 1}), "unknown setting 'lr'"),
    ],
)
def test_a_wrong_config_never_reaches_the_queue(
    store: RunStore, start: Start, config: RunConfig, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        start().submit(config)
    assert store.runs() == []


def test_a_launcher_for_one_run_starts_no_other_and_waits_its_turn(
    store: RunStore, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    launcher = Launcher(store, 9, keep_spare=False, command=pretend(store))
    first, own = store.create(tiny()), launcher.submit(tiny())
    launcher.start(only=own)
    until(lambda: launcher._reap_due > 0.0)
    assert _states(store, [first, own]) == ["queued", "queued"]
    store.claim(first, limit=9)  # somebody else starts the one in front
    until(lambda: store.get(own).state == "running")
    launcher.close()


def test_a_launcher_for_one_run_passes_runs_that_nobody_starts(
    store: RunStore, until: Until, tiny: Callable[..., RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_core.runs.launcher.PATIENCE_S", 0.0)
    launcher = Launcher(store, 1, keep_spare=False, command=pretend(store))
    first, own = store.create(tiny()), launcher.submit(tiny())
    launcher.start(only=own)
    until(lambda: store.get(own).state == "running")
    assert store.get(first).state == "queued"
    launcher.close()


def test_a_run_resumed_before_its_old_worker_is_gone_starts_again(
    store: RunStore, start: Start, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    hold, leave = store.root / "hold", store.root / "leave"
    wait = "import time\nwhile {}: time.sleep(0.002)\n"
    before = wait.format("(store.root / 'hold').exists()")
    after = wait.format("not (store.root / 'leave').exists()")
    program = PRETEND.format(before=before) + after
    launcher = start(command=[sys.executable, "-c", program, str(store.root)])
    run_id = launcher.submit(tiny())
    until(lambda: store.get(run_id).state == "running")
    hold.touch()
    store.send(run_id, "stop")
    until(lambda: store.get(run_id).state == "stopped")
    launcher.resume(run_id)
    until(lambda: len(launcher._workers) == 2)
    leave.touch()
    until(lambda: len(launcher._workers) == 1)
    assert store.get(run_id).state == "starting"
    hold.unlink()
    until(lambda: store.get(run_id).state == "running")


def test_two_launchers_never_start_a_run_twice_and_share_the_limit(
    store: RunStore, start: Start, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    first, second = start(limit=3), start(limit=3)
    ids = [launcher.submit(tiny()) for _ in range(3) for launcher in (first, second)]
    until(lambda: _states(store, ids).count("running") == 3)
    assert len(first._workers) + len(second._workers) == 3
    for run_id in ids[:3]:
        store.send(run_id, "stop")
    until(lambda: _states(store, ids) == ["stopped"] * 3 + ["running"] * 3)
    starts = [
        [event.detail["state"] for event in store.events_since(run_id)[0]].count("starting") for run_id in ids
    ]
    assert starts == [1] * 6


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (
            signal.SIGKILL,
            "was killed, most likely because the memory ran out; resume it from",
        ),
        (signal.SIGSEGV, "was killed, by signal SIGSEGV; resume it from"),
    ],
)
def test_a_killed_worker_leaves_an_interrupted_run_that_can_be_resumed(
    store: RunStore,
    start: Start,
    until: Until,
    tiny: Callable[..., RunConfig],
    number: signal.Signals,
    sentence: str,
) -> None:
    launcher = start()
    run_id, other = launcher.submit(tiny()), launcher.submit(tiny())
    until(lambda: _states(store, [run_id, other]) == ["running", "running"])
    pid = store.get(run_id).pid
    assert pid is not None
    os.kill(pid, number)
    until(lambda: sentence in (store.get(run_id).error or ""))
    assert _states(store, [run_id, other]) == ["interrupted", "running"]
    launcher.resume(run_id)
    until(lambda: store.get(run_id).state == "running")
    assert store.get(run_id).error is None


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("raise SystemExit('bad\\nluck')", "ended too early (luck)"),
        ("sys.exit(3)", "ended too early (exit code 3)"),
        ("sys.exit(0)", "ended too early (exit code 0)"),
        ("os.kill(os.getpid(), 9)", "was killed"),
    ],
)
def test_a_worker_that_ends_before_it_takes_the_run_up_leaves_a_sentence(
    store: RunStore, start: Start, until: Until, tiny: Callable[..., RunConfig], before: str, sentence: str
) -> None:
    run_id = start(command=pretend(store, before)).submit(tiny())
    until(lambda: store.get(run_id).state == "interrupted")
    assert sentence in (store.get(run_id).error or "")


def test_a_worker_that_cannot_be_started_leaves_a_sentence(
    store: RunStore, start: Start, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    launcher = start(command=["/no/such/program"])
    run_id = launcher.submit(tiny())
    until(lambda: store.get(run_id).state == "interrupted")
    assert "could not be started" in (store.get(run_id).error or "")
    until(lambda: launcher.problem is None)  # the launcher itself goes on


def test_closing_interrupts_the_runs_and_leaves_no_process(
    store: RunStore, start: Start, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    launcher = start(limit=2, keep_spare=True)
    ids = [launcher.submit(tiny()) for _ in range(3)]
    until(lambda: _states(store, ids) == ["running", "running", "queued"])
    launcher._spare_due = 0.0
    until(lambda: launcher._spare is not None)
    workers = [*launcher._workers, launcher._spare]
    launcher.close()
    assert _states(store, ids) == ["interrupted", "interrupted", "queued"]
    assert [store.get(run_id).error for run_id in ids] == [None] * 3
    assert all(worker is not None and process_start(worker.pid) is None for worker in workers)


def test_a_spare_worker_is_used_and_replaced_only_after_a_while(
    store: RunStore, start: Start, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    launcher = start(keep_spare=True)
    until(lambda: launcher._spare is not None)
    spare = launcher._spare
    assert spare is not None
    run_id = launcher.submit(tiny())
    until(lambda: store.get(run_id).state == "running")
    assert store.get(run_id).pid == spare.pid
    assert launcher._spare is None


def test_a_spare_that_dies_is_not_started_over_and_over(
    store: RunStore, start: Start, until: Until, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    program = f"open({str(log)!r}, 'a').write('x')"
    launcher = start(keep_spare=True, command=[sys.executable, "-c", program])
    until(lambda: launcher._spare_due > 0.0 and launcher._spare is None)
    for _ in range(5):
        launcher._tick()
    assert log.read_text() == "x"


def test_runs_of_a_dead_launcher_are_found(
    store: RunStore, start: Start, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    run_id = start().submit(tiny())
    until(lambda: store.get(run_id).state == "running")
    with store._database.write() as db:  # as if claimed by a process that is gone
        db.execute("UPDATE runs SET process_start = 'long ago' WHERE id = ?", (run_id,))
    until(lambda: store.get(run_id).state == "interrupted")


def test_a_locked_store_is_a_problem_that_passes(
    store: RunStore, runs_dir: Path, until: Until, tiny: Callable[..., RunConfig]
) -> None:
    run_id = store.create(tiny())
    launcher = Launcher(RunStore(runs_dir, timeout=0.01), keep_spare=False, command=pretend(store))
    with closing(sqlite3.connect(runs_dir / "runs.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        launcher.start()
        until(lambda: "held by another program" in (launcher.problem or ""))
        other.execute("ROLLBACK")
    until(lambda: store.get(run_id).state == "running")
    assert launcher.problem is None
    launcher.close()


# --- branches -----------------------------------------------------------------------------------------------


@pytest.fixture
def parent(store: RunStore, start: Start, tiny: Callable[..., RunConfig]) -> str:
    """A run with a checkpoint at step 30, before which its learning rate was changed to 0.5."""
    launcher = Launcher(store)  # not started: the run stays queued
    parent = launcher.submit(tiny(steps=40), name="mother")
    settings = store.get(parent).config.settings | {"lr_generator": 0.5}
    state = {"step": 30, "seconds": 90.0, "settings": settings}
    checkpoints.save(RunFolder(store.folder(parent)).checkpoint(30), state)
    return parent


def test_a_branch_takes_over_live_changes_and_its_own(store: RunStore, parent: str) -> None:
    branch = Launcher(store).branch(parent, 30, {"lr_discriminator": 0.25, "steps": 77})
    run = store.get(branch)
    assert (run.name, run.parent_id, run.parent_step, run.step) == ("mother from 30", parent, 30, 30)
    assert run.config.settings["lr_generator"] == 0.5
    assert run.config.settings["lr_discriminator"] == 0.25
    assert run.config.training.steps == run.total_steps == 77


@pytest.mark.parametrize(
    ("step", "changes", "message"),
    [
        (29, {}, "checkpoint at step 29 does not exist; it has others at: 30"),
        (30, {"nonsense": 1}, "unknown setting 'nonsense'"),
        (30, {"lr_generator": -1}, "lr_generator"),
        (30, {"steps": 30}, "steps must be more than 30, where the branch starts, got 30"),
        (30, {"minutes": 1.5}, "minutes must be more than 1.5"),
    ],
)
def test_a_wrong_branch_is_refused_with_a_sentence(
    store: RunStore, parent: str, step: int, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        Launcher(store).branch(parent, step, changes)
    assert [run.id for run in store.runs()] == [parent]


def test_a_run_that_waits_cannot_be_resumed(store: RunStore, parent: str) -> None:
    with pytest.raises(RunStateError, match="is queued; only a run that has ended can be resumed"):
        Launcher(store).resume(parent)


# --- the environment of a worker ----------------------------------------------------------------------------

COUNT_FAULTS = """
import resource, numpy
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
numpy.ones(400_000)
before = faults()
for _ in range(50):
    numpy.ones(400_000)
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about the allocator of glibc")
def test_what_a_step_frees_serves_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MALLOC_MMAP_THRESHOLD_", raising=False)
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_", raising=False)
    done = subprocess.run(
        [sys.executable, "-c", COUNT_FAULTS], env=worker_environment(), capture_output=True, check=True
    )
    assert int(done.stdout) < 500  # each of the 50 arrays has 780 pages


def can_lend_large_pages() -> bool:
    library, version = platform.libc_ver()
    modes = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    knows = library == "glibc" and tuple(map(int, version.split("."))) >= (2, 35)
    return knows and modes.is_file() and "[madvise]" in modes.read_text()


@pytest.mark.skipif(not can_lend_large_pages(), reason="about Linux that lends large pages on request")
def test_a_worker_asks_for_large_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    look = "kept = bytearray(16_000_000); print(open('/proc/self/smaps').read())"
    done = subprocess.run(
        [sys.executable, "-c", look], env=worker_environment(), capture_output=True, check=True, text=True
    )
    flags = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("VmFlags")]
    assert any("hg" in line for line in flags)


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1000000")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    environment = worker_environment()
    assert (environment["MALLOC_TRIM_THRESHOLD_"], environment["OMP_NUM_THREADS"]) == ("1000000", "3")
