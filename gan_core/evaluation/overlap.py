"""Gauges that compare features of generated and of real examples while a run trains, of points or images."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gan_core.evaluation.neighbours import NEIGHBOURS
from gan_core.evaluation.subject import SEED, once_for_each
from gan_core.metrics import PRDC, birthday, prdc
from gan_core.runs.probes import Look, Probe, Reference

Features = Callable[[Any], Tensor]  # of what a look saw, `(N, d)`

SELDOM = 8  # one look in so many also looks for what costs as much as all else together
DRAWN = 50  # batches in which repetitions are looked for: fewer than a diagnosis draws
_CHART = "Overlap with the data"
_WORDS = {
    "coverage": "{value} of {n} unseen real {things} have a generated one among their near neighbours",
    "precision": "{value} of {n} generated {things} lie near a real one",
    "recall": "{value} of {n} unseen real {things} lie within the reach of what is generated",
    "density": "each of {n} generated {things} lies in {value} times as many real neighbourhoods as expected",
}
_TITLES = {
    "coverage": "Real {things} with a generated one nearby",
    "precision": "Precision",
    "recall": "Recall",
    "density": "Density",
}


def overlap_probes(
    real: Tensor, other: Tensor, features: Features, things: str, look: Look
) -> tuple[Probe, ...]:
    """Coverage on a chart of its own, as it is the gauge of collapse; precision, recall, density together.

    Args:
        real: Features of unseen real examples `(n, d)`.
        other: Features of as many other real examples: what they score is the best there is.
        features: Takes the features out of what the look saw.
        things: What the examples are called, "points" or "images".
        look: Looks at the networks.
    """
    n = len(real)
    best = prdc(real, other, NEIGHBOURS)

    @once_for_each
    def measured(seen: Any) -> PRDC:
        return prdc(real, features(seen)[:n], NEIGHBOURS)

    def probe(name: str) -> Probe:
        return Probe(
            name,
            _TITLES[name].format(things=things),
            _WORDS[name].replace("{n}", f"{n:,}").replace("{things}", things),
            lambda seen: float(getattr(measured(seen), name)),
            worst=Reference(0.0, "none"),
            best=Reference(float(getattr(best, name)), f"real {things}"),
            is_share=name != "density",
            chart=None if name == "coverage" else _CHART,
            look=look,
        )

    return tuple(probe(name) for name in _WORDS)


def support_probe(real: Tensor, other: Tensor, features: Features, things: str, look: Look) -> Probe:
    """How many different examples are made, by how soon batches of them repeat; arguments as above."""
    n = len(real)

    def number(made: Tensor) -> float:
        return birthday(made, real, torch.Generator().manual_seed(SEED), batches=DRAWN).support

    return Probe(
        "support",
        f"Different {things}, by how soon they repeat",
        f"about {{value}} different {things}, or more, are made, judged by repetitions among {n}",
        lambda seen: number(features(seen)[:n]),
        worst=Reference(0.0, "none"),
        best=Reference(number(other), f"real {things}"),
        is_share=False,
        every=SELDOM,
        look=look,
    )


def turnover_probe(kinds: Features, one: str, look: Look) -> Probe:
    """Share of the noise that turns into another mode or class than at the last look: does G settle?

    Args:
        kinds: Takes the kind of each example `(N,)` int64 out of what the look saw; -1: of none.
        one: What a kind is called, "mode" or "class".
        look: Generates from the same noise each time.
    """
    last: list[Tensor] = []

    def share(seen: Any) -> float:
        now = kinds(seen).cpu()
        before = last.pop() if last else None
        last.append(now)
        return math.nan if before is None else float((now != before).double().mean())

    return Probe(
        "turnover",
        f"Noise that turned into another {one}",
        f"{{value}} of the same noise turned into another {one} since the last measurement",
        share,
        best=Reference(0.0, "settled"),
        look=look,
    )
