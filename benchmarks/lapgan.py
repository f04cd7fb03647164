"""Fréchet distance of LAPGAN and of DCGAN after equal training time, on equal threads.

    python benchmarks/lapgan.py --minutes 10 --seeds 1

The two train in turns of some seconds in this process, so that a machine that is busy for a while slows both.
Both use their preset "default" with the rates falling at the end of the same budget.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import mean

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gan_core.building import build_trainer
from gan_core.evaluation.measuring import evaluate
from gan_core.metrics import Metric
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Trainer

FAMILIES = ("lapgan", "dcgan")
TURN_S = 10.0  # seconds of training before the other one's turn


def trainer_of(family: str, options: argparse.Namespace, seed: int) -> Trainer:
    """A trainer of the default recipe whose budget is the minutes; its arithmetic is timed."""
    training = TrainingSettings(
        seed=seed, steps=None, minutes=options.minutes, cosine_tail=0.3, device="cpu",
        image_size=options.image_size,
    )  # fmt: skip
    config = RunConfig(family=family, dataset=options.dataset, training=training)
    return build_trainer(config, threads=options.threads)


def train(trainers: dict[str, Trainer]) -> None:
    """Trains all of them to the end of their budgets, in turns."""
    while not all(trainer.finished for trainer in trainers.values()):
        for trainer in trainers.values():
            torch.set_num_threads(trainer.precision.threads)
            end = time.perf_counter() + TURN_S
            while not trainer.finished and time.perf_counter() < end:
                next(trainer.run(1, record=lambda step: False))


def measured(trainer: Trainer, options: argparse.Namespace) -> Metric:
    """The Fréchet distance of its averaged generator to the test split."""
    with trainer.sampling() as family:
        found = evaluate(family, options.dataset, options.samples)
    return next(metric for metric in found.metrics if metric.name.startswith("frechet"))


def main() -> None:
    """Prints a line for each training and a table of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--image-size", type=int, help="side in pixels; by default the data set's own")
    parser.add_argument("--minutes", type=float, default=10.0, help="of training, of each")
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=1, help="at most")
    options = parser.parse_args()
    found: dict[str, list[Metric]] = {family: [] for family in FAMILIES}
    steps: dict[str, list[int]] = {family: [] for family in FAMILIES}
    for seed in range(options.seeds):
        trainers = {family: trainer_of(family, options, seed) for family in FAMILIES}
        train(trainers)
        for family, trainer in trainers.items():
            metric = measured(trainer, options)
            found[family].append(metric)
            steps[family].append(trainer.step)
            speed = f"{1000 * trainer.seconds / trainer.step:.1f} ms a step, {trainer.precision}"
            print(f"seed {seed}, {family}: {metric.value:.3f}, {trainer.step:,} steps, {speed}", flush=True)
    name, floor = found["lapgan"][0].name, found["lapgan"][0].floor
    print(f"\n{name} on {options.dataset} after {options.minutes:g} min each; real images: {floor:.3f}\n")
    print("| family | Fréchet distance (lowest to highest) | steps |")
    print("|---|---|---|")
    for family in FAMILIES:
        values = [metric.value for metric in found[family]]
        spread = f"{mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
        print(f"| {family} | {spread} | {mean(steps[family]):,.0f} |")


if __name__ == "__main__":
    main()
