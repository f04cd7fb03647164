"""A run's curves as the rules read them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Any, NamedTuple

Curve = tuple[Sequence[int], Sequence[float]]  # steps, ascending, and the values recorded at them


class Reference(NamedTuple):
    """What a measured curve is held against: what networks that learned nothing score, and real examples."""

    worst: float | None
    best: float | None


def references_of(probes: Sequence[Mapping[str, Any]]) -> dict[str, Reference]:
    """The references of a run's probes, as `gan_core.runs.probes.ProbeSet.detail` describes them."""
    return {
        probe["name"]: Reference(
            *(end[0] if end is not None else None for end in (probe["worst"], probe["best"]))
        )
        for probe in probes
    }


@dataclass(frozen=True)
class Record:
    """The curves of one run; values that are not finite are passed over.

    Attributes:
        curves: By name, as the trainer and the probes record them.
        references: By name of the curve.
    """

    curves: Mapping[str, Curve]
    references: Mapping[str, Reference]

    @property
    def step(self) -> int:
        """The newest recorded step; 0 if there is none."""
        return max((int(steps[-1]) for steps, _ in self.curves.values() if len(steps)), default=0)

    def values(self, name: str) -> list[float]:
        """All values of a curve, oldest first; empty if it does not exist."""
        _, values = self.curves.get(name, ((), ()))
        return [float(value) for value in values if math.isfinite(value)]

    def recent(self, name: str, steps: int, least: int) -> list[float]:
        """Values of the last `steps` training steps, no fewer than `least`; empty if there are not so many.

        Args:
            name: Of the curve.
            steps: Training steps that count as recent.
            least: Values that a judgement needs.
        """
        where, values = self.curves.get(name, ((), ()))
        pairs = [(s, float(v)) for s, v in zip(where, values, strict=False) if math.isfinite(v)]
        if len(pairs) < least:
            return []
        inside = [value for step, value in pairs if step > self.step - steps]
        return inside if len(inside) >= least else [value for _, value in pairs[-least:]]

    def best(self, name: str) -> float | None:
        """What real examples score on a curve; None: not known."""
        return self.references.get(name, Reference(None, None)).best

    def worst(self, name: str) -> float | None:
        """What networks that learned nothing score on a curve; None: not known."""
        return self.references.get(name, Reference(None, None)).worst

    def lead(self, steps: int, least: int) -> list[float]:
        """D(real) - D(fake), -1 to 1, of recent steps."""
        real, fake = (self.recent(name, steps, least) for name in ("d_real", "d_fake"))
        return [r - f for r, f in zip(real, fake, strict=False)]


def crossings(values: Sequence[float]) -> int:
    """How often values cross their mean by more than a quarter of their deviation."""
    mean, margin = fmean(values), pstdev(values) / 4
    sides = [value > mean for value in values if abs(value - mean) > margin]
    return sum(a != b for a, b in pairwise(sides))


def gains(values: Sequence[float], newest: int, by: float) -> bool:
    """Whether the newest values reach more than `by` further up than all before them ever did.

    A mean that rises would not do: one mode after none looks like growth in a run that finds one at times.

    Args:
        values: Oldest first.
        newest: How many of them are new.
        by: In the values' unit.
    """
    before, new = values[:-newest], values[-newest:]
    return bool(before) and max(new) - max(before) > by
