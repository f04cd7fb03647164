"""A worker's work on one run, from the claim to the end, with minute networks in a thread of the test."""

from __future__ import annotations

import errno
import itertools
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_core.building import build_trainer, resolve_config
from gan_core.conditions import outline
from gan_core.images import from_uint8, to_uint8
from gan_core.load import Load
from gan_core.runs import checkpoints, keeper, lease, timeline, worker
from gan_core.runs.database import StoreFullError
from gan_core.runs.files import RESERVE, RunFolder
from gan_core.runs.records import Run, State
from gan_core.runs.store import RunStore
from gan_core.runs.timeline import read_conditions, read_real_examples, read_snapshot
from gan_core.runs.worker import REHEARSED, rehearse, run_worker
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Precision, Trainer

Until = Callable[[Callable[[], object]], None]
Tiny = Callable[..., RunConfig]


def build(config: RunConfig, **more: Any) -> Trainer:
    """A trainer without the timing of precisions."""
    return build_trainer(config, **(more | {"precision": Precision()}))


class Lab:
    """Starts runs in threads and ends them with the test."""

    def __init__(self, store: RunStore, until: Until) -> None:
        self.store, self.until = store, until
        self._threads: dict[str, threading.Thread] = {}
        self._interrupts: dict[str, threading.Event] = {}

    def submit(self, config: RunConfig, parent: tuple[str, int] | None = None) -> str:
        return self.store.create(resolve_config(config), parent=parent)

    def start(self, run_id: str, build: Callable[..., Trainer] = build, **more: Any) -> None:
        """Trains a queued run; returns at once."""
        assert self.store.claim(run_id, limit=99) is not None
        self._interrupts[run_id] = threading.Event()
        self._threads[run_id] = threading.Thread(
            target=run_worker,
            args=(self.store, run_id),
            kwargs={"interrupt": self._interrupts[run_id], "build": build, **more},
        )
        self._threads[run_id].start()

    def train(self, run_id: str, build: Callable[..., Trainer] = build) -> Run:
        """Trains a queued run to its end."""
        self.start(run_id, build)
        return self.end(run_id)

    def end(self, run_id: str) -> Run:
        """Waits for the worker to end."""
        self._threads[run_id].join()
        return self.store.get(run_id)

    def interrupt(self, run_id: str) -> Run:
        self._interrupts[run_id].set()
        return self.end(run_id)

    def reach(self, run_id: str, state: State) -> None:
        self.until(lambda: self.store.get(run_id).state == state)

    def reach_step(self, run_id: str, step: int) -> None:
        self.until(lambda: self.store.get(run_id).step >= step)

    def events(self, run_id: str, kind: str) -> list[tuple[int, dict[str, Any]]]:
        return [
            (event.step, dict(event.detail))
            for event in self.store.events_since(run_id)[0]
            if event.kind == kind
        ]

    def folder(self, run_id: str) -> RunFolder:
        return RunFolder(self.store.folder(run_id))

    def latest(self, run_id: str) -> dict[str, Any]:
        return checkpoints.load(self.folder(run_id).latest)

    def close(self) -> None:
        for run_id in self._threads:
            self.interrupt(run_id)


@pytest.fixture
def lab(store: RunStore, until: Until) -> Iterator[Lab]:
    lab = Lab(store, until)
    yield lab
    lab.close()


def same_tensors(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    return all(same_tensors(a[key], b[key]) for key in a) if isinstance(a, dict) else True


# --- to the end ---------------------------------------------------------------------------------------------


def test_a_run_finishes_and_leaves_everything_behind(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=40))
    run = lab.train(run_id)
    assert (run.state, run.step, run.error, run.images_per_s) == ("finished", 40, None, 0.0)
    assert (run.device, run.precision, run.total_steps) == ("cpu", "float32, 1 thread", 40)
    assert run.seconds > 0
    assert {"python", "torch"} <= set(run.versions)
    assert [detail["state"] for _, detail in lab.events(run_id, "state")] == [
        "starting",
        "running",
        "finished",
    ]
    rows, _ = lab.store.metrics_since(run_id)
    assert rows[0][0] == 1  # the very first step gives the first point of each curve
    assert {"generator/adversarial", "d_real", "d_fake", "grad_norm/discriminator"} <= {
        name for _, name, _ in rows
    }
    folder = lab.folder(run_id)
    assert folder.checkpoint_steps() == folder.kept_steps() == [40]
    assert folder.snapshot_steps()[0] == 0
    assert folder.snapshot_steps()[-1] == 40
    assert set(read_snapshot(folder)[1]) == {"fake", "real", "field", "extent"}


def test_a_budget_of_minutes_ends_a_run(lab: Lab, tiny: Tiny) -> None:
    run = lab.train(lab.submit(tiny(minutes=0.1 / 60)))
    assert run.state == "finished"
    assert 0.1 <= run.seconds < 1.0


def test_an_open_run_goes_on_until_it_is_stopped(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id)
    lab.reach_step(run_id, 200)
    lab.store.send(run_id, "stop")
    run = lab.end(run_id)
    assert run.state == "stopped"
    assert lab.folder(run_id).checkpoint_steps() == [run.step]


def test_a_finished_run_goes_on_with_more_steps(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=10))
    lab.train(run_id)
    lab.store.requeue(run_id, steps=25)
    run = lab.train(run_id)
    assert (run.state, run.step, run.total_steps) == ("finished", 25, 25)


def test_a_run_that_does_not_wait_for_a_worker_is_left_alone(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny())
    run_worker(lab.store, run_id, build=build)
    assert lab.store.get(run_id).state == "queued"


# --- commands -----------------------------------------------------------------------------------------------


@pytest.fixture
def paused(lab: Lab, tiny: Tiny) -> str:
    """An open-ended run that is paused and has saved a checkpoint."""
    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id)
    lab.reach_step(run_id, 20)
    lab.store.send(run_id, "pause")
    lab.reach(run_id, "paused")
    lab.until(lambda: lab.folder(run_id).checkpoint_steps())
    return run_id


def _wait_for_beats(lab: Lab, run_id: str) -> None:
    first = lab.store.get(run_id).heartbeat
    lab.until(lambda: lab.store.get(run_id).heartbeat != first)


def test_a_paused_run_stands_still_until_it_is_resumed(lab: Lab, paused: str) -> None:
    before = lab.store.get(paused)
    _wait_for_beats(lab, paused)
    after = lab.store.get(paused)
    assert (after.step, after.seconds) == (before.step, before.seconds)
    assert after.images_per_s == 0.0
    assert lab.folder(paused).checkpoint_steps()[-1] == before.step
    lab.store.send(paused, "resume")
    lab.reach_step(paused, before.step + 20)
    assert lab.store.get(paused).state == "running"
    lab.until(lambda: lab.store.get(paused).images_per_s > 0)


def test_single_steps_are_done_in_a_pause_and_shown_at_once(lab: Lab, paused: str) -> None:
    start = lab.store.get(paused).step
    for _ in range(3):
        lab.store.send(paused, "step")
    lab.store.send(paused, "step", count=4)
    lab.reach_step(paused, start + 7)
    _wait_for_beats(lab, paused)
    run = lab.store.get(paused)
    assert (run.step, run.state) == (start + 7, "paused")
    assert {start + n for n in range(1, 8)} <= {step for step, _, _ in lab.store.metrics_since(paused)[0]}
    assert lab.folder(paused).snapshot_steps()[-1] == start + 7


@pytest.mark.parametrize("only", ["generator", "discriminator"])
def test_a_step_of_one_side_trains_that_side_only(lab: Lab, paused: str, only: str) -> None:
    other = {"generator": "discriminator", "discriminator": "generator"}[only]
    before = lab.latest(paused)
    lab.store.send(paused, "step", only=only)
    lab.store.send(paused, "checkpoint")
    lab.reach_step(paused, before["step"] + 1)
    lab.store.send(paused, "stop")
    lab.end(paused)
    after = lab.latest(paused)
    assert after["step"] == before["step"] + 1
    assert same_tensors(before["modules"][other], after["modules"][other])
    assert not same_tensors(before["modules"][only], after["modules"][only])


def test_a_step_while_running_pauses_the_run(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id)
    lab.reach(run_id, "running")
    lab.store.send(run_id, "step")
    lab.reach(run_id, "paused")


def test_a_live_setting_changes_and_leaves_a_mark(lab: Lab, paused: str) -> None:
    step = lab.store.get(paused).step
    old = lab.latest(paused)["settings"]
    lab.store.send(paused, "set", settings={"lr_generator": 0.07, "loss": "hinge", "beta1": old["beta1"]})
    lab.until(lambda: lab.events(paused, "setting"))
    changes = {"lr_generator": [old["lr_generator"], 0.07], "loss": [old["loss"], "hinge"]}
    assert lab.events(paused, "setting") == [(step, {"changes": changes})]
    lab.store.send(paused, "step")
    lab.reach_step(paused, step + 1)
    lab.store.send(paused, "stop")
    lab.end(paused)
    assert lab.latest(paused)["settings"] == old | {"lr_generator": 0.07, "loss": "hinge"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"z_dim": 3}, "'z_dim' cannot change while a run trains"),
        ({"batch_size": 8}, "'batch_size' cannot change while a run trains"),
        ({"nonsense": 1}, "unknown setting 'nonsense'"),
        ({"lr_generator": -1}, "lr_generator: must be greater than 0, got -1"),
        ({"lr_generator": 0.5, "z_dim": 3}, "'z_dim' cannot change"),
    ],
)
def test_a_setting_that_cannot_change_is_refused_with_a_warning(
    lab: Lab, paused: str, settings: dict[str, Any], message: str
) -> None:
    before = lab.latest(paused)["settings"]
    lab.store.send(paused, "set", settings=settings)
    lab.until(lambda: lab.events(paused, "warning"))
    ((_, detail),) = lab.events(paused, "warning")
    assert message in detail["text"]
    assert lab.interrupt(paused).state == "interrupted"
    assert lab.latest(paused)["settings"] == before
    assert lab.events(paused, "setting") == []


def test_a_checkpoint_on_request_is_kept_and_noted(lab: Lab, paused: str) -> None:
    step = lab.store.get(paused).step
    lab.store.send(paused, "checkpoint")
    lab.until(lambda: lab.events(paused, "checkpoint"))
    assert lab.events(paused, "checkpoint") == [(step, {"seconds": lab.store.get(paused).seconds})]
    assert lab.folder(paused).kept_steps() == [step]


def test_a_snapshot_on_request_shows_the_present_step(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id)
    lab.reach_step(run_id, 20)
    before = lab.folder(run_id).snapshot_steps()[-1]
    lab.store.send(run_id, "snapshot")
    lab.until(lambda: lab.folder(run_id).snapshot_steps()[-1] > before)


# --- interruption and resuming ------------------------------------------------------------------------------


def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(lab: Lab, tiny: Tiny) -> None:
    parts = lab.submit(tiny(steps=None))  # open-ended: it cannot finish before it is interrupted
    lab.start(parts)
    lab.reach_step(parts, 50)
    run = lab.interrupt(parts)
    assert run.state == "interrupted"
    assert run.step >= 50
    assert lab.latest(parts)["step"] == run.step
    lab.store.requeue(parts, steps=run.step + 200)
    assert lab.train(parts).state == "finished"
    whole = lab.submit(tiny(steps=run.step + 200))
    assert lab.train(whole).step == run.step + 200
    a, b = lab.latest(whole), lab.latest(parts)
    for part in ("modules", "ema", "optimizers", "stream", "rng"):
        assert same_tensors(a[part], b[part]), part


def test_work_after_the_last_checkpoint_is_taken_back_and_done_again(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=300))
    lab.train(run_id)
    folder = lab.folder(run_id)
    at_300 = lab.latest(run_id)
    lab.store.requeue(run_id, steps=600)
    lab.train(run_id)
    checkpoints.save(folder.latest, at_300)  # as if it had been killed before it saved again
    folder.checkpoint(600).unlink()
    lab.store.requeue(run_id, steps=700)
    run = lab.train(run_id)
    assert run.rewinds > 0
    steps = [step for step, name, _ in lab.store.metrics_since(run_id)[0] if name == "d_real"]
    assert steps == sorted(set(steps))
    states = [(step, detail["state"]) for step, detail in lab.events(run_id, "state")]
    assert (600, "finished") not in states
    assert states[-1] == (700, "finished")


def test_live_changes_outlast_an_interruption(lab: Lab, paused: str) -> None:
    lab.store.send(paused, "set", settings={"lr_generator": 0.07})
    lab.until(lambda: lab.events(paused, "setting"))
    lab.store.send(paused, "step")
    lab.reach_step(paused, lab.latest(paused)["step"] + 1)
    lab.interrupt(paused)
    lab.store.requeue(paused)
    lab.start(paused)
    lab.reach_step(paused, lab.latest(paused)["step"] + 10)
    lab.interrupt(paused)
    assert lab.latest(paused)["settings"]["lr_generator"] == 0.07


def test_a_damaged_latest_checkpoint_falls_back_on_a_kept_one(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=30))
    lab.train(run_id)
    folder = lab.folder(run_id)
    folder.latest.unlink()  # it shares its content with the kept one
    folder.latest.write_bytes(b"half a che")
    lab.store.requeue(run_id, steps=40)
    assert (lab.train(run_id)).state == "finished"
    assert any(
        "latest.safetensors is damaged" in detail["text"] for _, detail in lab.events(run_id, "warning")
    )


def test_a_run_whose_checkpoints_are_all_damaged_fails_with_a_sentence(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=30))
    lab.train(run_id)
    lab.folder(run_id).latest.write_bytes(b"half a che")
    lab.store.requeue(run_id, steps=40)
    run = lab.train(run_id)
    assert (run.state, run.error) == (
        "failed",
        "no checkpoint of this run can be read (latest.safetensors is damaged); start a new run",
    )


def test_a_branch_goes_on_from_the_parents_checkpoint_with_its_own_settings(lab: Lab, tiny: Tiny) -> None:
    parent = lab.submit(tiny(steps=30))
    lab.train(parent)
    config = tiny(steps=50)
    changed = config.changed(settings={**config.settings, "lr_generator": 0.09})
    branch = lab.submit(changed, parent=(parent, 30))
    lab.start(branch)
    run = lab.end(branch)
    assert (run.state, run.step, run.parent_id, run.parent_step) == ("finished", 50, parent, 30)
    assert lab.latest(branch)["settings"]["lr_generator"] == 0.09
    assert min(step for step, _, _ in lab.store.metrics_since(branch)[0]) == 31
    assert lab.latest(parent)["step"] == 30


def test_a_branch_with_other_networks_fails_with_a_sentence(lab: Lab, tiny: Tiny) -> None:
    parent = lab.submit(tiny(steps=10))
    lab.train(parent)
    config = tiny(steps=50)
    branch = lab.submit(
        config.changed(settings={**config.settings, "generator_width": 9}), parent=(parent, 10)
    )
    run = lab.train(branch)
    assert run.state == "failed"
    assert run.error is not None
    assert run.error.startswith("the checkpoint at step 10 does not fit the networks of this run")


def test_a_worker_that_lost_its_run_writes_nothing_more(lab: Lab, paused: str) -> None:
    lab.store.set_state(paused, "interrupted", "decided by someone else")
    lab.store.requeue(paused)
    lab.end(paused)
    run = lab.store.get(paused)
    assert run.state == "queued"


def test_a_worker_takes_its_run_back_when_it_was_thought_dead(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id)
    lab.reach_step(run_id, 10)
    lab.store.set_state(run_id, "interrupted", "thought dead")
    lab.reach(run_id, "running")
    assert lab.store.get(run_id).error is None


def test_a_run_survives_the_loss_of_the_database(lab: Lab, tiny: Tiny, runs_dir: Path) -> None:
    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id)
    lab.reach_step(run_id, 10)
    for name in ("runs.sqlite3", "runs.sqlite3-wal", "runs.sqlite3-shm"):
        (runs_dir / name).unlink(missing_ok=True)
    lab.reach(run_id, "running")
    lab.reach_step(run_id, lab.store.get(run_id).step + 10)
    assert lab.interrupt(run_id).state == "interrupted"


def test_training_goes_on_while_another_program_holds_the_database(
    lab: Lab, tiny: Tiny, runs_dir: Path
) -> None:
    lab.store._database.timeout = 0.01
    lab.store.close()  # connections opened from now on wait no longer than that
    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id)
    lab.reach_step(run_id, 10)
    lab.store.send(run_id, "pause")
    with closing(sqlite3.connect(runs_dir / "runs.sqlite3", isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout = 5000")
        other.execute("BEGIN IMMEDIATE")
        snapshots = lab.folder(run_id).snapshot_steps()
        lab.until(lambda: lab.folder(run_id).snapshot_steps() != snapshots)
        other.execute("ROLLBACK")
    lab.reach(run_id, "paused")


# --- failures -----------------------------------------------------------------------------------------------


def _poisoned(step: int, module: str) -> Callable[..., Trainer]:
    """Builds trainers one of whose networks breaks at a step."""

    def build_poisoned(config: RunConfig, **more: Any) -> Trainer:
        trainer = build(config, **more)
        one_step = trainer._one_step

        def poisoned_step(*arguments: Any) -> Any:
            if trainer.step == step:
                with torch.no_grad():
                    next(trainer.modules[module].parameters()).fill_(float("nan"))
            return one_step(*arguments)

        trainer._one_step = poisoned_step  # type: ignore[method-assign]
        return trainer

    return build_poisoned


def test_a_diverging_run_fails_with_advice_and_keeps_its_last_good_checkpoint(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=20))
    lab.train(run_id)
    lab.store.requeue(run_id, steps=60)
    run = lab.train(run_id, _poisoned(33, "generator"))
    settings = run.config.settings
    assert run.state == "failed"
    assert run.error == (
        "training diverged: the loss of phase 'discriminator' is not a finite number in step 33; branch from "
        f"the checkpoint at step 20 with lower learning rates (now discriminator "
        f"{settings['lr_discriminator']:g}, generator {settings['lr_generator']:g})"
    )
    assert lab.latest(run_id)["step"] == 20
    assert run.step == 33


def test_a_run_that_diverges_before_its_first_checkpoint_advises_a_new_run(lab: Lab, tiny: Tiny) -> None:
    run = lab.train(lab.submit(tiny(steps=60)), _poisoned(3, "generator"))
    assert run.state == "failed"
    assert run.error is not None
    assert "start a new run with lower learning rates" in run.error


def test_weights_that_are_no_numbers_are_never_saved(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=20))
    lab.train(run_id)
    lab.store.requeue(run_id, steps=30)

    def build_broken_at_the_end(config: RunConfig, **more: Any) -> Trainer:
        trainer = build(config, **more)
        one_step = trainer._one_step

        def last_step_breaks(*arguments: Any) -> Any:
            values = one_step(*arguments)
            if trainer.step == 29:
                with torch.no_grad():
                    next(trainer.modules["generator"].parameters()).fill_(float("inf"))
            return values

        trainer._one_step = last_step_breaks  # type: ignore[method-assign]
        return trainer

    run = lab.train(run_id, build_broken_at_the_end)
    assert run.state == "failed"
    assert run.error is not None
    assert "a weight of phase 'generator' is not a finite number" in run.error
    assert lab.latest(run_id)["step"] == 20


def _full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("module", [keeper, timeline], ids=["checkpoint", "snapshot"])
def test_a_full_disk_fails_the_run_with_a_sentence_and_keeps_the_last_checkpoint(
    lab: Lab, tiny: Tiny, monkeypatch: pytest.MonkeyPatch, module: Any
) -> None:
    run_id = lab.submit(tiny(steps=20))
    lab.train(run_id)
    lab.store.requeue(run_id, steps=60)
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_atomically", _full)
        run = lab.train(run_id)
    assert run.state == "failed"
    assert (
        run.error == "the disk is full; free some space, then resume the run from the checkpoint at step 20"
    )
    assert lab.latest(run_id)["step"] == 20
    lab.store.requeue(run_id)
    assert lab.train(run_id).state == "finished"


def test_a_full_disk_has_room_left_to_say_so(lab: Lab, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = lab.submit(tiny(steps=None))
    write = lab.store._database.write

    def write_if_there_is_room() -> Any:
        if lab.folder(run_id).reserve.exists():
            raise StoreFullError("the disk is full")
        return write()

    lab.start(run_id)
    lab.reach_step(run_id, 10)
    assert lab.folder(run_id).reserve.stat().st_size == RESERVE
    monkeypatch.setattr(lab.store._database, "write", write_if_there_is_room)
    run = lab.end(run_id)
    assert (run.state, run.error) == (
        "failed",
        "the disk is full; free some space, then resume the run from the beginning",
    )


def test_an_ended_run_gives_its_reserve_back(lab: Lab, tiny: Tiny) -> None:
    run_id = lab.submit(tiny(steps=5))
    lab.train(run_id)
    assert not lab.folder(run_id).reserve.exists()


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (UserError("unknown data set 'x'"), "unknown data set 'x'"),
        (MemoryError(), "there is not enough memory for this run; lower batch_size"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "there is not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), "there is not enough memory"),
        (KeyError("defect"), "an error in this program, not in your settings: KeyError: 'defect'"),
    ],
)
def test_what_goes_wrong_while_building_is_told_in_a_sentence(
    lab: Lab, tiny: Tiny, problem: Exception, sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def build_nothing(config: RunConfig, **more: Any) -> Trainer:
        raise problem

    run = lab.train(lab.submit(tiny()), build_nothing)
    assert run.state == "failed"
    assert run.error is not None
    assert run.error.startswith(sentence)
    assert ("Traceback" in capfd.readouterr().err) == isinstance(
        problem, KeyError
    )  # a defect is reported in full


@pytest.mark.parametrize(("reason", "state"), [("stop", "stopped"), ("interrupt", "interrupted")])
def test_a_run_can_be_ended_while_its_data_is_loaded(lab: Lab, tiny: Tiny, reason: str, state: State) -> None:
    loading = threading.Event()

    def load_forever(config: RunConfig, *, progress: Callable[[str, float], None], **more: Any) -> Trainer:
        while True:
            progress("downloading MNIST", 0.25)
            loading.set()

    run_id = lab.submit(tiny())
    lab.start(run_id, load_forever)
    loading.wait()
    lab.until(lambda: lab.store.get(run_id).activity == "downloading MNIST, 25%")
    if reason == "stop":
        lab.store.send(run_id, "stop")
        assert lab.end(run_id).state == state
    else:
        assert lab.interrupt(run_id).state == state
    assert lab.store.get(run_id).activity is None


def test_a_stop_works_even_if_the_worker_is_stuck(
    lab: Lab, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "INTERVAL_S", 0.01)
    monkeypatch.setattr(lease, "STUBBORN_S", 0.05)
    process_ended = threading.Event()

    def hang(config: RunConfig, **more: Any) -> Trainer:
        process_ended.wait()
        raise UserError("the test has ended")

    run_id = lab.submit(tiny())
    lab.start(run_id, hang, end_process=process_ended.set)
    lab.store.send(run_id, "stop")
    run = lab.end(run_id)
    assert process_ended.is_set()
    assert (run.state, run.error) == ("stopped", None)


def test_commands_sent_while_a_run_starts_are_obeyed_when_it_has(lab: Lab, tiny: Tiny) -> None:
    def build_slowly(config: RunConfig, *, progress: Callable[[str, float], None], **more: Any) -> Trainer:
        lab.store.send(run_id, "pause")
        progress("loading", 1.0)
        return build(config, progress=progress, **more)

    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id, build_slowly)
    lab.reach(run_id, "paused")
    assert lab.store.get(run_id).step <= 1


def test_ctrl_c_in_a_process_that_trains_by_itself_marks_the_run_interrupted(lab: Lab, tiny: Tiny) -> None:
    def interrupted_build(config: RunConfig, **more: Any) -> Trainer:
        raise KeyboardInterrupt

    run_id = lab.submit(tiny())
    lab.store.claim(run_id, limit=9)
    with pytest.raises(KeyboardInterrupt):
        run_worker(lab.store, run_id, build=interrupted_build)
    assert lab.store.get(run_id).state == "interrupted"


# --- thinning -----------------------------------------------------------------------------------------------


def test_few_checkpoints_are_kept_and_those_asked_for_always(tiny: Tiny, tmp_path: Path) -> None:
    trainer = build(resolve_config(tiny(steps=None)))
    folder = RunFolder(tmp_path)
    checkpointer = keeper.CheckpointKeeper(trainer, "x", folder)
    for step in range(1, 30):
        trainer.step, trainer.seconds = step, 10.0 * step
        checkpointer.save_now(keep=True, requested=step == 2)
        kept = folder.kept_steps()
        assert kept[-1] == step
        assert 2 in kept or step < 2
        assert len([step for step in kept if step != 2]) <= keeper.KEPT
    assert folder.kept_steps()[0] == 1
    checkpointer.close()


def test_a_run_is_checkpointed_often_enough_to_lose_at_most_ten_seconds() -> None:
    longest_wait_for_the_disk = 10.0 - keeper.MAX_INTERVAL_S
    assert longest_wait_for_the_disk >= 1.0
    assert keeper.FIRST_S <= keeper.INTERVAL_S <= keeper.MAX_INTERVAL_S


def test_the_latest_checkpoint_is_renewed_while_training(
    lab: Lab, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "FIRST_S", 0.05)
    monkeypatch.setattr(keeper, "INTERVAL_S", 0.05)
    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id)
    lab.until(lambda: lab.folder(run_id).checkpoint_steps())
    first = lab.folder(run_id).checkpoint_steps()[-1]
    lab.until(lambda: lab.folder(run_id).checkpoint_steps()[-1] > first)


def test_a_stop_does_not_wait_for_the_disk_but_the_checkpoint_reaches_it(
    lab: Lab, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[tuple[str, State]] = []

    def make_durable(path: Path) -> None:
        states.append((path.name, lab.store.get(run_id).state))

    monkeypatch.setattr(keeper, "make_durable", make_durable)
    run_id = lab.submit(tiny(steps=5))
    lab.train(run_id)
    assert states == [(lab.folder(run_id).latest.name, "finished")]


def test_a_session_ends_its_threads(lab: Lab, tiny: Tiny) -> None:
    lab.train(lab.submit(tiny(steps=5)))
    names = {thread.name.split("_")[0] for thread in threading.enumerate()}
    assert not names & {"heartbeat", "checkpoint"}


def test_a_run_that_translates_keeps_the_condition_images_beside_its_snapshots(lab: Lab) -> None:
    settings = {"width": 4, "z_dim": 4, "code_width": 4}
    training = TrainingSettings(steps=3, batch_size=4, precision="float32", device="cpu")
    run_id = lab.submit(RunConfig(family="pix2pix", dataset="digits", settings=settings, training=training))
    assert lab.train(run_id).state == "finished"
    folder = RunFolder(lab.store.folder(run_id))
    given, real = read_conditions(folder), read_real_examples(folder)
    assert given is not None
    assert real is not None
    _, newest = read_snapshot(folder)
    assert given.shape == real.shape == newest["fake"].shape
    lines = outline(from_uint8(torch.from_numpy(real).permute(0, 3, 1, 2)))
    assert (given == to_uint8(lines)).all()


# --- before the first run -----------------------------------------------------------------------------------


def rehearsed(store: RunStore, **more: Any) -> list[str]:
    """Data sets of the runs that were brought up to their first step."""
    seen: list[str] = []

    def build(config: RunConfig, **_: Any) -> Trainer:
        seen.append(config.dataset)
        if more.get("broken"):
            raise UserError("no image can be read")
        return None  # type: ignore[return-value]

    others = iter(more.get("others", ()))  # cores that other programs use, look after look
    clock = busy_s = 0.0

    def load() -> Load:
        nonlocal clock, busy_s
        clock += worker.QUIET_WINDOW_S  # simulated: a busy machine would stretch the windows
        busy_s += worker.QUIET_WINDOW_S * next(others, 0.0)
        return Load(clock, 0.0, busy_s)

    rehearse(store, more.get("is_idle", lambda: True), build, load)
    return seen


@pytest.fixture
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "QUIET_WINDOW_S", 0.02)
    monkeypatch.setattr(worker, "POLL_S", 0.01)


@pytest.mark.usefixtures("_short_windows")
def test_what_is_here_is_rehearsed_at_once_and_if_disturbed_on_a_quiet_machine_again(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is downloaded for it."""
    here = {"digits"}
    monkeypatch.setattr(worker, "dataset_status", lambda name: "ready" if name in here else "download")
    assert rehearsed(store) == ["digits"]
    here.add("mnist")
    assert rehearsed(store, broken=True) == list(REHEARSED)
    looks, disturbed = itertools.count(), [0, 1.5]
    others = [*disturbed, 0, 1.5, 0, 1.5]
    assert rehearsed(store, is_idle=lambda: next(looks) >= 0, others=others) == [*REHEARSED] * 2
    assert next(looks) > 2 * 3  # it looked through two busy windows
    assert rehearsed(store, others=itertools.repeat(1.5)) == list(REHEARSED)


@pytest.mark.usefixtures("_short_windows")
def test_nothing_is_rehearsed_for_a_worker_that_is_asked_for_or_beside_a_run(lab: Lab, tiny: Tiny) -> None:
    assert rehearsed(lab.store, is_idle=lambda: False) == []
    run_id = lab.submit(tiny(steps=None))
    lab.start(run_id)
    lab.reach(run_id, "running")
    assert rehearsed(lab.store, others=itertools.repeat(1.5)) == []
    lab.interrupt(run_id)
    assert rehearsed(lab.store, others=itertools.repeat(1.5))[0] == "digits"


def test_a_rehearsal_leaves_the_arithmetic_of_its_run_chosen(store: RunStore, tiny: Tiny) -> None:
    """The run itself then asks for exactly what was remembered."""
    asked: list[tuple[object, ...]] = []

    def build(config: RunConfig, **more: Any) -> Trainer:
        asked.append((config, more["precision"], more["threads"]))
        raise UserError("seen")

    rehearse(store, lambda: not asked, build, lambda: Load(time.monotonic(), 0.0, 0.0))
    run_id = store.create(resolve_config(asked[0][0]))  # type: ignore[arg-type]
    store.claim(run_id, limit=99)
    run_worker(store, run_id, build=build)
    rehearsal, run = asked
    assert resolve_config(rehearsal[0]) == run[0]  # type: ignore[arg-type]
    assert rehearsal[1:] == run[1:]
