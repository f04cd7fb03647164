"""What the rules look for: each function reads the curves and says what it sees, or None."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, median, pstdev

from gan_core.doctor.record import Record, crossings, gains

Limits = Mapping[str, float]  # a rule's thresholds by name


def _kinds(record: Record) -> tuple[str, str] | None:
    """The curve that counts kinds, and what they are called."""
    named = {"modes": "modes", "classes": "classes"}
    return next(((curve, word) for curve, word in named.items() if record.values(curve)), None)


def collapse(record: Record, t: Limits) -> str | None:
    """Fewer modes or classes than there are, and no growth."""
    found, measured = _kinds(record), int(t["measured"])
    if record.step < t["before"] or found is None:
        return None
    curve, word = found
    values, total = record.values(curve), record.best(curve)
    sharp = record.values("high_quality")[-measured:]
    if len(values) < measured or total is None or (sharp and max(sharp) < t["sharp"]):
        return None
    newest = values[-measured:]
    if max(newest) >= t["share"] * total or gains(values, measured // 2, t["growth"] * total):
        return None
    quality = f", with {sharp[-1]:.0%} of the points sharp" if sharp else ""
    made = f"at most {max(newest):.0f} of {total:.0f} {word} are made"
    return f"{made}, in the last {len(newest)} measurements{quality}"


def astray(record: Record, t: Limits) -> str | None:
    """Hardly a point lies where the data are, and that does not change."""
    values, measured = record.values("high_quality"), int(t["measured"])
    if record.step < t["before"] or len(values) < measured:
        return None
    newest = values[-measured:]
    if max(newest) >= t["sharp"] or gains(values, measured // 2, t["growth"]):
        return None
    return f"at most {max(newest):.1%} of the points lie within three deviations of a mode"


def missing_mass(record: Record, t: Limits) -> str | None:
    """For data without kinds: the law itself, or a fall of coverage."""
    if record.step < t["before"]:
        return None
    measured, values = int(t["measured"]), record.values("js_divergence")
    if len(values) >= measured and _kinds(record) is None:
        floor, newest = record.best("js_divergence") or 0.0, values[-measured:]
        falling = gains([-value for value in values], measured // 2, t["growth"])
        if min(newest) - floor > t["divergence"] and not falling:
            return f"the divergence from the true law stays at {median(newest):.2f} nats of at most 0.69"
    covered = record.values("coverage")
    if len(covered) >= measured:
        now = median(covered[-measured:])
        if max(covered) - now > t["fall"]:
            return f"coverage has fallen from {max(covered):.0%} to {now:.0%} of the real examples"
    return None


def d_too_strong(record: Record, t: Limits) -> str | None:
    """D is sure of nearly everything."""
    leads = record.lead(int(t["window"]), int(t["least"]))
    if record.step < t["before"] or not leads:
        return None
    sure = fmean(lead > t["lead"] for lead in leads)
    if sure < t["share"]:
        return None
    real, fake = (
        fmean(record.recent(name, int(t["window"]), int(t["least"]))) for name in ("d_real", "d_fake")
    )
    return f"D(real) is {real:.2f} and D(fake) {fake:.2f} over the last {t['window']:.0f} steps"


def vanishing(record: Record, t: Limits) -> str | None:
    """G's gradient is a small part of what it was, while D is sure."""
    norms = record.values("grad_norm/generator")
    newest = record.recent("grad_norm/generator", int(t["window"]), int(t["least"]))
    leads = record.lead(int(t["window"]), int(t["least"]))
    if record.step < t["before"] or not newest or not leads or len(norms) < 2 * t["least"]:
        return None
    now, start = median(newest), max(median(norms[: int(t["least"])]), max(norms) * t["of_peak"])
    if now >= t["part"] * start or median(leads) < t["lead"]:
        return None
    return f"G's gradient norm is {now:.2g}, it was {start:.2g}, and D's lead is {median(leads):.2f}"


def oscillation(record: Record, t: Limits) -> str | None:
    """What is made comes and goes, or D's lead does."""
    if record.step < t["before"]:
        return None
    for curve, word in (("modes", "modes"), ("classes", "classes"), ("coverage", "shares")):
        values, best = record.values(curve)[-int(t["measurements"]) :], record.best(curve)
        if best and len(values) >= t["measurements"] and crossings(values) >= t["crossings"]:
            swing = max(values) - min(values)
            if swing >= t["swing"] * best:
                return f"{word} that are reached swing between {min(values):.2g} and {max(values):.2g}"
    leads = record.lead(int(t["window"]), int(t["values"]))[-int(t["values"]) :]
    if len(leads) >= t["values"] and pstdev(leads) > t["deviation"] and crossings(leads) >= t["crossings"]:
        return f"D's lead swings between {min(leads):.2f} and {max(leads):.2f}"
    return None


def overfit(record: Record, t: Limits) -> str | None:
    """D scores training examples above unseen ones."""
    newest = record.values("d_overfit")[-int(t["measured"]) :]
    if len(newest) < t["measured"] or min(newest) <= t["gap"]:
        return None
    return f"D gives its training examples {median(newest):.2f} more than unseen real ones"


def label_ignored(record: Record, t: Limits) -> str | None:
    """The class asked for is recognised no more often than by guessing."""
    newest = record.values("agreement")[-int(t["measured"]) :]
    worst, best = record.worst("agreement"), record.best("agreement")
    if record.step < t["before"] or len(newest) < t["measured"] or worst is None:
        return None
    way = (max(newest) - worst) / ((1.0 if best is None else best) - worst)
    if way >= t["way"]:
        return None
    right = f"{median(newest):.0%} of the images are recognised as the class asked for"
    return f"{right}; guessing reaches {worst:.0%}"


def healthy(record: Record, t: Limits) -> str | None:
    """Enough of the data is made, and D has something to say."""
    if record.step < t["before"]:
        return None
    found = _kinds(record)
    if found is not None:
        curve, word = found
        values, total = record.values(curve)[-int(t["measured"]) :], record.best(curve)
        if total is None or len(values) < t["measured"] or min(values) < t["share"] * total:
            return None
        said = f"{min(values):.0f} of {total:.0f} {word} are made"
    else:
        values, floor = (
            record.values("js_divergence")[-int(t["measured"]) :],
            record.best("js_divergence") or 0.0,
        )
        if len(values) < t["measured"] or max(values) - floor > t["divergence"]:
            return None
        said = f"the divergence from the true law is {median(values):.2f} nats of at most 0.69"
    covered, best = record.values("coverage")[-int(t["measured"]) :], record.best("coverage")
    if covered and best:
        if median(covered) < t["coverage"] * best:
            return None
        said += f", and {median(covered):.0%} of the real examples are covered"
    return said
