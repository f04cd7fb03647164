"""The findings in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gan_core.percent import percent
from pages.components import text
from pages.components.collapse.measure import Seen

if TYPE_CHECKING:
    from gan_core.evaluation.diagnosis import Diagnosis, KindCensus, KindShare
    from gan_core.metrics import Birthday, Moment

_NAMED = 12  # missing kinds that are named one by one


def noun(census: KindCensus, count: int = 2) -> str:
    """What the kinds of a census are called."""
    word = {"centres": "mode", "clusters": "group"}.get(census.by, "class")
    return word if count == 1 else {"class": "classes"}.get(word, f"{word}s")


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "2, 4 and 7"."""
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        shown.append(f"{len(names) - _NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def missing(census: KindCensus) -> str:
    """Which kinds are hardly made, in words."""
    gone: list[KindShare] = sorted(census.missing, key=lambda kind: census.kinds.index(kind))
    if not gone:
        return f"Every one of the {len(census.kinds)} {noun(census)} is made."
    if len(gone) == len(census.kinds):
        why = "no point lies at one" if census.by == "centres" else "nothing is recognised"
        return f"None of the {len(gone)} {noun(census)} is made: {why}."
    names = [kind.name.removeprefix(f"{noun(census, 1)} ") for kind in gone]  # a group is called "group 3"
    return f"Missing, or nearly so: {noun(census, len(gone))} {listed(names)}."


def card(seen: Seen) -> str:
    """What was found, as HTML: the name, the count of kinds, three figures."""
    found = seen.evidence.diagnosis
    figures = "".join(
        f"<div><b>{value}</b><span>{text.escape(label)}</span></div>" for value, label in _figures(found)
    )
    tone = "--quiet" if found.census is None else "--alarm" if found.census.missing else "--real"
    said = _verdict(found)
    return (
        f'<div class="finding" style="--tone:var({tone})"><h4>{text.escape(seen.title)}</h4>'
        f'<p>{text.escape(said)}</p><div class="figures">{figures}</div></div>'
    )


def _verdict(found: Diagnosis) -> str:
    if found.census is None:
        return "These data are one piece: how much of it is missing, the divergence says."
    return missing(found.census)


def _figures(found: Diagnosis) -> list[tuple[str, str]]:
    figures = []
    if found.census is not None:
        total = len(found.census.kinds)
        figures.append((f"{found.census.covered} of {total}", f"{noun(found.census)} made"))
        sure = percent(1 - found.census.unsure)
        near = "near a mode" if found.census.by == "centres" else "recognised"
        figures.append((sure, f"{near} (real {percent(1 - found.census.real_unsure)})"))
    for name, label in (("coverage", "of the data covered"), ("js_divergence", "nats from the true law")):
        try:
            metric = found[name]
        except KeyError:
            continue
        said = percent(metric.value) if name == "coverage" else text.short_number(metric.value)
        floor = "" if metric.floor is None else (
            f" (real {percent(metric.floor) if name == 'coverage' else text.short_number(metric.floor)})"
        )  # fmt: skip
        figures.append((said, label + floor))
    return figures[:3]


def support(twins: Birthday, what: str) -> str:
    """What the repetitions say about how many different examples there are.

    Args:
        twins: The test's result.
        what: "pictures" or "points".
    """
    if twins.bound == "at least" or not math.isfinite(twins.support):
        finite = math.isfinite(twins.support)
        different = f"at least {_rough(twins.support)}" if finite else "many"
        return (
            f"Hardly a repetition: {percent(twins.probability)} of the batches of {twins.batch_size} hold "
            f"two {what} that are nearly the same, and {percent(twins.real_probability)} of the real ones. "
            f"So there are {different} different {what}."
        )
    number = _rough(twins.support)
    return (
        f"{percent(twins.probability)} of the batches of only {twins.batch_size} hold two {what} that are "
        f"nearly the same, and {percent(twins.real_probability)} of the real ones. That happens with "
        f"{twins.bound} {number} different {what}."
    )


def _rough(count: float) -> str:
    """A count to two figures: an estimate knows no more."""
    return f"{max(1, int(float(f'{count:.2g}'))):,}"


def moment(found: Moment, total: float, what: str, *, is_share: bool) -> str:
    """When what was made was lost, in one sentence.

    Args:
        found: What the curve says.
        total: What real examples score.
        what: What the curve counts: "modes", "classes", "of the data".
        is_share: The values are shares, 0 to 1.
    """

    def amount(value: float) -> str:
        return percent(value) if is_share else f"{value:.0f}"

    of = "" if is_share else f" of {total:.0f}"
    if found.kind == "whole":
        return f"Nothing was lost: {amount(found.last)}{of} {what} at the end of the record."
    if found.kind == "unsteady":
        return (
            f"At its best it had {amount(found.best)}{of} {what}, and has {amount(found.last)} now: what is "
            "missing comes and goes."
        )
    if found.kind == "partial":
        return (
            f"It never had more than {amount(found.best)}{of} {what}, and has {amount(found.last)} now: what "
            "is missing was never made."
        )
    return (
        f"Collapsed at step {found.step or 0:,}: until then up to {amount(found.best)}{of} {what}, now "
        f"{amount(found.last)}."
    )
