"""Modes, sharpness and balance of the published remedies for mode collapse beside the lab's own recipe.

python benchmarks/collapse.py [--data ring8] [--arms gan pac2 ours] [--seeds 3] [--steps 4000] [--our-steps N]
python benchmarks/collapse.py --data stacked-mnist [--steps 3000] [--width 16]
python benchmarks/collapse.py --table FILE    the table of what FILE holds, without running anything

The papers' full lengths take hours a run: --steps cuts them, and what part was run is printed. --looks
measures a run on its way too. Every measurement is appended to the file named by --results, so that a
comparison can be made in several sittings.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from benchmarks.dense_products import use_onednn
from benchmarks.figures import say
from benchmarks.literature import POINT_ARMS, STACK_ARMS, Arm, Score, as_json, markdown
from gan_core.building import build_trainer, parse_assignments, resolve_config
from gan_core.data import DATASETS, PointDataset, load_dataset
from gan_core.data.progress import silent
from gan_core.evaluation.images import generated_images
from gan_core.evaluation.stacks import channel_judge, combinations_seen
from gan_core.family import Family
from gan_core.metrics import mode_coverage
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Precision

DATA = ("ring8", "grid25", "stacked-digits", "stacked-mnist")
POINTS, STACKS = 2_500, 26_000  # examples that the papers measured


def arms_of(data: str) -> dict[str, Arm]:
    """The rows that belong to a data set."""
    return POINT_ARMS if DATASETS[data].kind == "points" else STACK_ARMS


def config_of(data: str, arm: Arm, seed: int, steps: int | None, changes: list[str]) -> RunConfig:
    """The run of one arm and seed, of at most `steps`."""
    name = "mlp" if DATASETS[data].kind == "points" else "dcgan"
    length = steps if arm.ours else min(steps or arm.steps, arm.steps)
    settings, training = parse_assignments(name, [f"{key}={value}" for key, value in arm.settings.items()])
    if length is not None and arm.ours and name == "mlp":
        settings["penalty_fall_steps"] = length  # its penalties fall during the whole run, however long
        settings["norm_steps"] = max(1, 5 * length // 12)
    more, more_training = parse_assignments(name, changes)
    budget = {"seed": seed} if length is None else {"seed": seed, "steps": length}
    checked = TrainingSettings.parse(budget | training | more_training)
    settings |= more
    return resolve_config(
        RunConfig(family=name, dataset=data, preset=arm.preset, settings=settings, training=checked)
    )


def score_of(family: Family, data: str, seed: int) -> tuple[int, float, float | None]:
    """Modes, KL and, of points, the share of high quality, of fresh examples."""
    law = load_dataset(data)
    if not isinstance(law, PointDataset):
        judge = channel_judge(data)
        assert judge is not None, "stacks are made of images that a shipped classifier knows"
        border = (family.data.shape[-1] - judge.card.data.shape[-1]) // 2  # the black one of padded images
        images = generated_images(family, STACKS, seed, None, silent)[..., border:, border:]
        images = images[..., : judge.card.data.shape[-1], : judge.card.data.shape[-1]]
        found = combinations_seen(judge, images.contiguous(), silent)
        return found.covered, found.reverse_kl, None
    assert law.centres is not None
    assert law.std is not None
    z = family.sample_z(POINTS, torch.Generator().manual_seed(seed))
    reached = mode_coverage(family.generate(z), law.centres, law.std)
    return reached.covered, reached.reverse_kl, reached.high_quality


def run(
    data: str, key: str, seed: int, steps: int | None, changes: list[str], looks: list[int]
) -> Iterator[Score]:
    """Trains one arm with one seed and measures it after `looks` steps and at its end, once at each."""
    arm = arms_of(data)[key]
    config = config_of(data, arm, seed, steps, changes)
    precision = Precision() if config.family == "mlp" else None
    trainer = build_trainer(config, precision=precision, threads=torch.get_num_threads())
    if arm.preset == "paper-2018":
        use_onednn(*trainer.modules.values())
    for step in [*sorted(set(looks)), None]:
        for _ in trainer.run(None if step is None else step - trainer.step, record=lambda step: False):
            pass
        with trainer.sampling() as family:
            modes, kl, quality = score_of(family, data, seed + 1000)
        yield Score(data, key, seed, trainer.step, modes, kl, quality, trainer.seconds, ", ".join(changes))
        if trainer.finished:  # a look at the end or beyond it was the last
            return


def read_scores(path: Path) -> list[Score]:
    """What a results' file holds."""
    return [Score(**json.loads(line)) for line in path.read_text().splitlines()]


def main() -> None:
    """Runs every arm and seed that was asked for, then prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--data", default="ring8", choices=["ring8", "grid25", "stacked-digits", "stacked-mnist"]
    )
    parser.add_argument("--arms", nargs="+", help="rows to run; all by default")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument(
        "--steps", type=int, default=4000, help="of the papers' recipes; 0: their full length"
    )
    parser.add_argument("--looks", type=int, nargs="+", default=[], help="steps to measure at on the way")
    parser.add_argument("--our-steps", type=int, help="of the lab's recipe; by default its own")
    parser.add_argument(
        "--set", nargs="+", default=[], dest="changes", help="key=value, for every arm that is run"
    )
    parser.add_argument("--results", type=Path, default=Path("bench-collapse.jsonl"))
    parser.add_argument("--table", type=Path, help="only print the table of this file")
    arguments = parser.parse_args()
    if arguments.table is None:
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            for key in arguments.arms or arms_of(arguments.data):
                ours = arms_of(arguments.data)[key].ours
                steps = arguments.our_steps if ours else arguments.steps or None
                for score in run(arguments.data, key, seed, steps, arguments.changes, arguments.looks):
                    with arguments.results.open("a") as file:
                        file.write(json.dumps(as_json(score)) + "\n")
                    say(f"{score}")
    scores = read_scores(arguments.table or arguments.results)
    for data in dict.fromkeys(score.data for score in scores):
        say("\n".join(["", *markdown(data, arms_of(data), scores)]))


if __name__ == "__main__":
    main()
