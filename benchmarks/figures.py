"""Prints figures beside the bars they are held against."""

import math
import operator
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bar:
    """What a figure has to reach.

    Attributes:
        kind: Which side of the limit is good.
        limit: In the figure's unit.
    """

    kind: Literal["at most", "at least"]
    limit: float

    def is_reached(self, value: float) -> bool:
        """Whether the value is on the good side."""
        reaches: Callable[[float, float], bool] = operator.le if self.kind == "at most" else operator.ge
        return reaches(value, self.limit)


def tell(name: str, value: float, unit: str, bar: Bar | None = None) -> None:
    """Prints one figure."""
    say(f"{name}: {_number(value)} {unit}{_verdict(bar, value)}")


def tell_median(name: str, values: Sequence[float], unit: str, bar: Bar | None = None) -> None:
    """Prints a median, held against the bar, and the range: for values that scatter around the true one."""
    middle = statistics.median(values)
    span = f"from {_number(min(values))} to {_number(max(values))}"
    say(f"{name}: median {_number(middle)} {unit}, {span}, n = {len(values)}{_verdict(bar, middle)}")


def tell_each(name: str, values: Sequence[float], unit: str, bar: Bar | None = None) -> None:
    """Prints median and maximum and counts how many reach the bar: for what somebody waits for every time."""
    figures = (
        f"median {_number(statistics.median(values))}, max {_number(max(values))} {unit}, n = {len(values)}"
    )
    if bar is None:
        return say(f"{name}: {figures}")
    reached = sum(map(bar.is_reached, values))
    return say(f"{name}: {figures}; bar {_bar(bar)}: reached in {reached} of {len(values)}")


def tell_quantiles(name: str, values: Sequence[float], unit: str, median: Bar, most: Bar) -> None:
    """Prints median and 95th percentile, each beside its bar: for many waits of which few may be long."""
    middle, late = statistics.median(values), quantile(values, 0.95)
    say(f"{name}: median {_number(middle)} {unit}, n = {len(values)}{_verdict(median, middle)}")
    say(f"  95th percentile {_number(late)} {unit}, max {_number(max(values))} {unit}{_verdict(most, late)}")


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def per_second(times: Sequence[float]) -> float:
    """Mean rate of something that happened at these times, in ascending seconds; 0 if it was not repeated."""
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


def say(text: str) -> None:
    """Prints a line at once, also into a pipe."""
    print(text, flush=True)


def _verdict(bar: Bar | None, value: float) -> str:
    if bar is None:
        return ""
    return f"; bar {_bar(bar)}: {'reached' if bar.is_reached(value) else 'MISSED'}"


def _bar(bar: Bar) -> str:
    return f"{bar.kind} {bar.limit:g}"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
