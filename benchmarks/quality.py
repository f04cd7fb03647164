"""Trains a DCGAN from the command line and prints its Fréchet distance along the way.

python benchmarks/quality.py [--dataset mnist] [--name quality] [--marks 1,2,5,10,20,30] [-- options of train]
python benchmarks/quality.py --run ID    evaluates a run of before

The run stays in the run store, so that it can be looked at, resumed or published.
"""

import argparse
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gan_core import weights
from gan_core.evaluation.measuring import evaluate
from gan_core.runs.records import Run, RunStateError
from gan_core.runs.store import RunStore


def newest(store: RunStore, name: str) -> Run | None:
    """The latest run called `name`."""
    return next((run for run in store.runs() if run.name == name), None)


def train(store: RunStore, arguments: argparse.Namespace, marks: list[float]) -> Run:
    """Runs `python -m gan_core train` to its end, asking for a checkpoint at each mark, in minutes."""
    command = [sys.executable, "-m", "gan_core", "train", "dcgan", "--dataset", arguments.dataset]
    command += ["--name", arguments.name, *arguments.options]
    print("$", " ".join(["python", *command[1:]]), flush=True)
    before = newest(store, arguments.name)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    due = list(marks)
    while process.poll() is None:
        run = newest(store, arguments.name)
        if run is not None and (before is None or run.id != before.id) and due and run.seconds >= 60 * due[0]:
            due.pop(0)
            with suppress(RunStateError):  # it has just finished, and the end is evaluated in any case
                store.send(run.id, "checkpoint")
        time.sleep(0.5)
    run = newest(store, arguments.name)
    if process.returncode or run is None:
        raise SystemExit(f"training ended with exit code {process.returncode}")
    return run


def main() -> None:
    """Trains, then evaluates every checkpoint of the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--name", default="quality")
    parser.add_argument("--marks", default="1,2,5,10,20,30")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--run", help="id of a run that has ended")
    parser.add_argument("options", nargs="*")
    arguments = parser.parse_args()
    store = RunStore()
    marks = [float(mark) for mark in arguments.marks.split(",")]
    run = store.get(arguments.run) if arguments.run else train(store, arguments, marks)
    print(f"run {run.id}, {run.precision}")
    seconds_at = dict(marks_and_minutes(store, run.id))
    for step in [*sorted(seconds_at), None]:
        model = weights.load(run.id, store, step=step)
        result = evaluate(model.family, arguments.dataset, arguments.samples)
        minutes = run.seconds / 60 if step is None else seconds_at[step] / 60
        figures = ", ".join(f"{name} {value:.4g}" for name, value in result.items())
        print(f"{minutes:5.1f} min, step {run.step if step is None else step:6d}: {figures}", flush=True)


def marks_and_minutes(store: RunStore, run_id: str) -> list[tuple[int, float]]:
    """Step and seconds of training of each checkpoint that was asked for."""
    events, _ = store.events_since(run_id)
    return [(e.step, float(e.detail["seconds"])) for e in events if e.kind == "checkpoint"]


if __name__ == "__main__":
    main()
