"""The 2-D experiment of the DiscoGAN paper: 5 modes to 10, without loops, with one, with both.

    python benchmarks/discogan.py --seeds 5

Source: Kim et al. 2017 (arXiv:1703.05192), section 3.2 and figure 4.
"""

import argparse
from statistics import mean

import torch

from gan_core.building import build_trainer
from gan_core.data import PointDataset
from gan_core.evaluation.matching import matched
from gan_core.metrics import ModeMatch
from gan_core.runs.snapshots import training_data
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Precision

PRESETS = {"points-plain-gan": "GAN", "points-one-loop": "GAN, one loop", "points": "DiscoGAN, both loops"}
POINTS = 2_500


def trained(preset: str, seed: int, steps: int | None) -> ModeMatch:
    """The modes after one training."""
    budget = {} if steps is None else {"steps": steps}
    training = TrainingSettings(seed=seed, device="cpu", **budget)
    config = RunConfig(family="discogan", dataset="modes", preset=preset, training=training)
    trainer = build_trainer(config, precision=Precision(), threads=1)
    for _ in trainer.run(record=lambda step: False):
        pass
    data = training_data(trainer)
    assert isinstance(data, PointDataset)
    with trainer.sampling() as family:
        return matched(family, data, POINTS, seed=0)[0]


def main() -> None:
    """Prints a line for each training and a table of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each kind")
    parser.add_argument("--steps", type=int, help="of each; by default the preset's own")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, list[ModeMatch]] = {preset: [] for preset in PRESETS}
    for seed in range(options.seeds):
        for preset, title in PRESETS.items():
            match = trained(preset, seed, options.steps)
            found[preset].append(match)
            print(
                f"seed {seed}, {title}: {match.covered} of 10 targets, {match.own} of 5 sources with "
                f"their own, {match.collapsed} targets shared, {match.sharp:.0%} of points sharp",
                flush=True,
            )
    print("\n| | targets of 10 | sources with targets of their own, of 5 | targets shared | sharp points |")
    print("|---|---|---|---|---|")
    for preset, title in PRESETS.items():
        runs = found[preset]
        cells = [
            f"{mean(values):.1f} ({min(values)} to {max(values)})"
            for values in ([r.covered for r in runs], [r.own for r in runs], [r.collapsed for r in runs])
        ]
        print(f"| {title} | {' | '.join(cells)} | {mean(r.sharp for r in runs):.0%} |")


if __name__ == "__main__":
    main()
