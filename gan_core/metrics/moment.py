"""When a run collapsed, read off the curve that counts what it makes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from gan_core.settings import UserError

WHOLE = 0.9  # of what there is, from which nothing is missing: the doctor's threshold
DROP = 0.25  # of its own best, that a curve must lose for good to have collapsed
LASTING = 2  # measurements below that make a loss one for good: a single one may be chance


class Moment(NamedTuple):
    """What a curve says about collapse.

    Attributes:
        kind: "whole": all is made at the end; "collapsed": what was made has been lost for good; "unsteady":
            all was made at times, and a part is missing at the end; "partial": all never was made.
        step: First measured step after the loss; None unless `kind` is "collapsed".
        best: Largest value.
        best_step: Where it was first reached.
        last: Newest value.
    """

    kind: Literal["whole", "collapsed", "unsteady", "partial"]
    step: int | None
    best: float
    best_step: int
    last: float


def moment_of_collapse(
    steps: Sequence[int], values: Sequence[float], total: float, *, whole: float = WHOLE, drop: float = DROP
) -> Moment | None:
    """Finds the moment after which a run makes only a part of what it once made.

    A curve that falls and comes back has not collapsed: only a loss of at least `drop` of its best value that
    lasts to the end, for `LASTING` measurements or more, counts. It is dated to the first measurement below.
    A shorter one is not judged yet: what was the case before it stands.

    Args:
        steps: Where it was measured, ascending.
        values: Modes, classes, or the share of the data that is covered; values that are not finite are
            passed over.
        total: What real examples score: all modes, all classes.
        whole: Share of the total from which nothing is missing.
        drop: Share of the best value that must be lost.

    Returns:
        None if there is no value.

    Raises:
        UserError: `total` is not above 0.
    """
    if not total > 0:
        raise UserError(f"the total must be above 0, got {total}")
    points = [(int(s), float(v)) for s, v in zip(steps, values, strict=True) if math.isfinite(v)]
    if not points:
        return None
    best_step, best = max(points, key=lambda point: point[1])
    last, limit = points[-1][1], (1 - drop) * best
    above = max(index for index, (_, value) in enumerate(points) if value >= limit)
    if len(points) - 1 - above >= LASTING and last < whole * total:
        return Moment("collapsed", points[above + 1][0], best, best_step, last)
    kept = points[above][1] if last < limit else last
    if kept >= whole * total:
        return Moment("whole", None, best, best_step, last)
    return Moment("unsteady" if best >= whole * total else "partial", None, best, best_step, last)
