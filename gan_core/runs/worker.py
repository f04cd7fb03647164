"""The worker process: `python -m gan_core.runs.worker --root ROOT` reads a run id from stdin and trains it.

It imports everything before it is asked for a run, which then begins at once; on an idle machine it also
rehearses what is most often asked for first. When stdin ends, whoever started it is gone: it saves a
checkpoint, marks the run interrupted and ends too.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from types import FrameType

import torch

from gan_core.building import build_trainer
from gan_core.data import dataset_status
from gan_core.evaluation.judges import reader_for
from gan_core.evaluation.live import find_probes
from gan_core.load import Load
from gan_core.runs.failures import explain
from gan_core.runs.files import RunFolder, remove_leftovers
from gan_core.runs.lease import Lease, RunLostError
from gan_core.runs.preparation import Build, EndedEarlyError, Preparation, free_threads
from gan_core.runs.records import Run
from gan_core.runs.session import Session
from gan_core.runs.store import RunStore
from gan_core.runs.worker_process import NICENESS
from gan_core.settings import RunConfig, UserError
from gan_core.trainer import Trainer

REHEARSED = ("digits", "mnist")  # data sets, with the first family of the Train page
QUIET_WINDOW_S, QUIET_WINDOWS = 0.5, 40  # how long a machine must be quiet to rehearse; how often to look
QUIET_CORES = 0.4  # that other programs may use
POLL_S = 0.05  # between looks for a run meanwhile

_BUILD: Build = partial(build_trainer, find_reader=reader_for)


def run_worker(
    store: RunStore,
    run_id: str,
    *,
    interrupt: threading.Event | None = None,
    build: Build = _BUILD,
    end_process: Callable[[], None] | None = None,
) -> None:
    """Trains a claimed run in this process until it ends; whatever goes wrong ends as a state of the run.

    Args:
        store: The run store.
        run_id: A run in state `starting`; any other is left alone: someone has decided about it meanwhile.
        interrupt: Set to have a checkpoint saved and the run marked interrupted.
        build: Makes the trainer.
        end_process: Ends this process at once; called if it is too busy to obey a stop.
    """
    run = store.adopt(run_id)
    if run is None:
        return
    remove_leftovers(store.folder(run_id))
    with Lease(store, run, end_process) as lease:
        try:
            _train(store, run, lease, interrupt or threading.Event(), build)
        except RunLostError as lost:
            print(lost, file=sys.stderr)


def _train(store: RunStore, run: Run, lease: Lease, interrupt: threading.Event, build: Build) -> None:
    """Trains the run and brings it into the state it ends in."""
    folder = RunFolder(store.folder(run.id))
    trainer: Trainer | None = None
    try:
        preparation = Preparation(store, run, interrupt, build)
        trainer = preparation.trainer()
        probes = partial(find_probes, dataset=run.config.dataset)
        Session(store, run.id, trainer, lease, interrupt, preparation.commands, probes).run()
    except RunLostError:
        raise
    except EndedEarlyError as early:
        lease.enter(early.state)
    except KeyboardInterrupt:
        lease.enter("interrupted")
        raise
    except Exception as error:
        _fail(lease, error, folder, trainer)
    finally:
        folder.reserve.unlink(missing_ok=True)


def _fail(lease: Lease, error: Exception, folder: RunFolder, trainer: Trainer | None) -> None:
    """Marks the run failed with a sentence; a defect of this program is also reported to stderr, in full."""
    folder.reserve.unlink(missing_ok=True)
    sentence = explain(error, folder, trainer)
    if sentence is None:
        traceback.print_exception(error)
        sentence = f"an error in this program, not in your settings: {type(error).__name__}: {error}"
    lease.enter("failed", sentence)


class Control:
    """What whoever started the worker says: a run id, as a line on stdin, and the end, by going away.

    Attributes:
        interrupt: Set when stdin ends or the process is asked to terminate.
    """

    def __init__(self) -> None:
        self.interrupt = threading.Event()
        self._run_ids: SimpleQueue[str | None] = SimpleQueue()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._terminate)
        threading.Thread(target=self._listen, name="stdin", daemon=True).start()

    @property
    def is_idle(self) -> bool:
        """Whether nobody has asked for anything yet."""
        return self._run_ids.empty() and not self.interrupt.is_set()

    def wait_for_run(self) -> str | None:
        """The id of the run to train; None if the worker is to end without one."""
        return self._run_ids.get()

    def _listen(self) -> None:
        # Read below Python's buffered stdin, whose lock a waiting thread would hold when the process ends.
        text = b""
        while chunk := os.read(0, 1024):
            text += chunk
            if b"\n" in text:
                self._run_ids.put(text.decode().split()[0])
                text = b""
        self._end()

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        self._end()

    def _end(self) -> None:
        self.interrupt.set()
        self._run_ids.put(None)


def warm_up() -> None:
    """One optimiser step: torch loads a thousand modules more and its kernels when it is first used."""
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.Flatten(), torch.nn.LazyLinear(1))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = network(torch.zeros(2, 1, 8, 8)).float().sum()
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    loss.backward()
    optimizer.step()


def rehearse(
    store: RunStore, is_idle: Callable[[], bool], build: Build = _BUILD, load: Callable[[], Load] = Load.now
) -> None:
    """Brings the runs that a class starts first up to their first step, for what this leaves behind on disk.

    Equal runs then find their images decoded and their arithmetic chosen, which takes seconds only once on a
    machine. If others kept it busy meanwhile, both are done again when it is quiet: what was timed beside
    them is not remembered. Nothing is downloaded, and no run that trains is disturbed.

    Args:
        store: The run store.
        is_idle: Whether no run is waiting for this process.
        build: Makes the trainer.
        load: Tells how busy the machine is.
    """
    for _ in range(2):
        start = load()
        for dataset in REHEARSED:
            trains = any(run.state in ("starting", "running") for run in store.runs())
            if trains or not is_idle() or dataset_status(dataset) != "ready":
                continue
            config = RunConfig(family="dcgan", dataset=dataset)
            with suppress(UserError):  # a run of these data will say what is wrong with them
                build(config, precision=None, threads=free_threads(store), progress=None)
        if load().others_since(start) < QUIET_CORES or not _waited_for_quiet(is_idle, load):
            return


def _waited_for_quiet(is_idle: Callable[[], bool], load: Callable[[], Load]) -> bool:
    """Waits until other programs leave the machine alone; whether they did while nobody asked for a run."""
    for _ in range(QUIET_WINDOWS):
        start = load()
        for _ in range(round(QUIET_WINDOW_S / POLL_S)):
            if not is_idle():
                return False
            time.sleep(POLL_S)
        if load().others_since(start) < QUIET_CORES:
            return True
    return False


def main() -> None:
    """Waits for a run and trains it."""
    parser = argparse.ArgumentParser(prog="python -m gan_core.runs.worker", description="Trains one run.")
    parser.add_argument("--root", type=Path, required=True, help="folder of the run store")
    root = parser.parse_args().root
    control = Control()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    store = RunStore(root)
    warm_up()
    rehearse(store, lambda: control.is_idle)
    gc.collect()
    gc.freeze()  # what the imports made stays: the collector need not look at it again
    run_id = control.wait_for_run()
    if run_id is not None:
        run_worker(store, run_id, interrupt=control.interrupt, end_process=lambda: os._exit(0))


if __name__ == "__main__":
    main()
