"""The doctor's confusion table: runs made to fail in each way, and healthy ones, seed by seed.

python benchmarks/doctor.py [--seeds 10] [--first 0] [--only collapse healthy ...]

Every run is examined at each measurement, with what was known by then, as on the page. One made to fail
is flagged if the verdict it was made for comes before its last step, and ends there; a healthy one runs to
its end and is flagged if anything ill was said of it at any time. The table counts the runs of which each
verdict was said at least once.
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from benchmarks.figures import say
from gan_core.building import build_trainer, resolve_config
from gan_core.data import BatchStream
from gan_core.doctor import RULES, Verdict, examine, references_of
from gan_core.evaluation.live import find_probes
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.trainer import Precision, Trainer

RECORDED = 10  # training steps from one record to the next
READ = {name for rule in RULES for name in rule.reads}
WELL = "healthy"


@dataclass(frozen=True)
class Arm:
    """A way to make a run what it is.

    Attributes:
        title: How, in words.
        expected: The verdict; "healthy": nothing ill may be said.
        family: Of the run.
        dataset: Of the run.
        preset: Of the run.
        settings: Changed ones, of the family or of the training.
        steps: Length of the run.
        measured: Training steps from one measurement to the next.
        images: Training images that it has; None: all of the data set.
    """

    title: str
    expected: str
    family: str
    dataset: str
    preset: str = "default"
    settings: dict[str, Any] = field(default_factory=dict)
    steps: int = 2000
    measured: int = 100
    images: int | None = None


_SMALL = {"width": 16, "stem_width": 0, "head_width": 0}
_SLOW_G = {"lr_generator": 1e-5, "d_steps": 5}
ARMS = (
    Arm("ring, the lab's recipe", WELL, "mlp", "ring8"),
    Arm("digits, a small DCGAN", WELL, "dcgan", "digits", settings=_SMALL, steps=800, measured=50),
    Arm("digits, a small conditional GAN", WELL, "cgan", "digits", settings=_SMALL, steps=800, measured=50),
    Arm("digits, a small InfoGAN", WELL, "infogan", "digits", settings=_SMALL, steps=1000, measured=50),
    Arm("MNIST, a small DCGAN", WELL, "dcgan", "mnist", settings=_SMALL, steps=1000, measured=50),
    Arm("ring, five steps of G for one of D", "collapse", "mlp", "ring8", "many-generator-steps"),
    Arm("ring, G learns ten times as fast as D", "collapse", "mlp", "ring8", "high-generator-rate"),
    Arm("ring, G hardly learns", "d_too_strong", "mlp", "ring8", "textbook", _SLOW_G),
    Arm(
        "ring, G stands all but still, saturating loss", "vanishing", "mlp", "ring8", "textbook",
        _SLOW_G | {"loss": "minimax", "lr_generator": 1e-6},
    ),
    Arm(
        "ring, momentum and high rates", "oscillation", "mlp", "ring8", "textbook",
        {"lr_generator": 5e-3, "lr_discriminator": 5e-3, "beta1": 0.9},
    ),
    Arm(
        "seventy digits, no penalty", "d_overfits", "dcgan", "digits",
        settings=_SMALL | {"width": 32, "r1_gamma": 0.0, "lr_generator": 1e-3, "lr_discriminator": 1e-3},
        steps=1200, measured=50, images=70,
    ),
    Arm(
        "digits, D never sees the class", "label_ignored", "cgan", "digits", "ac-gan",
        _SMALL | {"lambda_class": 0.0}, steps=1200, measured=50,
    ),
)  # fmt: skip


def main() -> None:
    """Prints the verdicts on every run, and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="first seed; thresholds were set on 100 and up")
    names = sorted({arm.expected for arm in ARMS})
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, help="arms made for these verdicts"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chosen = [arm for arm in ARMS if arm.expected in arguments.only]
    rows = [_arm(arm, range(arguments.first, arguments.first + arguments.seeds)) for arm in chosen]
    columns = sorted({name for _, ever, _ in rows for name in ever})
    say(f"\n| run | flagged | {' | '.join(columns)} |")
    say("|---|---|" + "---|" * len(columns))
    for arm, ever, flagged in rows:
        counts = " | ".join(str(ever[name] or "") for name in columns)
        say(f"| {arm.title} | {flagged} of {arguments.seeds} | {counts} |")


def _arm(arm: Arm, seeds: range) -> tuple[Arm, Counter[str], int]:
    """Runs with each seed: how many were ever given each verdict, and how many count as flagged."""
    ever, flagged = Counter[str](), 0
    for seed in seeds:
        history = verdicts(arm, seed)
        first: dict[str, tuple[int, Verdict]] = {}
        for step, found in history:
            for verdict in found:
                first.setdefault(verdict.name, (step, verdict))
        ever.update(first.keys())
        ill = [name for name, (_, verdict) in first.items() if verdict.severity == "ill"]
        is_flagged = (
            bool(ill) if arm.expected == WELL else first.get(arm.expected, (arm.steps,))[0] < arm.steps
        )
        flagged += is_flagged
        told = ", ".join(f"{name} from {step}" for name, (step, _) in first.items() if name != "too_early")
        last = "; ".join(f"{verdict.name}: {verdict.evidence}" for verdict in history[-1][1])
        say(f"{arm.title}, seed {seed}: {told}. At the end {last}")
    return arm, ever, flagged


def verdicts(arm: Arm, seed: int) -> list[tuple[int, tuple[Verdict, ...]]]:
    """What the doctor says of one run at each measurement, with what is known by then."""
    trainer = _trainer(arm, seed)
    probes = [probe for probe in find_probes(trainer, arm.dataset).probes if probe.name in READ]
    references = references_of([probe.detail() for probe in probes])
    curves: dict[str, tuple[list[int], list[float]]] = {}

    def note(step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            where, row = curves.setdefault(name, ([], []))
            where.append(step)
            row.append(value)

    history = []
    for record in trainer.run(record=lambda step: step % RECORDED == 0):
        if record.values is not None:
            note(record.step, record.values)
        if record.step % arm.measured == 0:
            with trainer.sampling() as family:
                note(record.step, {probe.name: probe.measure(family) for probe in probes})
            found = examine(curves, references, trainer.family.settings, trainer.training)
            history.append((record.step, found))
            if arm.expected != WELL and arm.expected in {verdict.name for verdict in found}:
                break
    return history


def _trainer(arm: Arm, seed: int) -> Trainer:
    training = TrainingSettings(steps=arm.steps, seed=seed, device="cpu")
    config = RunConfig(
        family=arm.family, dataset=arm.dataset, preset=arm.preset, settings=arm.settings, training=training
    )
    trainer = build_trainer(resolve_config(config), precision=Precision())
    if arm.images is not None:
        data = trainer.stream.dataset
        chosen = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[: arm.images]
        rng = torch.Generator().manual_seed(seed)
        trainer.stream = BatchStream(data.subset(chosen), training.batch_size, rng)
    return trainer


if __name__ == "__main__":
    main()
