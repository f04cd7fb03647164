"""Values the lab records over steps, as many as a small chart can show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

POINTS = 120  # of each curve that is shown

LOSSES = ("d_loss", "g_loss", "d_real", "d_fake")
READINGS = ("reached", "quality", "divergence", "gap")


@dataclass
class Curves:
    """Recorded values over steps; every second one is dropped when they get many."""

    steps: list[int] = field(default_factory=list)
    values: list[dict[str, float]] = field(default_factory=list)

    def add(self, step: int, values: dict[str, float]) -> None:
        """Records the values of a step."""
        self.steps.append(step)
        self.values.append(values)
        if len(self.steps) > 2 * POINTS:
            self.steps, self.values = self.steps[::2], self.values[::2]

    def shown(self, names: Iterable[str]) -> dict[str, Any]:
        """Steps and, by name, values with four figures; None where a value is unknown."""
        stride = 1 + len(self.steps) // POINTS
        picked = sorted({*range(0, len(self.steps), stride), *range(len(self.steps))[-1:]})
        rows = [self.values[i] for i in picked]
        known = [name for name in names if any(name in row for row in rows)]
        return {
            "steps": [self.steps[i] for i in picked],
            **{name: [rounded(row.get(name)) for row in rows] for name in known},
        }


def rounded(value: Any) -> Any:
    """Four figures of a number; None for one that is not finite; anything else as it is."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.4g}") if math.isfinite(value) else None


def named(values: Mapping[str, float]) -> dict[str, float]:
    """A step's record under the short names of the lab."""
    long = {"d_loss": "discriminator/adversarial", "g_loss": "generator/adversarial"}
    return {name: values[long.get(name, name)] for name in LOSSES if long.get(name, name) in values}
