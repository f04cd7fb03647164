"""The store: runs and their states, the queue, ownership, metrics, events, commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from gan_core.runs import checkpoints
from gan_core.runs.files import RunFolder
from gan_core.runs.lifecycle import STALE_HEARTBEAT_S
from gan_core.runs.records import NEXT_STATES, RunStateError, State, UnknownRunError
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig, UserError

CONFIG = RunConfig(family="mlp", dataset="ring8")
ENDS: tuple[State, ...] = ("finished", "stopped", "failed", "interrupted")


@pytest.fixture
def running(store: RunStore) -> str:
    """A run that this process trains."""
    run_id = store.create(CONFIG)
    store.claim(run_id, limit=9)
    store.set_state(run_id, "running")
    return run_id


# --- runs ---------------------------------------------------------------------------------------------------


def test_a_new_run_waits_with_its_config(store: RunStore) -> None:
    config = CONFIG.changed(training={"steps": 7, "seed": 3}, settings={"z_dim": 4})
    run = store.get(store.create(config, name="mine"))
    assert (run.name, run.state, run.config, run.seed, run.total_steps) == ("mine", "queued", config, 3, 7)
    assert (run.step, run.started, run.finished, run.error, run.parent_id) == (0, None, None, None, None)


def test_what_nobody_set_stays_unset_so_that_a_preset_may_fill_it_in(store: RunStore) -> None:
    run = store.get(store.create(CONFIG.changed(training={"seed": 3})))
    assert run.config.training.model_fields_set == {"seed"}


def test_a_budget_of_minutes_takes_the_place_of_steps(store: RunStore) -> None:
    assert store.get(store.create(CONFIG.changed(training={"minutes": 2}))).total_steps is None


def test_runs_are_listed_newest_first(store: RunStore) -> None:
    ids = [store.create(CONFIG) for _ in range(3)]
    assert [run.id for run in store.runs()] == ids[::-1]


def test_an_id_is_short_and_safe_in_a_url(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    assert len(run_id) == 6
    assert run_id.isalnum()


@pytest.mark.parametrize("call", ["get", "rename", "delete", "send", "requeue", "checkpoint_steps"])
@pytest.mark.parametrize("run_id", ["nosuch", "../x", ""])
def test_an_unknown_id_is_refused_by_name(store: RunStore, call: str, run_id: str) -> None:
    more = {"rename": ("x",), "send": ("pause",)}.get(call, ())
    with pytest.raises(UnknownRunError, match=f"no run '{run_id}'"):
        getattr(store, call)(run_id, *more)


def test_names_are_tidied(store: RunStore) -> None:
    run_id = store.create(CONFIG, name="  two\nlines \t")
    assert store.get(run_id).name == "two lines"
    store.rename(run_id, "<b>ünï/../x</b>")
    assert store.get(run_id).name == "<b>ünï/../x</b>"


@pytest.mark.parametrize("name", ["", " \n", "x" * 81])
def test_a_name_that_is_none_is_refused(store: RunStore, name: str) -> None:
    with pytest.raises(UserError, match="1 to 80 characters"):
        store.create(CONFIG, name=name)
    with pytest.raises(UserError, match="1 to 80 characters"):
        store.rename(store.create(CONFIG), name)


def test_deleting_a_run_leaves_nothing_and_nobody_else_loses_anything(store: RunStore) -> None:
    gone, other = store.create(CONFIG), store.create(CONFIG)
    for run_id in (gone, other):
        store.add_metrics(run_id, [(1, "d", 0.5)])
        store.add_event(run_id, 1, "warning", {"text": "x"})
    store.delete(gone)
    assert not store.folder(gone).exists()
    assert [run.id for run in store.runs()] == [other]
    assert store.metrics_since(gone) == ([], 0)
    assert store.events_since(gone) == ([], 0)
    assert len(store.metrics_since(other)[0]) == len(store.events_since(other)[0]) == 1


def test_a_run_with_a_worker_cannot_be_deleted(store: RunStore, running: str) -> None:
    with pytest.raises(RunStateError, match="is running; stop it"):
        store.delete(running)
    assert store.get(running).state == "running"


def test_a_run_written_by_another_version_is_left_out_and_hides_no_other(store: RunStore) -> None:
    strange, fine = store.create(CONFIG), store.create(CONFIG)
    with store._database.write() as db:
        db.execute("UPDATE runs SET config = '{\"new_key\": 1}' WHERE id = ?", (strange,))
    assert [run.id for run in store.runs()] == [fine]
    with pytest.raises(UserError, match="new_key"):
        store.get(strange)


# --- queue and states ---------------------------------------------------------------------------------------


def test_the_queue_is_first_come_first_served(store: RunStore) -> None:
    first, second, third = (store.create(CONFIG) for _ in range(3))
    assert [store.queue_place(run_id) for run_id in (first, second, third)] == [1, 2, 3]
    claimed = store.claim(None, limit=9)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.pid) == (first, "starting", os.getpid())
    assert [store.queue_place(run_id) for run_id in (first, second, third)] == [None, 1, 2]


def test_a_run_can_be_claimed_out_of_turn_but_once_only(store: RunStore) -> None:
    _, second = store.create(CONFIG), store.create(CONFIG)
    claimed = store.claim(second, limit=9)
    assert claimed is not None
    assert claimed.id == second
    assert store.claim(second, limit=9) is None


def test_paused_runs_do_not_count_against_the_limit(store: RunStore, running: str) -> None:
    store.create(CONFIG)
    assert store.claim(None, limit=1) is None
    store.set_state(running, "paused")
    assert store.claim(None, limit=1) is not None


def test_an_interrupted_run_goes_to_the_end_of_the_queue(store: RunStore, running: str) -> None:
    waiting = store.create(CONFIG)
    store.set_state(running, "interrupted", "gone")
    store.requeue(running)
    assert [store.queue_place(waiting), store.queue_place(running)] == [1, 2]
    assert store.get(running).error is None


def test_threads_never_claim_the_same_run(store: RunStore) -> None:
    ids = {store.create(CONFIG) for _ in range(12)}
    claimed: list[str] = []
    gate = threading.Barrier(6)

    def work() -> None:
        gate.wait()
        while (run := store.claim(None, limit=99)) is not None:
            claimed.append(run.id)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(ids)
    assert set(claimed) == ids


CLAIM_ALL = """
import sys
from pathlib import Path
from gan_core.runs.store import RunStore
store = RunStore(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
count = 0
while (run := store.claim(None, limit=99)) is not None:
    for step in range(5):
        store.add_metrics(run.id, [(step, "a", 1.0), (step, "b", 2.0)])
    print(run.id, flush=True)
"""


def test_processes_never_claim_the_same_run_nor_lose_rows(store: RunStore) -> None:
    ids = {store.create(CONFIG) for _ in range(9)}
    command = [sys.executable, "-c", CLAIM_ALL, str(store.root)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    claimed = [line for process in processes for line in process.communicate("go\n")[0].split()]
    assert len(claimed) == len(ids)
    assert set(claimed) == ids
    for run_id in ids:
        rows, _ = store.metrics_since(run_id)
        assert rows == [row for step in range(5) for row in ((step, "a", 1.0), (step, "b", 2.0))]


@pytest.mark.parametrize("state", sorted(NEXT_STATES))
@pytest.mark.parametrize("goal", sorted(NEXT_STATES))
def test_only_the_transitions_of_the_design_are_possible(store: RunStore, state: State, goal: State) -> None:
    run_id = store.create(CONFIG)
    with store._database.write() as db:
        db.execute("UPDATE runs SET state = ? WHERE id = ?", (state, run_id))
    if goal == state or goal in NEXT_STATES[state]:
        store.set_state(run_id, goal)
        assert store.get(run_id).state == goal
    else:
        with pytest.raises(RunStateError, match=f"is {state} and cannot become {goal}"):
            store.set_state(run_id, goal)
        assert store.get(run_id).state == state


def test_the_way_of_a_run_is_noted_as_events(store: RunStore, running: str) -> None:
    store.beat(running, step=12, seconds=1, images_per_s=1, pid=os.getpid())
    store.set_state(running, "failed", "no luck")
    events = [(event.step, event.kind, dict(event.detail)) for event in store.events_since(running)[0]]
    assert events == [
        (0, "state", {"state": "starting"}),
        (0, "state", {"state": "running"}),
        (12, "state", {"state": "failed", "error": "no luck"}),
    ]
    run = store.get(running)
    assert run.error == "no luck"
    assert run.finished is not None


def test_requeue_gives_a_finished_run_more_steps(store: RunStore, running: str) -> None:
    store.beat(running, step=3000, seconds=1, images_per_s=1, pid=os.getpid())
    store.set_state(running, "finished")
    with pytest.raises(RunStateError, match=r"all its 3000 steps; give it more than 3000"):
        store.requeue(running)
    with pytest.raises(RunStateError, match="more than 3000"):
        store.requeue(running, steps=10)
    store.requeue(running, steps=4000)
    run = store.get(running)
    assert (run.state, run.total_steps, run.config.training.steps) == ("queued", 4000, 4000)
    identity = RunFolder(store.folder(running)).read_identity()
    assert identity is not None
    assert identity.config.training.steps == 4000


def test_requeue_gives_a_run_more_minutes(store: RunStore) -> None:
    run_id = store.create(CONFIG.changed(training={"minutes": 1}))
    store.claim(run_id, limit=9)
    store.beat(run_id, step=9, seconds=60.0, images_per_s=1, pid=os.getpid())
    store.set_state(run_id, "finished")
    with pytest.raises(RunStateError, match="spent its 1 minutes"):
        store.requeue(run_id)
    store.requeue(run_id, minutes=2)
    assert store.get(run_id).config.training.minutes == 2


def test_a_run_that_has_not_ended_cannot_be_queued(store: RunStore, running: str) -> None:
    with pytest.raises(RunStateError, match="is running; only a run that has ended can be resumed"):
        store.requeue(running)


# --- ownership ----------------------------------------------------------------------------------------------


def test_a_beat_tells_how_far_the_run_is(store: RunStore, running: str) -> None:
    assert store.beat(running, step=5, seconds=1.5, images_per_s=640.0, pid=os.getpid())
    run = store.get(running)
    assert (run.step, run.seconds, run.images_per_s) == (5, 1.5, 640.0)


def test_a_beat_of_a_process_that_lost_the_run_changes_nothing(store: RunStore, running: str) -> None:
    assert not store.beat(running, step=5, seconds=1, images_per_s=1, pid=os.getpid() + 1)
    store.set_state(running, "interrupted")
    assert not store.beat(running, step=5, seconds=1, images_per_s=1, pid=os.getpid())
    assert store.get(running).step == 0


def test_reap_leaves_a_run_whose_process_lives(store: RunStore, running: str) -> None:
    with store._database.write() as db:  # however long it has been silent, e.g. because the machine slept
        db.execute("UPDATE runs SET heartbeat = 0")
    store.reap()
    assert store.get(running).state == "running"


def test_reap_finds_a_run_whose_process_is_gone(store: RunStore, running: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with store._database.write() as db:
        db.execute("UPDATE runs SET pid = ?", (process.pid,))
    store.reap()
    run = store.get(running)
    assert run.state == "interrupted"
    assert run.error is not None
    assert "killed" in run.error


def test_reap_is_not_fooled_by_another_process_with_the_same_number(store: RunStore, running: str) -> None:
    with store._database.write() as db:
        db.execute("UPDATE runs SET process_start = 'long ago'")
    store.reap()
    assert store.get(running).state == "interrupted"


def test_a_run_whose_worker_was_killed_just_now_can_be_resumed(store: RunStore, running: str) -> None:
    with store._database.write() as db:
        db.execute("UPDATE runs SET process_start = 'long ago'")
    store.requeue(running)
    assert store.get(running).state == "queued"


@pytest.mark.parametrize(("silence_s", "state"), [(1.0, "running"), (STALE_HEARTBEAT_S + 1, "interrupted")])
def test_a_run_on_another_machine_is_judged_by_its_heartbeat(
    store: RunStore, running: str, silence_s: float, state: State
) -> None:
    with store._database.write() as db:
        db.execute("UPDATE runs SET host = 'elsewhere', heartbeat = heartbeat - ?", (silence_s,))
    store.reap()
    assert store.get(running).state == state


def test_a_live_worker_takes_back_a_run_marked_interrupted(store: RunStore, running: str) -> None:
    store.set_state(running, "interrupted", "thought dead")
    assert store.reclaim(running, "running")
    run = store.get(running)
    assert (run.state, run.error, run.finished) == ("running", None, None)


def test_a_worker_cannot_take_back_what_somebody_decided_about(store: RunStore, running: str) -> None:
    store.set_state(running, "interrupted")
    store.requeue(running)
    assert not store.reclaim(running, "running")
    assert store.get(running).state == "queued"


def test_only_a_starting_run_can_be_adopted(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    assert store.adopt(run_id) is None
    store.claim(run_id, limit=9)
    adopted = store.adopt(run_id)
    assert adopted is not None
    assert adopted.pid == os.getpid()


# --- metrics, events, commands ------------------------------------------------------------------------------


def test_readers_get_the_rows_since_the_last_ones_they_saw(store: RunStore, running: str) -> None:
    other = store.create(CONFIG)
    store.add_metrics(running, [(1, "d", 0.1), (1, "g", 0.2)])
    store.add_metrics(other, [(1, "d", 9.0)])
    rows, last = store.metrics_since(running)
    assert rows == [(1, "d", 0.1), (1, "g", 0.2)]
    assert store.metrics_since(running, last) == ([], last)
    store.add_metrics(running, [(2, "d", 0.3)])
    assert store.metrics_since(running, last)[0] == [(2, "d", 0.3)]


def test_values_that_are_no_numbers_are_left_out(store: RunStore, running: str) -> None:
    store.add_metrics(running, [(1, "d", float("nan")), (1, "e", float("inf")), (1, "f", 1.0)])
    assert store.metrics_since(running)[0] == [(1, "f", 1.0)]


def test_a_batch_is_written_as_a_whole_or_not_at_all(store: RunStore, running: str) -> None:
    def change_and_fail() -> None:
        with store.batch():
            store.add_metrics(running, [(1, "d", 1.0)])
            store.set_state(running, "paused")
            raise KeyError

    with pytest.raises(KeyError):
        change_and_fail()
    assert store.metrics_since(running)[0] == []
    assert store.get(running).state == "running"


def test_rewind_takes_back_what_came_after_the_checkpoint(store: RunStore, running: str) -> None:
    store.add_metrics(running, [(1, "d", 1.0), (2, "d", 2.0), (3, "d", 3.0)])
    store.add_event(running, 2, "warning", {"text": "kept"})
    store.add_event(running, 3, "warning", {"text": "taken back"})
    before = store.get(running).rewinds
    store.rewind(running, 2)
    assert store.metrics_since(running)[0] == [(1, "d", 1.0), (2, "d", 2.0)]
    texts = [event.detail.get("text") for event in store.events_since(running)[0] if event.kind == "warning"]
    assert texts == ["kept"]
    assert store.get(running).rewinds > before


def test_commands_are_taken_once_in_order(store: RunStore, running: str) -> None:
    store.send(running, "pause")
    store.send(running, "step", count=3, only="generator")
    store.send(running, "set", settings={"lr_generator": 0.1})
    taken = store.take_commands(running)
    assert [command.name for command in taken] == ["pause", "step", "set"]
    assert taken[1].arguments == {"count": 3, "only": "generator"}
    assert store.take_commands(running) == []


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("jump", {}, "unknown command 'jump'; commands are pause, resume"),
        ("pause", {"count": 1}, "takes no arguments, got 'count'"),
        ("step", {"count": 0}, "count must be a whole number"),
        ("step", {"count": 1e9}, "count must be a whole number"),
        ("step", {"only": "critic"}, "only must be 'generator', 'discriminator' or none"),
        ("set", {}, "needs settings"),
        ("set", {"settings": {}}, "needs settings"),
    ],
)
def test_a_wrong_command_is_refused_with_a_sentence(
    store: RunStore, running: str, command: str, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        store.send(running, command, **arguments)
    assert store.take_commands(running) == []


def test_stopping_a_waiting_run_takes_it_out_of_the_queue(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    store.send(run_id, "stop")
    assert store.get(run_id).state == "stopped"
    assert store.claim(None, limit=9) is None


@pytest.mark.parametrize("end", ENDS)
def test_stopping_an_ended_run_changes_nothing_and_other_commands_are_refused(
    store: RunStore, running: str, end: State
) -> None:
    store.set_state(running, end)
    store.send(running, "stop")
    assert store.get(running).state == end
    with pytest.raises(RunStateError, match=f"is {end} and cannot pause; resume it first"):
        store.send(running, "pause")


def test_a_waiting_run_cannot_be_paused(store: RunStore) -> None:
    with pytest.raises(RunStateError, match="wait until it starts"):
        store.send(store.create(CONFIG), "pause")


def test_commands_for_a_dead_worker_do_not_reach_the_next_one(store: RunStore, running: str) -> None:
    store.send(running, "stop")
    store.set_state(running, "interrupted")
    store.requeue(running)
    assert store.take_commands(running) == []


# --- branches -----------------------------------------------------------------------------------------------


def test_a_branch_owns_its_checkpoint_whatever_happens_to_the_parent(store: RunStore) -> None:
    parent = store.create(CONFIG)
    checkpoints.save(RunFolder(store.folder(parent)).checkpoint(30), {"step": 30, "name": "parent's"})
    branch = store.create(CONFIG, parent=(parent, 30))
    store.delete(parent)
    run = store.get(branch)
    assert (run.step, run.parent_id, run.parent_step) == (30, parent, 30)
    assert checkpoints.load(RunFolder(store.folder(branch)).latest) == {"step": 30, "name": "parent's"}


def test_a_branch_may_start_from_the_latest_checkpoint(store: RunStore) -> None:
    parent = store.create(CONFIG)
    checkpoints.save(RunFolder(store.folder(parent)).latest, {"step": 41})
    assert store.checkpoint_steps(parent) == [41]
    assert store.checkpoint_steps(store.create(CONFIG, parent=(parent, 41))) == [41]


def test_a_branch_from_nowhere_is_refused_and_leaves_nothing(store: RunStore) -> None:
    parent = store.create(CONFIG)
    checkpoints.save(RunFolder(store.folder(parent)).latest, {"step": 41})
    folders = sorted(store.root.iterdir())
    with pytest.raises(UserError, match="checkpoint at step 40 does not exist; it has others at: 41"):
        store.create(CONFIG, parent=(parent, 40))
    assert sorted(store.root.iterdir()) == folders
    assert len(store.runs()) == 1


# --- cost ---------------------------------------------------------------------------------------------------


def test_watching_a_run_needs_no_torch() -> None:
    program = "import sys, gan_core.runs.launcher, gan_core.runs.reader, gan_core.runs.timeline; "
    program += "import json; print(json.dumps('torch' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is False


def test_asking_for_commands_and_claims_writes_nothing_while_there_are_none(
    store: RunStore, running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store._database, "write", _refuse)
    assert store.take_commands(running) == []
    assert store.claim(None, limit=9) is None


def _refuse() -> Callable[[], None]:
    raise AssertionError("a write transaction was begun")
