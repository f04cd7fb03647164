"""What the doctor says of short runs on the ring of eight whose fault is known, seed by seed.

python benchmarks/doctor.py [--steps 3000] [--seeds 2]
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.figures import say
from gan_core.building import build_trainer, resolve_config
from gan_core.doctor import examine, references_of
from gan_core.evaluation.live import find_probes
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Precision

RECORDED, MEASURED = 10, 150  # training steps from one record, and one measurement, to the next
RUNS = {  # what is expected, and how it is brought about
    "the lab's recipe": ("healthy", "default", {}),
    "G's rate far too high": ("ill", "textbook", {"lr_generator": 0.05}),
    "ten steps of G for one of D": ("ill", "textbook", {"g_steps": 10}),
    "D far ahead, saturating loss": (
        "ill", "textbook", {"loss": "minimax", "d_steps": 20, "lr_generator": 1e-5},
    ),
}  # fmt: skip


def main() -> None:
    """Prints the verdicts on every run, and how often sick and well were told apart."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    table: Counter[tuple[str, str]] = Counter()
    for title, (expected, preset, settings) in RUNS.items():
        for seed in range(arguments.seeds):
            said, evidence = verdicts(preset, settings, seed, arguments.steps)
            table[expected, said[0][1]] += 1
            say(f"{title}, seed {seed}: {', '.join(name for name, _ in said)} ({evidence})")
    for (expected, found), count in sorted(table.items()):
        say(f"expected {expected}, found {found}: {count}")


def verdicts(
    preset: str, settings: dict[str, object], seed: int, steps: int
) -> tuple[list[tuple[str, str]], str]:
    """Names and "ill", "watch", "healthy" or "learning" of the verdicts on one run; the first's evidence."""
    training = TrainingSettings(steps=steps, seed=seed, device="cpu")
    config = RunConfig(family="mlp", dataset="ring8", preset=preset, settings=settings, training=training)
    trainer = build_trainer(resolve_config(config), precision=Precision())
    probes = find_probes(trainer, "ring8").probes
    curves: dict[str, tuple[list[int], list[float]]] = {}

    def note(step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            where, row = curves.setdefault(name, ([], []))
            where.append(step)
            row.append(value)

    for record in trainer.run(record=lambda step: step % RECORDED == 0):
        if record.values is not None:
            note(record.step, record.values)
        if record.step % MEASURED == 0:
            with trainer.sampling() as family:
                note(record.step, {probe.name: probe.compute(family) for probe in probes})
    references = references_of([probe.detail() for probe in probes])
    found = examine(curves, references, trainer.family.settings, trainer.training)
    kinds = [
        (verdict.name, verdict.name if verdict.severity == "well" else verdict.severity) for verdict in found
    ]
    return kinds, found[0].evidence


if __name__ == "__main__":
    main()
