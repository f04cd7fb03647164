"""The published experiments on mode collapse: how each is run here, what was published, and the table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

PACGAN = "PacGAN, table"
VEEGAN = "VEEGAN, table"


@dataclass(frozen=True)
class Arm:
    """One row of the comparison.

    Attributes:
        title: What it is called.
        preset: Recipe of the family.
        steps: Training steps of the full experiment.
        updates_per_step: Updates of D in one training step: a half where G is updated twice.
        settings: Changes of the recipe, of the family and of the training.
        published: Published figures by data set, in words.
        ours: Whether it is the lab's own recipe.
    """

    title: str
    preset: str
    steps: int
    updates_per_step: float = 1.0
    settings: dict[str, Any] = field(default_factory=dict)
    published: dict[str, str] = field(default_factory=dict)
    ours: bool = False


@dataclass(frozen=True)
class Score:
    """What one seed came to.

    Attributes:
        data: Name of the data set.
        arm: Key of the arm.
        seed: Seed of weights, noise and data.
        steps: Training steps done.
        modes: Modes covered.
        kl: KL of the modes' histogram to equal shares, nats; infinite if no example counts.
        high_quality: Share of points within 3 deviations of a centre; None for images.
        seconds: Time spent training.
        note: What else differs from the arm, e.g. narrower networks.
    """

    data: str
    arm: str
    seed: int
    steps: int
    modes: int
    kl: float
    high_quality: float | None
    seconds: float
    note: str = ""


def _packed(size: int, ring: str, grid: str) -> Arm:
    """A batch is 100 packs."""
    settings = {"packing": size, "batch_size": 100 * size}
    return Arm(f"PacGAN{size}", "paper-2018", 400_000, settings=settings, published=_both(ring, grid))


def _both(ring: str, grid: str) -> dict[str, str]:
    return {"ring8": ring, "grid25": grid}


_STACKED = {
    "depth": 4, "image_size": 32, "g_steps": 2, "batch_size": 64, "discriminator_norm": "batch",
}  # fmt: skip

POINT_ARMS: dict[str, Arm] = {
    "gan": Arm(
        "GAN", "paper-2018", 400_000,
        published=_both(
            f"6.3±0.5, 98.2±0.2 %, KL 0.45±0.09 ({PACGAN} 1); 1, 99.3 % ({VEEGAN} 1)",
            f"17.3±0.8, 94.8±0.7 %, KL 0.70±0.07 ({PACGAN} 1); 3.3, 0.5 % ({VEEGAN} 1)",
        ),
    ),
    "unrolled": Arm(
        "Unrolled GAN, 5 steps", "paper-2017", 25_000,
        published=_both(f"7.6, 35.6 % ({VEEGAN} 1)", f"23.6, 16 % ({VEEGAN} 1)"),
    ),
    "pac2": _packed(2, f"7.9±0.1, 95.6±2.0 %, KL 0.07±0.03 ({PACGAN} 1)",
                    f"23.8±0.7, 91.3±0.8 %, KL 0.13±0.04 ({PACGAN} 1)"),
    "pac3": _packed(3, f"7.8±0.1, 97.7±0.3 %, KL 0.10±0.02 ({PACGAN} 1)",
                    f"24.6±0.4, 94.2±0.4 %, KL 0.06±0.02 ({PACGAN} 1)"),
    "pac4": _packed(4, f"7.8±0.1, 95.9±1.4 %, KL 0.07±0.02 ({PACGAN} 1)",
                    f"24.8±0.2, 93.6±0.6 %, KL 0.04±0.01 ({PACGAN} 1)"),
    "ours": Arm("The lab, preset thorough", "thorough", 0, ours=True),
    "ours-wide": Arm("The lab, preset thorough-wide", "thorough-wide", 0, ours=True),
}  # fmt: skip
STACK_ARMS: dict[str, Arm] = {
    "gan": Arm(
        "DCGAN", "paper-2015", 200_000, 0.5, _STACKED,
        {"stacked-mnist": f"78.9±6.5, KL 4.50±0.13 ({PACGAN} 2); 99, KL 3.40 ({VEEGAN} 2)"},
    ),
    "pac2": Arm(
        "PacDCGAN2", "paper-2015", 200_000, 0.5, _STACKED | {"packing": 2, "batch_size": 128},
        {"stacked-mnist": f"1000, KL 0.06±0.00 ({PACGAN} 2)"},
    ),
    "ours": Arm("The lab, default recipe", "default", 0, ours=True),
}  # fmt: skip


def mean_and_error(values: Sequence[float]) -> str:
    """Mean ± standard error of the mean, as the papers print them; one value stands alone."""
    mean = statistics.fmean(values)
    if len(values) == 1:
        return f"{mean:.3g}"
    return f"{mean:.3g}±{statistics.stdev(values) / len(values) ** 0.5:.2g}"


def each(values: Sequence[float]) -> str:
    """Every seed's value."""
    return ", ".join(f"{value:.3g}" for value in values)


def fraction_run(arm: Arm, steps: int) -> str:
    """Which part of the papers' length was run, counted in updates of D."""
    if arm.ours:
        return f"{steps:,} steps"
    done, whole = round(steps * arm.updates_per_step), round(arm.steps * arm.updates_per_step)
    return f"{done:,} of {whole:,} ({100 * steps / arm.steps:.3g} %)"


def markdown(data: str, arms: dict[str, Arm], scores: Sequence[Score]) -> list[str]:
    """The table of one data set: one row for each arm and length that was run, every seed's value in it."""
    points = any(score.high_quality is not None for score in scores if score.data == data)
    quality = " high quality, % |" if points else ""
    lines = [
        f"| {data} | D updates run | seeds | modes |{quality} reverse KL | published |",
        "|---|---|---|---|---|---|" + ("---|" if points else ""),
    ]
    for key, arm in arms.items():
        mine = sorted((s for s in scores if (s.data, s.arm) == (data, key)), key=lambda s: s.seed)
        for steps, note in dict.fromkeys((score.steps, score.note) for score in mine):
            lines.append(_row(data, arm, note, [s for s in mine if (s.steps, s.note) == (steps, note)]))
    return lines


def _row(data: str, arm: Arm, note: str, scores: Sequence[Score]) -> str:
    seeds = ", ".join(str(score.seed) for score in scores)
    cells = [f"{arm.title}{f', {note}' if note else ''}", fraction_run(arm, scores[0].steps), seeds]
    cells.append(_figures([score.modes for score in scores]))
    shares = [score.high_quality for score in scores if score.high_quality is not None]
    cells += [_figures([100 * share for share in shares])] if shares else []
    return f"| {' | '.join([*cells, _figures([s.kl for s in scores]), arm.published.get(data, '')])} |"


def _figures(values: Sequence[float]) -> str:
    return mean_and_error(values) if len(values) == 1 else f"{mean_and_error(values)} ({each(values)})"


def as_json(score: Score) -> dict[str, Any]:
    """A score as a line of the results' file."""
    return asdict(score)
