"""Training speed of workers that measure while they train against workers that do not, in alternating turns.

python benchmarks/probes.py [--dataset digits] [--batch-size 64] [--rounds 5] [--seconds 12] [--only cgan]

Turns begin when the first values are there: what is to be measured is looked up once in a run, beside its
first steps, and that would weigh more in a run of a minute than it ever does in a lesson.
"""

import argparse
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figures import Bar, say, tell_median
from benchmarks.training import Worker, started
from gan_core.building import resolve_config
from gan_core.data import dataset_status
from gan_core.settings import RunConfig, TrainingSettings

MEASURED = {  # what a run of the family measures, and on which data it has to
    "cgan": ("agreement", None), "infogan": ("code_accuracy", None), "mlp": ("js_divergence", "ring8"),
}  # fmt: skip
KEPT = Bar("at least", 0.95)


def main() -> None:
    """Prints steps per second of every turn, and the ratios of measured to unmeasured training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    here = "mnist" if dataset_status("mnist") == "ready" else "digits"
    parser.add_argument("--dataset", default=here)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--only", choices=MEASURED, nargs="*", default=tuple(MEASURED))
    arguments = parser.parse_args()
    for family in arguments.only:
        curve, own = MEASURED[family]
        training = TrainingSettings(steps=None, batch_size=arguments.batch_size)
        dataset = own or arguments.dataset
        config = resolve_config(RunConfig(family=family, dataset=dataset, training=training))
        with started(config, measured=True) as probed, started(config, measured=False) as plain:
            for what, worker in (("with", probed), ("without", plain)):
                precision = worker.store.get(worker.id).precision
                say(f"{family} on {dataset}, batch {arguments.batch_size}, {what} probes: {precision}")
            _settle(probed, plain, arguments.seconds, curve)
            ratios = [
                _round(probed, plain, arguments.seconds, curve, number) for number in range(arguments.rounds)
            ]
            outside = [median(worker.outside_steps) for worker in (probed, plain)]
        say(f"  time outside training steps: {outside[0]:.1%} with, {outside[1]:.1%} without (medians)")
        tell_median(f"{family}: with probes / without", ratios, "of the steps per second", KEPT)


def _settle(probed: Worker, plain: Worker, seconds: float, curve: str) -> None:
    """Trains both until what is to be measured was found; tells how long the measured one took."""
    turns = 0
    while _values(probed, curve) == 0:
        probed.steps_per_second(seconds)
        plain.steps_per_second(seconds)
        turns += 1
    say(f"  first values of {curve} within {turns * seconds:.0f} s")


def _round(probed: Worker, plain: Worker, seconds: float, curve: str, number: int) -> float:
    """One turn of each, in changing order; how fast the measured one was in units of the other."""
    before, speeds = _values(probed, curve), {}
    for worker in (probed, plain) if number % 2 else (plain, probed):
        speeds[worker.id] = worker.steps_per_second(seconds)
    taken = _values(probed, curve) - before
    assert _values(plain, curve) == 0, "the other worker measures nothing"
    with_probes, without = speeds[probed.id], speeds[plain.id]
    say(f"  with {with_probes:.2f} steps/s and {taken} values of {curve}, without {without:.2f} steps/s")
    return with_probes / without


def _values(worker: Worker, curve: str) -> int:
    rows, _ = worker.store.metrics_since(worker.id)
    return sum(name == curve for _, name, _ in rows)


if __name__ == "__main__":
    main()
