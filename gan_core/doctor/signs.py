"""What the rules look for: each function reads the curves and says what it sees, or None."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nlargest
from statistics import fmean, median, pstdev

from gan_core.doctor.record import Record, crossings, gains, without_extremes
from gan_core.percent import percent

Limits = Mapping[str, float]  # a rule's thresholds by name


def _covered(record: Record) -> list[float]:
    """The coverage, where no modes are counted: those say more, and a sharp mode covers few neighbours."""
    return [] if record.values("modes") else record.values("coverage")


def _kinds(record: Record) -> tuple[str, str] | None:
    """The curve that counts kinds, and what they are called."""
    found = next((curve for curve in ("modes", "classes") if record.values(curve)), None)
    return None if found is None else (found, record.counts(found))


def _is_blurred(record: Record, measured: int, sharp: float) -> bool:
    """Whether so few points hit a mode that each is counted for the nearest one."""
    values = record.values("high_quality")[-measured:]
    return bool(values) and max(values) < sharp


def collapse(record: Record, t: Limits) -> str | None:
    """Fewer modes or classes than there are, and no growth."""
    found, measured = _kinds(record), int(t["measured"])
    if record.done < t["before"] or found is None:
        return None
    curve, word = found
    blurred = _is_blurred(record, measured, t["sharp"])
    curve = "modes_near" if blurred else curve
    newest, total = record.recent(curve, int(t["window"]), measured), record.best(curve)
    if not newest or total is None:
        return None
    grows = gains(record.values(curve), (len(newest) + 1) // 2, t["growth"] * total)
    if max(newest) >= t["share"] * total or grows:
        return None
    sharp = record.values("high_quality")[-1:]
    quality = f", with {percent(sharp[0])} of the points sharp" if sharp else ""
    some = f"at most {max(newest):.0f} of {total:.0f} {word}"
    made = f"all points gather around {some}" if blurred else f"{some} are made"
    return f"{made}, in the last {len(newest)} measurements{quality}"


def astray(record: Record, t: Limits) -> str | None:
    """Hardly a point lies where the data are, and that does not change."""
    values, measured = record.values("high_quality"), int(t["measured"])
    near, total = record.values("modes_near")[-measured:], record.best("modes_near")
    gathered = bool(near) and total is not None and max(near) < t["share"] * total
    if record.done < t["before"] or len(values) < measured or gathered:
        return None  # points that gather in few places have collapsed
    newest = values[-measured:]
    if max(newest) >= t["sharp"] or gains(values, measured // 2, t["growth"]):
        return None
    return f"at most {percent(max(newest), 1)} of the points lie within three deviations of a mode"


def missing_mass(record: Record, t: Limits) -> str | None:
    """For data without kinds: the law itself, or a fall of coverage."""
    if record.done < t["before"]:
        return None
    measured, values = int(t["measured"]), record.values("js_divergence")
    if len(values) >= measured and _kinds(record) is None:
        floor, newest = record.best("js_divergence") or 0.0, values[-measured:]
        falling = gains([-value for value in values], measured // 2, t["growth"])
        if min(newest) - floor > t["divergence"] and not falling:
            return f"the divergence from the true law stays at {median(newest):.2f} nats of at most 0.69"
    best, latest = _best_before(record, measured), max(_covered(record)[-measured:], default=0.0)
    if best is not None and best - latest > t["fall"]:
        now = f"at most {percent(latest)} in the last {measured} measurements"
        return f"coverage was {percent(best)} and is {now}"
    return None


def _best_before(record: Record, measured: int) -> float | None:
    """The best coverage before the newest measurements; None: there were none before.

    The newest ones do not count: those of a run that is learning rise, and a rise is no loss.
    """
    return max(_covered(record)[:-measured], default=None)


def d_too_strong(record: Record, t: Limits) -> str | None:
    """D is sure of nearly everything."""
    leads = record.lead(int(t["window"]), int(t["least"]))
    if record.done < t["before"] or not leads:
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
    if record.done < t["before"] or not newest or not leads or len(norms) < 2 * t["least"]:
        return None
    now, start = median(newest), _early_norm(norms, t)
    if now >= t["part"] * start or median(leads) < t["lead"]:
        return None
    return f"G's gradient norm is {now:.2g}, it was {start:.2g}, and D's lead is {median(leads):.2f}"


def _early_norm(norms: list[float], t: Limits) -> float:
    """The size of G's gradient at first, or a part of its largest."""
    least = int(t["least"])  # so many of the largest, too: one leap alone is no size it once had
    return max(median(norms[:least]), nlargest(least, norms)[-1] * t["of_peak"])


def oscillation(record: Record, t: Limits) -> str | None:
    """What is made comes and goes, or D's lead does."""
    found = _chase(record, t)
    return None if found is None else found[1]


def chasing(record: Record, t: Limits) -> tuple[str, ...]:
    """The curves that swing; none: nothing does."""
    found = _chase(record, t)
    return () if found is None else found[0]


def _chase(record: Record, t: Limits) -> tuple[tuple[str, ...], str] | None:
    """Which curves swing, and how; None: none does."""
    if record.done < t["before"]:
        return None
    last = int(t["measurements"])
    turned = record.values("turnover")[-last:]
    if len(turned) >= last and fmean(turned) > t["turnover"]:
        share = percent(fmean(turned))
        said = f"{share} of the same noise makes something else from each measurement to the next"
        return ("turnover",), said
    modes = "modes_near" if _is_blurred(record, last, t["sharp"]) else "modes"
    curves = (
        (modes, "modes", record.values(modes)),
        ("classes", record.counts("classes"), record.values("classes")),
        ("coverage", "shares", _covered(record)),
    )
    for curve, word, measured in curves:
        values, best = measured[-last:], record.best(curve)
        if best and len(values) >= t["measurements"] and crossings(values) >= t["crossings"]:
            low, *_, high = without_extremes(values)
            newest = values[-(last // 2) :]  # else it has settled meanwhile
            if min(high - low, max(newest) - min(newest)) >= t["swing"] * best:
                return (curve,), f"{word} that are reached swing between {low:.2g} and {high:.2g}"
    leads = record.lead(int(t["window"]), int(t["values"]))[-int(t["values"]) :]
    if len(leads) >= t["values"] and crossings(leads) >= t["crossings"]:
        low, *_, high = kept = without_extremes(leads)
        if pstdev(kept) > t["deviation"]:
            return ("d_real", "d_fake"), f"D's lead swings between {low:.2f} and {high:.2f}"
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
    if record.done < t["before"] or len(newest) < t["measured"] or worst is None:
        return None
    way = (max(newest) - worst) / ((1.0 if best is None else best) - worst)
    if way >= t["way"]:
        return None
    right = f"{percent(median(newest))} of the images are recognised as the class asked for"
    return f"{right}; guessing reaches {percent(worst)}"


def healthy(record: Record, t: Limits) -> str | None:
    """Enough of the data is made, and D has something to say."""
    if record.done < t["before"]:
        return None
    found = _kinds(record)
    if found is not None:
        curve, word = found
        if _is_blurred(record, int(t["measured"]), t["sharp"]):
            return None
        values, total = record.values(curve)[-int(t["measured"]) :], record.best(curve)
        if total is None or len(values) < t["measured"] or min(values) < t["share"] * total:
            return None
        far, floor = record.values("js_divergence")[-int(t["measured"]) :], record.best("js_divergence")
        if far and median(far) - (floor or 0.0) > t["loose"]:
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
    covered, best = _covered(record)[-int(t["measured"]) :], record.best("coverage")
    if covered and best:
        if median(covered) < t["coverage"] * best:
            return None
        said += f", and {percent(median(covered))} of the real examples are covered"
    return said


# --- limits: the curve that decides, and the value at which it does ---

Line = tuple[str, float]


def fewest_kinds(record: Record, t: Limits) -> Line | None:
    """Modes or classes below which G has collapsed."""
    found = _kinds(record)
    if found is None:
        return None
    curve = "modes_near" if _is_blurred(record, int(t["measured"]), t["sharp"]) else found[0]
    total = record.best(curve)
    return None if total is None else (curve, t["share"] * total)


def least_sharp(record: Record, t: Limits) -> Line | None:
    """Share of sharp points below which G misses the data."""
    return ("high_quality", t["sharp"]) if record.values("high_quality") else None


def most_divergent(record: Record, t: Limits) -> Line | None:
    """The divergence, or the coverage, from which a part is lost."""
    if record.values("js_divergence") and _kinds(record) is None:
        return "js_divergence", (record.best("js_divergence") or 0.0) + t["divergence"]
    best = _best_before(record, int(t["measured"]))
    return None if best is None else ("coverage", best - t["fall"])


def weakest_gradient(record: Record, t: Limits) -> Line | None:
    """Norm of G's gradient below which it has vanished."""
    norms = record.values("grad_norm/generator")
    return ("grad_norm/generator", t["part"] * _early_norm(norms, t)) if norms else None


def widest_gap(record: Record, t: Limits) -> Line | None:
    """D(seen) - D(unseen) from which D knows its data by heart."""
    return ("d_overfit", t["gap"]) if record.values("d_overfit") else None


def fewest_agreeing(record: Record, t: Limits) -> Line | None:
    """Share of images that show their class below which it is ignored."""
    worst, best = record.worst("agreement"), record.best("agreement")
    if worst is None or not record.values("agreement"):
        return None
    return "agreement", worst + t["way"] * ((1.0 if best is None else best) - worst)
