"""What a chart shows beside its curves: references, changes of settings, and the timeline's place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pages.components.colours import NEUTRAL

NEAR = 0.12  # share of an axis above its lower end in which a label of a reference meets those of changes


@dataclass(frozen=True)
class Marks:
    """What a chart shows beside its curves.

    Attributes:
        references: Horizontal lines: value and label.
        changes: Vertical lines: step and what was changed there.
        cursor: Step the timeline shows; None: the newest.
        start: Left end of the step axis, where a branch has left its parent.
    """

    references: Sequence[tuple[float, str]] = ()
    changes: Sequence[tuple[int, str]] = ()
    cursor: int | None = None
    start: int = 0


NO_MARKS = Marks()


class Scale(NamedTuple):
    """The axis of the values; an end that is None follows what is shown."""

    low: float | None = None
    high: float | None = None
    log: bool = False


def annotations(marks: Marks, scale: Scale, shown: Sequence[float], last: int) -> dict[str, Any]:
    """An empty series that carries the lines: they stay where they are when curves come and go.

    The lower end of the axis needs no line: its label would lie on those of the changes.

    Args:
        marks: What is to be shown.
        scale: Of the values.
        shown: Values of all curves.
        last: Right end of the step axis.
    """
    references = [(value, label) for value, label in marks.references if value != scale.low]
    lines = [_rule("yAxis", value, label, "dashed", 1) for value, label in references]
    raised = bool(marks.changes) and _is_one_near_axis([value for value, _ in references], scale, shown)
    late = marks.start + 0.6 * (last - marks.start)
    lines += [
        _rule("xAxis", step, label, "dotted", 1.5, leftward=step > late, raised=raised)
        for step, label in marks.changes
    ]
    if marks.cursor is not None:
        lines.append(_rule("xAxis", marks.cursor, "", "solid", 2))
    return {
        "name": "marks", "id": "marks", "type": "line", "data": [],
        "markLine": {"silent": True, "symbol": "none", "animation": False, "data": lines},
    }  # fmt: skip


def _is_one_near_axis(references: Sequence[float], scale: Scale, shown: Sequence[float]) -> bool:
    """Whether the label of a reference lies where those of the changes do, above the step axis."""
    if not references:
        return False
    everything = [*shown, *references]
    low = min(everything) if scale.low is None else scale.low
    high = max(everything) if scale.high is None else scale.high
    if scale.log:
        if min(low, high, *references) <= 0:
            return False
        low, high, *references = (math.log10(value) for value in (low, high, *references))
    return any(value < low + NEAR * (high - low) for value in references)


def _rule(
    axis: str,
    value: float,
    label: str,
    kind: str,
    width: float,
    *,
    leftward: bool = False,
    raised: bool = False,
) -> dict[str, Any]:
    # A reference's label lies on its line at the right, a change's above the step axis, or above the label of
    # a reference that is next to the axis. That of a late change ends at its line: the edge would cut it off.
    words = {
        "show": bool(label), "formatter": label, "rotate": 0, "color": NEUTRAL, "fontSize": 11,
        "position": "insideEndTop" if axis == "yAxis" else "insideStartTop",
        "offset": [-10 if leftward else 0, -16 if raised else 0],
        **({"align": "right"} if leftward else {}),
    }  # fmt: skip
    return {axis: value, "label": words, "lineStyle": {"color": NEUTRAL, "type": kind, "width": width}}
