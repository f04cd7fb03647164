"""Training speed of a worker against a tutorial-style loop and the bare trainer, interleaved in one run.

python benchmarks/training.py [--dataset mnist] [--batch-size 64] [--rounds 5] [--seconds 6]
python benchmarks/training.py --only worker "bare trainer" --rounds 40 --seconds 3    what recording costs
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.loops import LOOPS, config_for
from gan_core.runs.launcher import Launcher
from gan_core.runs.records import Run
from gan_core.runs.store import RunStore
from gan_core.runs.worker_process import worker_environment
from gan_core.settings import RunConfig

UNMEASURED_WORKER = Path(__file__).with_name("unmeasured_worker.py")
WORKERS = {"worker": False, "worker with probes": True}  # whether it measures beside recording


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 60, pause: float = 0.02) -> None:
    """Asks every `pause` seconds until `condition` holds; RuntimeError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds:.0f} s for {what}")
        time.sleep(pause)


class Loop:
    """A loop of benchmarks/loops.py in its own process, idle between rounds."""

    def __init__(self, name: str, dataset: str, batch_size: int) -> None:
        script = str(Path(__file__).with_name("loops.py"))
        environment = worker_environment() if name == "bare trainer" else None  # a tutorial knows none of it
        self.process = subprocess.Popen(
            [sys.executable, script, name, dataset, str(batch_size)], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def steps_per_second(self, seconds: float) -> float:
        """Runs for `seconds`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"go {seconds}\n")
        return float(self.process.stdout.readline())

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()


class Worker:
    """A run of the store in a real worker process, paused between rounds.

    Attributes:
        outside_steps: Share of each turn that went into anything but training steps: snapshots, checkpoints,
            writing to the store, commands.
    """

    def __init__(self, store: RunStore, launcher: Launcher, config: RunConfig) -> None:
        self.store = store
        self.outside_steps: list[float] = []
        self.id = launcher.submit(config)
        wait_until(lambda: store.get(self.id).step > 3, "the worker's first steps")
        self.pause()

    def pause(self) -> None:
        """Pauses the run and waits until it says so."""
        self.store.send(self.id, "pause")
        wait_until(lambda: self.store.get(self.id).state == "paused", "the pause")

    def steps_per_second(self, seconds: float) -> float:
        """Resumes the run for `seconds`; counts steps and wall-clock time between two of its own reports."""
        self.store.send(self.id, "resume")
        first = next_report(self.store, self.id)
        time.sleep(seconds)
        last = next_report(self.store, self.id)
        self.pause()
        elapsed = report_time(last) - report_time(first)
        self.outside_steps.append(1 - (last.seconds - first.seconds) / elapsed)
        return (last.step - first.step) / elapsed


@contextmanager
def started(config: RunConfig, *, measured: bool) -> Iterator[Worker]:
    """A worker on a run of its own, paused after its first steps.

    Args:
        config: Of the run.
        measured: Whether it also measures what it makes, as every run of the lab does.
    """
    with tempfile.TemporaryDirectory(prefix="gan-bench-") as folder:
        store = RunStore(Path(folder))
        command = None if measured else [sys.executable, str(UNMEASURED_WORKER), "--root", folder]
        launcher = Launcher(store, keep_spare=False, command=command)
        launcher.start()
        try:
            yield Worker(store, launcher, config)
        finally:
            launcher.close()
            store.close()


def next_report(store: RunStore, run_id: str) -> Run:
    """Waits for the worker's next report of progress; returns the run as of then."""
    before = store.get(run_id).step
    # Seldom: whoever displaces one of the run's threads makes the others wait.
    wait_until(lambda: store.get(run_id).step > before, "progress", pause=0.25)
    return store.get(run_id)


def report_time(run: Run) -> float:
    """Unix time at which the worker reported."""
    assert run.heartbeat is not None, "a run that makes progress has a heartbeat"
    return run.heartbeat


def main() -> None:
    """Prints steps per second of every loop and the ratios to the worker, round by round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = [*WORKERS, *LOOPS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="who takes turns")
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6)
    arguments = parser.parse_args()
    with ExitStack() as cleanup:
        config = config_for(arguments.dataset, arguments.batch_size)
        workers = {
            name: cleanup.enter_context(started(config, measured=measured))
            for name, measured in WORKERS.items()
            if name in arguments.only
        }
        loops = {
            name: Loop(name, arguments.dataset, arguments.batch_size)
            for name in LOOPS
            if name in arguments.only
        }
        for loop in loops.values():
            cleanup.callback(loop.close)
        for name, worker in workers.items():
            precision = worker.store.get(worker.id).precision
            print(f"dcgan on {arguments.dataset}, batch {arguments.batch_size}, {name}: {precision}")
        taking_turns: dict[str, Loop | Worker] = {**workers, **loops}
        rates: dict[str, list[float]] = {name: [] for name in taking_turns}
        for index in range(arguments.rounds):
            turns = list(taking_turns.items())
            for name, runner in turns if index % 2 else reversed(turns):  # whoever is first fares otherwise
                rates[name].append(runner.steps_per_second(arguments.seconds))
            told = ", ".join(f"{name} {r[-1]:.1f}" for name, r in rates.items())
            print(f"round {index + 1}: {told}", flush=True)
        for name, worker in workers.items():
            _tell(name, worker, rates)


def _tell(name: str, worker: Worker, rates: dict[str, list[float]]) -> None:
    for loop in (loop for loop in LOOPS if loop in rates):
        ratios = [ours / theirs for ours, theirs in zip(rates[name], rates[loop], strict=True)]
        print(
            f"{name} / {loop}: median {statistics.median(ratios):.2f}, "
            f"from {min(ratios):.2f} to {max(ratios):.2f} (steps per second)"
        )
    outside = [100 * share for share in worker.outside_steps]
    print(
        f"{name}, time outside training steps: median {statistics.median(outside):.1f} %, "
        f"from {min(outside):.1f} to {max(outside):.1f} %"
    )


if __name__ == "__main__":
    main()
