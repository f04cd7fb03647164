"""A run's curves as the rules read them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Any, NamedTuple

Curve = tuple[Sequence[int], Sequence[float]]  # steps, ascending, and the values recorded at them


class Reference(NamedTuple):
    """What a measured curve is held against.

    Attributes:
        worst: What networks that learned nothing score.
        best: What real examples score.
        counts: What the curve counts, in the plural; empty: it is no count, or its name says it.
    """

    worst: float | None
    best: float | None
    counts: str = ""


def references_of(probes: Sequence[Mapping[str, Any]]) -> dict[str, Reference]:
    """The references of a run's probes, as `gan_core.runs.probes.ProbeSet.detail` describes them."""

    def end(probe: Mapping[str, Any], name: str) -> float | None:
        return None if probe[name] is None else float(probe[name][0])

    return {
        probe["name"]: Reference(end(probe, "worst"), end(probe, "best"), probe.get("counts", ""))
        for probe in probes
    }


@dataclass(frozen=True)
class Record:
    """The curves of one run; values that are not finite are passed over.

    Attributes:
        curves: By name, as the trainer and the probes record them.
        references: By name of the curve.
        since: Step of the newest change of a setting; what was recorded up to it is passed over as well.
    """

    curves: Mapping[str, Curve]
    references: Mapping[str, Reference]
    since: int = 0

    @cached_property
    def step(self) -> int:
        """The newest recorded step; 0 if there is none."""
        return max((int(steps[-1]) for steps, _ in self.curves.values() if len(steps)), default=0)

    @property
    def done(self) -> int:
        """Steps done since the newest change of a setting."""
        return max(0, self.step - self.since)

    def values(self, name: str) -> list[float]:
        """All values of a curve since the newest change, oldest first; empty if it does not exist."""
        where, values = self.curves.get(name, ((), ()))
        return [
            float(value)
            for step, value in zip(where, values, strict=False)
            if math.isfinite(value) and (step > self.since or not self.since)
        ]

    def recent(self, name: str, steps: int, least: int) -> list[float]:
        """Values of the last `steps` training steps, no fewer than `least`; empty if there are not so many.

        Args:
            name: Of the curve.
            steps: Training steps that count as recent.
            least: Values that a judgement needs.
        """
        where, values = self.curves.get(name, ((), ()))
        start, found = self.step - steps, list[float]()
        # From the end: a long run is not read from its beginning.
        for index in reversed(range(min(len(where), len(values)))):
            step, value = where[index], values[index]
            if (self.since and step <= self.since) or (step <= start and len(found) >= least):
                break
            if math.isfinite(value):
                found.append(float(value))
        return found[::-1] if len(found) >= least else []

    def best(self, name: str) -> float | None:
        """What real examples score on a curve; None: not known."""
        return self.references.get(name, Reference(None, None)).best

    def worst(self, name: str) -> float | None:
        """What networks that learned nothing score on a curve; None: not known."""
        return self.references.get(name, Reference(None, None)).worst

    def counts(self, name: str) -> str:
        """What a curve counts, in the plural."""
        return self.references.get(name, Reference(None, None)).counts or name

    def lead(self, steps: int, least: int) -> list[float]:
        """D(real) - D(fake), -1 to 1, of recent steps."""
        real, fake = (self.recent(name, steps, least) for name in ("d_real", "d_fake"))
        return [r - f for r, f in zip(real, fake, strict=False)]


def crossings(values: Sequence[float]) -> int:
    """How often values cross their mean by more than a quarter of their deviation."""
    mean, margin = fmean(values), pstdev(values) / 4
    sides = [value > mean for value in values if abs(value - mean) > margin]
    return sum(a != b for a, b in pairwise(sides))


def without_extremes(values: Sequence[float]) -> list[float]:
    """The values in ascending order but for the smallest and the largest, either of which may be chance."""
    return sorted(values)[1:-1]


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
