"""The kitchen's lessons and switches, seed by seed: how many modes or classes each run makes at its end.

With --wall, how long a viewer waits instead: for both runs of each lesson and for a sweep of twelve, started
as the page starts them and worked off by workers.

python benchmarks/kitchen.py [--lesson ring] [--seeds 10] [--first 0]
python benchmarks/kitchen.py --family dcgan --dataset digits --steps 600 -- many-generator-steps+packing
python benchmarks/kitchen.py --wall
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from benchmarks.figures import Bar, say, tell
from benchmarks.training import wait_until
from gan_core.building import build_trainer
from gan_core.evaluation.live import find_probes
from gan_core.kitchen.dials import changed, plain_game, switched
from gan_core.kitchen.lessons import LESSONS, lesson, prepare
from gan_core.kitchen.sweeps import Axis, plan
from gan_core.kitchen.twins import twin
from gan_core.runs.launcher import Launcher
from gan_core.runs.records import ENDED
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig
from gan_core.trainer import FLOAT32

LESSON, PATIENCE_S = Bar("at most", 120.0), 900.0
SWEPT = Axis("lr_discriminator", (1e-4, 3e-4, 1e-3, 3e-3)), Axis("packing", (1, 2, 4))
SWEPT_STEPS = 1500  # as many as the page suggests
SHOWN = ("modes", "high_quality", "classes", "coverage")


def main() -> None:
    """Prints one line for each run, as it ends, or the waits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lesson", choices=[each.name for each in LESSONS])
    parser.add_argument("--family", default="mlp")
    parser.add_argument("--dataset", default="ring8")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--tail", type=float, default=0.0, help="cosine tail, where no lesson says it")
    parser.add_argument("--wall", action="store_true", help="tell how long lessons and a sweep take")
    parser.add_argument("switches", nargs="*", default=[""], help="joined by +; none: the plain game")
    arguments = parser.parse_args()
    if arguments.wall:
        _tell_waits(arguments.first)
        return
    torch.set_num_threads(1)
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        for title, config in _runs(arguments, seed):
            start = time.process_time()
            counted = count(config)
            say(f"seed {seed}, {title}: {counted}, {time.process_time() - start:.0f} s of one core")


def _tell_waits(seed: int) -> None:
    """Prints seconds from the click to the end of the last run."""
    for each in LESSONS:
        runs = [part.config for part in prepare(each, seed).parts]
        tell(f"{each.title} ({runs[0].dataset}), both runs", _wait_for(runs), "s", LESSON)
    base = plain_game("mlp", "ring8", steps=SWEPT_STEPS, seed=seed)
    runs = [cell.config for cell in plan(base, SWEPT)]
    tell(f"a sweep of {len(runs)} runs of {SWEPT_STEPS} steps on the ring", _wait_for(runs), "s")


def _wait_for(runs: Sequence[RunConfig]) -> float:
    """Queues runs in an empty store and waits until all have finished."""
    with tempfile.TemporaryDirectory(prefix="gan-bench-") as folder:
        store = RunStore(Path(folder))
        launcher = Launcher(store)
        launcher.start()
        try:
            start = time.monotonic()
            ids = [launcher.submit(config) for config in runs]
            wait_until(lambda: all(store.get(run).state in ENDED for run in ids), "the runs", PATIENCE_S)
            taken = time.monotonic() - start
            strange = {store.get(run).state for run in ids} - {"finished"}
            assert not strange, f"runs ended as {strange}"
            return taken
        finally:
            launcher.close()
            store.close()


def _runs(arguments: argparse.Namespace, seed: int) -> Iterator[tuple[str, RunConfig]]:
    """Titles and configs: those of a lesson, or the plain game with switches on."""
    if arguments.lesson:
        for part in prepare(lesson(arguments.lesson), seed).parts:
            yield part.title, part.config
        return
    first = plain_game(arguments.family, arguments.dataset, steps=arguments.steps, seed=seed)
    first = changed(first, {"cosine_tail": arguments.tail})
    for switches in arguments.switches:
        names = [name for name in switches.split("+") if name]
        yield switches or "plain game", twin(first, switched(first, names))


def count(config: RunConfig) -> str:
    """Trains and counts, as the lab does at the end of a run."""
    trainer = build_trainer(config, precision=FLOAT32, threads=1)
    for _ in trainer.run(record=lambda step: False):
        pass
    probes = [probe for probe in find_probes(trainer, config.dataset).probes if probe.name in SHOWN]
    with trainer.sampling() as family:
        return ", ".join(f"{probe.name} {probe.measure(family):.3g}" for probe in probes)


if __name__ == "__main__":
    main()
