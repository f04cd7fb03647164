"""Numbers measured on the averaged networks while they train, within a small share of the time.

A probe is one entry of the list in `gan_core.evaluation.live`: its curve, its reference lines and its
sentence on the page follow from that entry alone. Probes that share a look, e.g. at the same generated
images, are measured at the same step, but need not be worked out in one go.
"""

from __future__ import annotations

import math
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from gan_core.family import Family
from gan_core.runs.pacing import Allowance, metric_interval
from gan_core.runs.records import EventKind
from gan_core.runs.threads import ThreadGovernor
from gan_core.settings import UserError
from gan_core.trainer import Trainer

SHARE = 0.03  # of the training time, spent measuring; what the steps after a measurement lose comes on top
FIRST_AFTER_S = 1.0  # of training: the first curves and pictures come before what takes longer
LEAST_INTERVAL_S = 0.5  # of training, between two measurements however cheap; it grows as that of the curves
AT_ONCE_S = 0.03  # worked at in one go, and one piece more: a command need not wait for all that is cheap
TALLY_INTERVALS = 20  # of the curves, from one row of histograms to the next

Note = Callable[[EventKind, dict[str, object]], None]
Row = tuple[int, str, float]


class Reference(NamedTuple):
    """A value to hold a probe against, and what it is called."""

    value: float
    label: str


Look = Callable[[Family], Any]


@dataclass(frozen=True)
class Probe:
    """One number measured again and again.

    Attributes:
        name: Of the curve in the run store.
        title: Of the chart.
        words: What the value says, in a sentence with `{value}` in it.
        compute: Works the value out of what `look` saw, or measures the networks themselves if there is none.
        worst: What networks that learned nothing score; None: that cannot be said.
        best: What nothing can be expected to surpass; None: that cannot be said.
        is_share: The value is a share, 0 to 1, and is shown in per cent.
        counts: What it counts, in the plural, e.g. "classes"; empty: it is no count.
        chart: Title of the chart it shares with all probes that name the same; None: it has one of its own.
        every: Looks from one measurement to the next, for what costs much and changes slowly.
        look: What looks at the networks, which are in evaluation mode, without gradients, on behalf of all
            probes that name the same function; what it returns depends on them no more. Neither it nor
            `compute` draws random numbers but from generators of its own, so that training stays the same
            bit for bit.
    """

    name: str
    title: str
    words: str
    compute: Callable[[Any], float]
    worst: Reference | None = None
    best: Reference | None = None
    is_share: bool = True
    counts: str = ""
    chart: str | None = None
    every: int = 1
    look: Look | None = None

    def measure(self, family: Family) -> float:
        """The value of networks in evaluation mode, without gradients."""
        return self.compute(family if self.look is None else self.look(family))

    def detail(self) -> dict[str, Any]:
        """Everything a page needs to draw it, as plain values."""
        return {
            "name": self.name,
            "title": self.title,
            "words": self.words,
            "worst": self.worst,
            "best": self.best,
            "is_share": self.is_share,
            "counts": self.counts,
            "chart": self.chart,
        }


@dataclass(frozen=True)
class Tally:
    """Histograms of D's scores taken again and again, for a chart over time.

    Attributes:
        title: What a warning calls them.
        count: Counts, by whose scores they are, in what `look` saw.
        look: As that of a probe.
    """

    title: str
    count: Callable[[Any], dict[str, list[int]]]
    look: Look


Gauge = Probe | Tally


class ProbeSet(NamedTuple):
    """What can be measured of a run, and for what cannot, why: one sentence each."""

    probes: tuple[Probe, ...] = ()
    missing: tuple[str, ...] = ()
    tallies: tuple[Tally, ...] = ()

    def detail(self) -> dict[str, Any]:
        """The set as plain values, for an event."""
        return {"probes": [probe.detail() for probe in self.probes], "missing": list(self.missing)}


FindProbes = Callable[[Trainer], ProbeSet]


@dataclass
class _Group:
    """Gauges that share a look, how often there was one, and the step of the last; -1: there was none."""

    gauges: list[Gauge]
    looks: int = 0
    step: int = -1


class Prober:
    """Measures the probes of one run in turn, whatever they cost within their share of the time.

    Args:
        trainer: Holds the networks.
        find: Says what to measure; asked when the first measurement is due. None: nothing is measured.
        note: Takes events.
        governor: Lends the cores to find out what there is to measure.

    Attributes:
        rows: Measured `(step, name, value)`; whoever stores them clears the list.
    """

    def __init__(
        self, trainer: Trainer, find: FindProbes | None, note: Note, governor: ThreadGovernor
    ) -> None:
        self.rows: list[Row] = []
        self._trainer, self._find, self._note, self._governor = trainer, find, note, governor
        self._finding: Future[ProbeSet] | None = None
        self._groups: deque[_Group] = deque()  # the one that was looked at the longest ago first
        self._seen: Any = None
        self._left: deque[tuple[_Group, Gauge]] = deque()  # to be worked out of `_seen`
        self._allowance = Allowance(SHARE, credit=0.0)
        self._due, self._tally_due = trainer.seconds + FIRST_AFTER_S, 0.0

    def measure_if_due(self) -> None:
        """Measures the probes whose turn it is as far as the time spent so far allows it."""
        seconds = self._trainer.seconds
        is_due = seconds >= self._due and self._allowance.has_room(seconds)
        if is_due:
            self._begin()  # not charged: it would blind a young run for half a minute
        if self._finding is not None and self._finding.done():
            self._take(self._finding)
        if not is_due:
            return
        end = time.perf_counter() + AT_ONCE_S
        while self._allowance.has_room(seconds) and time.perf_counter() < end:
            start = time.perf_counter()
            more = self._work()
            self._allowance.spend(time.perf_counter() - start)
            if not more:
                break
        self._due = seconds + max(LEAST_INTERVAL_S, metric_interval(seconds))

    def measure_all(self) -> None:
        """Measures every probe once, so that the curves of a finished run end at its last step."""
        self._begin()
        if self._finding is not None:
            self._take(self._finding)
        self._tally_due = 0.0
        while self._work(everything=True):
            pass

    def _begin(self) -> None:
        """Starts to find out, once, what there is to measure; a command need not wait for a classifier."""
        if self._find is None:
            return
        self._governor.lend()  # before the thread starts, which takes over the number of threads
        finder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="probes")
        self._finding = finder.submit(self._find, self._trainer)
        self._find = None
        finder.shutdown(wait=False)

    def _take(self, finding: Future[ProbeSet]) -> None:
        """Notes what there is to measure, when that is known."""
        self._finding = None
        try:
            found = finding.result()
        except Exception as error:
            self._warn("What is measured while the run trains", error)
            return
        finally:
            self._governor.take_back()
        self._groups.extend(_grouped((*found.probes, *found.tallies)))
        if found.probes or found.missing:
            self._note("probes", found.detail())

    def _work(self, *, everything: bool = False) -> bool:
        """Does one piece: a look, or one thing worked out of the last one; False: this step is done."""
        if self._left:
            group, gauge = self._left.popleft()
            self._work_out(group, gauge, self._seen)
            return True
        if not self._groups or self._groups[0].step == self._trainer.step:
            return False
        group = self._groups.popleft()
        group.step = self._trainer.step
        due = [gauge for gauge in group.gauges if everything or self._is_due(gauge, group.looks)]
        group.looks += 1
        if due:
            self._look(group, due)
        if group.gauges:
            self._groups.append(group)
        return True

    def _is_due(self, gauge: Gauge, looks: int) -> bool:
        if isinstance(gauge, Probe):
            return looks % gauge.every == 0
        return self._trainer.seconds >= self._tally_due

    def _look(self, group: _Group, due: Sequence[Gauge]) -> None:
        """Looks at the networks on behalf of those gauges of the group that are due."""
        look = due[0].look
        try:
            with self._trainer.sampling() as family:
                if look is None:
                    self._work_out(group, due[0], family)
                    return
                self._seen = look(family)
        except Exception as error:  # a diagnosis must never end the training it looks at
            self._warn(", ".join(gauge.title for gauge in group.gauges), error)
            group.gauges.clear()
            return
        self._left.extend((group, gauge) for gauge in due)

    def _work_out(self, group: _Group, gauge: Gauge, seen: Any) -> None:
        """Notes one result; a gauge that fails gets no other turn."""
        try:
            if isinstance(gauge, Probe):
                with torch.no_grad():
                    value = gauge.compute(seen)
                if math.isfinite(
                    value
                ):  # else there is nothing to say of this step, e.g. no two of any class
                    self.rows.append((group.step, gauge.name, value))
                return
            self._note("scores", {"step": group.step, "counts": gauge.count(seen)})
        except Exception as error:
            self._warn(gauge.title, error)
            group.gauges.remove(gauge)
            return
        seconds = self._trainer.seconds
        self._tally_due = seconds + TALLY_INTERVALS * metric_interval(seconds)

    def _warn(self, what: str, error: Exception) -> None:
        if not isinstance(error, UserError):
            traceback.print_exception(error)
        self._note("warning", {"text": f"{what}: not measured any more, the run goes on: {error}"})


def _grouped(gauges: Sequence[Gauge]) -> list[_Group]:
    """Gauges that share a look together, in the order of the first of each."""
    groups: list[_Group] = []
    by_look: dict[Look, _Group] = {}
    for gauge in gauges:
        if gauge.look is not None and gauge.look in by_look:
            by_look[gauge.look].gauges.append(gauge)
            continue
        groups.append(_Group([gauge]))
        if gauge.look is not None:
            by_look[gauge.look] = groups[-1]
    return groups
