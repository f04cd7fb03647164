"""What the discriminator's answers, or the losses of a family without one, mean now, in one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any, Literal

from gan_core.doctor.record import crossings
from gan_core.percent import percent
from pages.components.text import short_number

LN2 = math.log(2)

Kind = Literal[
    "just_started",
    "learning",
    "balanced",
    "d_too_strong",
    "g_fools_d",
    "oscillating",
    "no_scores",
    "settled",
    "rising",
]

WINDOW = 30  # newest recorded values that are read
ENOUGH_VALUES = 8
EARLY_STEPS = 60  # before this many steps both networks are still close to their random start

MOVED = 0.002  # share of the loss that a change must exceed to count
SURE = 0.85  # lead D(real) - D(fake) from which D is right nearly always
EVEN = 0.25  # lead below which D can hardly tell
SWING = 0.18  # standard deviation of the lead from which the balance is called unsteady
CROSSINGS = 4  # times the lead must cross its own mean: a steady climb also has a large deviation


@dataclass(frozen=True)
class Reading:
    """One sentence about the state of the game.

    Attributes:
        kind: What is the case.
        headline: Two to five words.
        sentence: What it means and what to do, in one sentence.
    """

    kind: Kind
    headline: str
    sentence: str


def read(steps: Sequence[int], d_real: Sequence[float], d_fake: Sequence[float]) -> Reading:
    """Reads the newest mean outputs of D.

    Args:
        steps: Steps at which the two were recorded, rising.
        d_real: Mean D(x) over real examples, each in [0, 1].
        d_fake: Mean D(G(z)) over generated examples, each in [0, 1].
    """
    pairs = [(r, f) for r, f in zip(d_real, d_fake, strict=False) if math.isfinite(r) and math.isfinite(f)]
    if not steps or not pairs:
        return Reading("no_scores", "No scores yet", "D's answers appear here as soon as D is trained.")
    if len(pairs) < ENOUGH_VALUES or steps[-1] < EARLY_STEPS:
        return Reading(
            "just_started",
            "Just started",
            "Both networks are still close to their random start: give them a few hundred steps.",
        )
    recent = pairs[-WINDOW:]
    real, fake = fmean(r for r, _ in recent), fmean(f for _, f in recent)
    leads = [r - f for r, f in recent]
    if pstdev(leads) > SWING and crossings(leads) >= CROSSINGS:
        return Reading(
            "oscillating",
            "Oscillating",
            "D's lead swings back and forth as each overtakes the other: lower learning rates calm it.",
        )
    return _by_lead(real, fake)


def _by_lead(real: float, fake: float) -> Reading:
    lead, scores = real - fake, f"D(real) {real:.2f}, D(fake) {fake:.2f}"
    if lead > SURE:
        return Reading(
            "d_too_strong",
            "D is too strong",
            f"D recognises nearly every fake ({scores}), so G learns little from it: "
            "lower D's learning rate or train G more often.",
        )
    if lead < -0.05 or (fake > 0.7 and lead < EVEN):
        return Reading(
            "g_fools_d",
            "G fools D",
            f"D takes fakes for real at least as often as the real ones ({scores}): "
            "raise D's learning rate or train D more often.",
        )
    if lead < EVEN:
        return Reading(
            "balanced",
            "Balanced",
            f"D can hardly tell fakes from real ones ({scores}): G keeps up, the pictures say how well.",
        )
    return Reading(
        "learning",
        "D leads, G learns",
        f"D is right more often than not ({scores}): its lead is the signal G learns from.",
    )


def read_loss(steps: Sequence[int], losses: Sequence[float]) -> Reading:
    """Reads the newest losses of a family that plays no game: it only has to go down.

    Args:
        steps: Steps at which they were recorded, rising.
        losses: The sum of all losses at each.
    """
    known = [loss for loss in losses if math.isfinite(loss)]
    if not steps or not known:
        return Reading("no_scores", "No losses yet", "The loss appears here with the first training steps.")
    if len(known) < 2 * ENOUGH_VALUES or steps[-1] < EARLY_STEPS:
        return Reading(
            "just_started",
            "Just started",
            "The networks are still close to their random start: give them a few hundred steps.",
        )
    recent = known[-min(WINDOW, len(known) // 2) :]
    before = known[-2 * len(recent) : -len(recent)]
    was, now = fmean(before), fmean(recent)
    least = max(MOVED * abs(was), 2 * pstdev(recent) / math.sqrt(len(recent)))
    both = f"{short_number(was)} a little while ago, {short_number(now)} now"
    if now < was - least:
        return Reading("learning", "Learning", f"The loss falls: {both}.")
    if now > was + least:
        return Reading("rising", "Rising", f"The loss rises: {both}; a lower learning rate calms it.")
    return Reading(
        "settled",
        "Settled",
        f"The loss moves no more than by chance, around {short_number(now)}: the pictures say how well.",
    )


def references(loss: str | None, *, relativistic: bool = False) -> tuple[tuple[float, str], ...]:
    """Values of the losses while D cannot tell real from fake, each with its label.

    Args:
        loss: Name of the objective, as in `gan_core.losses.LOSSES`; None: the family has no such setting.
        relativistic: Whether D scores real examples against fakes; both losses then have one term.

    With logits of 0 each term of a log loss is ln 2 (Goodfellow et al. 2014, arXiv:1406.2661, theorem 1).
    """
    if loss not in ("non_saturating", "minimax"):
        return ()
    generator = LN2 if loss == "non_saturating" else -LN2
    sign = "" if loss == "non_saturating" else "−"
    if relativistic:
        both = ((LN2, "ln 2: D guesses"),)
        return both if loss == "non_saturating" else (*both, (generator, "−ln 2 (G)"))
    return (2 * LN2, "2 ln 2: D guesses"), (generator, f"{sign}ln 2 (G)")


# --- probes ---

_STAGES = ((0.1, "No better than {worst}"), (0.5, "Learning"), (0.9, "Mostly right"))


def amount(value: float, *, is_share: bool) -> str:
    """A probe's value as people read it: "74 %", "99.6 %", "0.27"."""
    if not is_share:
        return short_number(value)
    is_whole = abs(100 * value - round(100 * value)) < 0.05
    return percent(value, 0 if is_whole else 1)


def probe_references(probe: Mapping[str, Any]) -> tuple[tuple[float, str], ...]:
    """The reference lines of a probe's chart: value and label."""
    both = (probe["worst"], probe["best"])
    return tuple(
        (value, f"{label}: {amount(value, is_share=probe['is_share'])}")
        for value, label in (reference for reference in both if reference is not None)
    )


def read_probe(probe: Mapping[str, Any], value: float) -> str:
    """What a probe's value means, in one sentence.

    Args:
        probe: As `gan_core.runs.probes.Probe.detail` describes it.
        value: The newest, or the one at the step that is shown.
    """
    said = probe["words"].format(value=amount(value, is_share=probe["is_share"]))
    worst, best = probe["worst"], probe["best"]
    if worst is None or best is None or worst[0] == best[0]:
        return f"{said}."
    way = (value - worst[0]) / (best[0] - worst[0])  # from 0, nothing learned, to 1, whichever way is up
    headline = next((words for end, words in _STAGES if way < end), "Close to {best}")
    return f"{headline.format(worst=worst[1], best=best[1])}: {said}."
