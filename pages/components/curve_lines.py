"""Which of a run's values become which curves, in which colours and under which names."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pages.components import colours, text
from pages.components.charts import Line

if TYPE_CHECKING:
    from gan_core.runs.records import Event

LABEL_WIDTH = 0.2  # of the step axis, that a label takes


def loss_lines(series: Mapping[str, Any], *, dashed: bool = False, prefix: str = "") -> list[Line]:
    """One curve for each named loss: the first of a network in its colour, further ones in others."""
    names = loss_names(series)
    lines, taken = [], set[str]()
    for name in names:
        phase, _, loss = name.rpartition("/")
        role = phase.rsplit("/", 1)[-1]
        colour = colours.of_role(role) if role not in taken else colours.of_role(f"{role}/{loss}")
        taken.add(role)
        lines.append(
            Line(prefix + _loss_title(name, names), colour, series[name].steps, series[name].values, dashed)
        )
    return lines


def loss_names(series: Mapping[str, Any]) -> list[str]:
    """Which curves are losses: "phase/loss"."""
    return [name for name in series if "/" in name and not name.startswith("grad_norm/")]


def _loss_title(name: str, names: Sequence[str]) -> str:
    """A curve's label: "Discriminator loss" if a network has one loss, else "D adversarial", "D R1"."""
    phase, _, loss = name.rpartition("/")
    alone = sum(other.startswith(f"{phase}/") for other in names) == 1
    network = text.curve_title(phase)
    if len(names) > 2:
        network = network.replace("Discriminator", "D").replace("Generator", "G")
    return f"{network} loss" if alone else f"{network} {text.lower_first(text.title(loss))}"


def score_lines(series: Mapping[str, Any], *, dashed: bool = False, prefix: str = "") -> list[Line]:
    """D(real) in green and D(fake) in purple."""
    both = (("d_real", colours.REAL), ("d_fake", colours.FAKE))
    return [
        Line(prefix + text.curve_title(name), colour, series[name].steps, series[name].values, dashed)
        for name, colour in both
        if name in series
    ]


def gradient_lines(series: Mapping[str, Any], *, dashed: bool = False, prefix: str = "") -> list[Line]:
    """The norm of each network's gradient."""
    names = [name for name in series if name.startswith("grad_norm/")]
    return [
        Line(
            prefix + text.curve_title(name), colours.of_role(name.rsplit("/", 1)[-1]), series[name].steps,
            series[name].values, dashed,
        )
        for name in names
    ]  # fmt: skip


def stat_lines(series: Mapping[str, Any], elsewhere: Collection[str] = ()) -> list[Line]:
    """What a family shows beside losses and D's answers, e.g. the information about a code.

    Args:
        series: Curves by name.
        elsewhere: Names of what has a chart of its own, beside D's answers.
    """
    shown = {"d_real", "d_fake", *elsewhere}
    names = [name for name in series if "/" not in name and name not in shown]
    return [
        Line(text.curve_title(name), colours.of_role(name), series[name].steps, series[name].values)
        for name in names
    ]


def _change_mark(changes: Mapping[str, Sequence[Any]]) -> str:
    """A short label; of more than two changes at once, the first and how many more."""
    labels = [text.setting_mark(name, new) for name, (_, new) in changes.items()]
    return ", ".join(labels) if len(labels) < 3 else f"{labels[0]} + {len(labels) - 1} more"


def change_marks(events: Sequence[Event]) -> list[tuple[int, str]]:
    """Step and short label of each change of a setting; of marks close together the newest is labelled."""
    marks = [
        (event.step, _change_mark(event.detail["changes"])) for event in events if event.kind == "setting"
    ]
    room = events[-1].step * LABEL_WIDTH if events else 0
    labelled: list[tuple[int, str]] = []
    free_until = math.inf
    for step, label in reversed(marks):
        shown = label if step <= free_until else ""
        free_until = step - room if shown else free_until
        labelled.append((step, shown))
    return labelled[::-1]
