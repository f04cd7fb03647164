"""`examine`: which rules apply to a run, and what to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from gan_core.doctor.record import Curve, Record, Reference
from gan_core.doctor.rules import RULES, Cure, Rule, Severity
from gan_core.settings import Settings, TrainingSettings, UserError, is_live


@dataclass(frozen=True)
class Suggestion:
    """One change of a setting.

    Attributes:
        setting: Its name.
        title: Its name in words.
        old: The present value.
        new: The value to try.
        live: Whether the run can take it over while it trains; otherwise it needs a branch.
        why: What it does, in a clause.
        together: Further changes that belong to it.
    """

    setting: str
    title: str
    old: Any
    new: Any
    live: bool
    why: str
    together: tuple[Suggestion, ...] = ()

    @property
    def changes(self) -> dict[str, Any]:
        """All new values by the names of their settings."""
        return {self.setting: self.new} | {other.setting: other.new for other in self.together}


@dataclass(frozen=True)
class Verdict:
    """What is the case with a run.

    Attributes:
        name: Of the rule; "too_early" and "learning" have none.
        title: Two to four words.
        severity: "ill", "watch" or "well".
        sentence: What it means.
        evidence: What was seen; empty without a rule.
        suggestions: What to change, the most helpful first.
    """

    name: str
    title: str
    severity: Severity
    sentence: str
    evidence: str = ""
    suggestions: tuple[Suggestion, ...] = ()


def examine(
    curves: Mapping[str, Curve],
    references: Mapping[str, Reference] | None = None,
    settings: Settings | None = None,
    training: TrainingSettings | None = None,
    rules: Sequence[Rule] = RULES,
    since: int = 0,
) -> tuple[Verdict, ...]:
    """Says what is happening in a run, the most serious first; there is always at least one verdict.

    Args:
        curves: Steps and values by name, as the trainer and the probes record them.
        references: What real examples and networks that learned nothing score, by name of the curve.
        settings: Present settings of the family, for suggestions; None: none are made.
        training: Present settings of the training.
        rules: Tried in this order; "healthy" counts only if nothing is ill.
        since: Step of the newest change of a setting: what was recorded up to it is not held against the
            new settings.
    """
    record = Record(curves, references or {}, since)
    found: list[Verdict] = []
    for rule in rules:
        if rule.severity == "well" and any(verdict.severity == "ill" for verdict in found):
            continue
        evidence = rule.applies(record)
        if evidence is not None:
            found.append(_verdict(rule, evidence, settings, training))
    return tuple(found) or (_undecided(record),)


def _undecided(record: Record) -> Verdict:
    if record.done < 500:
        since = f" since the settings changed at step {record.since:,}" if record.since else ""
        steps = "1 step is" if record.done == 1 else f"{record.done} steps are"
        return Verdict(
            "too_early", "Too early to say", "well", f"{steps} done{since}: nothing is judged before 500."
        )  # fmt: skip
    return Verdict(
        "learning", "Learning", "well",
        "Nothing is wrong with the run, and it is not where it should end either: give it time.",
    )  # fmt: skip


def _verdict(
    rule: Rule, evidence: str, settings: Settings | None, training: TrainingSettings | None
) -> Verdict:
    made = (_suggestion(cure, settings, training) for cure in rule.cures)
    suggestions = tuple(suggestion for suggestion in made if suggestion is not None)
    return Verdict(rule.name, rule.title, rule.severity, rule.meaning, evidence, suggestions)


def _suggestion(
    cure: Cure, settings: Settings | None, training: TrainingSettings | None
) -> Suggestion | None:
    """The changes a cure comes to; None if the run has no such settings, or is there already."""
    made = (_change(part, settings, training) for part in (cure, *cure.together))
    changes = [change for change in made if change is not None]
    if not changes or not _fit_together(changes, settings, training):
        return None
    live = all(change.live for change in changes)
    return replace(changes[0], why=cure.why, live=live, together=tuple(changes[1:]))


def _fit_together(
    changes: Sequence[Suggestion], settings: Settings | None, training: TrainingSettings | None
) -> bool:
    """Whether the settings may be changed at once: each fits what the others are, not what they will be."""
    for holder in (settings, training):
        if holder is None:
            continue
        own = {
            change.setting: change.new for change in changes if change.setting in type(holder).model_fields
        }
        try:
            holder.changed(**own)
        except UserError:
            return False
    return True


def _change(cure: Cure, settings: Settings | None, training: TrainingSettings | None) -> Suggestion | None:
    """One change; None if the run has no such setting, or is there already."""
    holders = (s for s in (settings, training) if s is not None)
    holder = next((s for s in holders if cure.setting in type(s).model_fields), None)
    if holder is None:
        return None
    old = getattr(holder, cure.setting)
    new = _new_value(cure, old, holder)
    if new == old:
        return None
    try:
        changed = holder.changed(**{cure.setting: new})
    except UserError:  # out of bounds, or in conflict with another setting: no advice to give
        return None
    live = holder is settings and is_live(type(holder), cure.setting)
    return Suggestion(
        cure.setting, _title(type(holder), cure.setting), old, getattr(changed, cure.setting), live, cure.why
    )


def _new_value(cure: Cure, old: Any, holder: Settings) -> Any:
    if cure.to is not None:
        return cure.to
    new = old
    if cure.factor is not None:
        scaled = old * cure.factor
        new = max(1, round(scaled)) if isinstance(old, int) else float(f"{scaled:.2g}")
    if cure.least_of is not None:
        new = max(new, getattr(holder, cure.least_of, new))
    return new if cure.least is None else max(new, cure.least)


def _title(cls: type[BaseModel], name: str) -> str:
    return cls.model_fields[name].title or name.replace("_", " ")
