"""Numbers measured on the averaged networks while they train, within a small share of the time.

A probe is one entry of the list in `gan_core.evaluation.live`: its curve, its reference lines and its
sentence on the page follow from that entry alone.
"""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

from gan_core.family import Family
from gan_core.runs.pacing import Allowance, metric_interval
from gan_core.runs.records import EventKind
from gan_core.settings import UserError
from gan_core.trainer import Trainer

SHARE = 0.03  # of the training time, spent measuring; what the steps after a measurement lose comes on top
FIRST_AFTER_S = 1.0  # of training: the first curves and pictures come before what takes longer
LEAST_INTERVAL_S = 0.5  # of training, between two measurements however cheap; it grows as that of the curves

Note = Callable[[EventKind, dict[str, object]], None]
Row = tuple[int, str, float]


class Reference(NamedTuple):
    """A value to hold a probe against, and what it is called."""

    value: float
    label: str


@dataclass(frozen=True)
class Probe:
    """One number measured again and again.

    Attributes:
        name: Of the curve in the run store.
        title: Of the chart.
        words: What the value says, in a sentence with `{value}` in it.
        compute: Measures networks that are in evaluation mode, without gradients. It draws no random numbers
            but from generators of its own, so that training stays the same bit for bit.
        worst: What networks that learned nothing score; None: that cannot be said.
        best: What nothing can be expected to surpass; None: that cannot be said.
        is_share: The value is a share, 0 to 1, and is shown in per cent.
    """

    name: str
    title: str
    words: str
    compute: Callable[[Family], float]
    worst: Reference | None = None
    best: Reference | None = None
    is_share: bool = True

    def detail(self) -> dict[str, Any]:
        """Everything a page needs to draw it, as plain values."""
        return {
            "name": self.name,
            "title": self.title,
            "words": self.words,
            "worst": self.worst,
            "best": self.best,
            "is_share": self.is_share,
        }


class ProbeSet(NamedTuple):
    """What can be measured of a run, and for what cannot, why: one sentence each."""

    probes: tuple[Probe, ...] = ()
    missing: tuple[str, ...] = ()

    def detail(self) -> dict[str, Any]:
        """The set as plain values, for an event."""
        return {"probes": [probe.detail() for probe in self.probes], "missing": list(self.missing)}


FindProbes = Callable[[Trainer], ProbeSet]


class Prober:
    """Measures the probes of one run in turn, whatever they cost within their share of the time.

    Args:
        trainer: Holds the networks.
        find: Says what to measure; asked when the first measurement is due. None: nothing is measured.
        note: Takes events.

    Attributes:
        rows: Measured `(step, name, value)`; whoever stores them clears the list.
    """

    def __init__(self, trainer: Trainer, find: FindProbes | None, note: Note) -> None:
        self.rows: list[Row] = []
        self._trainer, self._find, self._note = trainer, find, note
        self._finding: Future[ProbeSet] | None = None
        self._waiting: deque[Probe] = deque()
        self._measured: dict[str, int] = {}  # last step of each
        self._allowance = Allowance(SHARE, credit=0.0)
        self._due = trainer.seconds + FIRST_AFTER_S

    def measure_if_due(self) -> None:
        """Measures the probe whose turn it is if the time spent so far allows it."""
        seconds = self._trainer.seconds
        if seconds < self._due or not self._allowance.has_room(seconds):
            return
        self._begin()  # not charged: it would blind a young run for half a minute
        if self._finding is not None and self._finding.done():
            self._take(self._finding)
        start = time.perf_counter()
        if self._waiting:
            self._measure(self._waiting.popleft())
        self._allowance.spend(time.perf_counter() - start)
        self._due = seconds + max(LEAST_INTERVAL_S, metric_interval(seconds))

    def measure_all(self) -> None:
        """Measures every probe once, so that the curves of a finished run end at its last step."""
        self._begin()
        if self._finding is not None:
            self._take(self._finding)
        for _ in range(len(self._waiting)):
            self._measure(self._waiting.popleft())

    def _begin(self) -> None:
        """Starts to find out, once, what there is to measure; a command need not wait for a classifier."""
        if self._find is None:
            return
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
        self._waiting.extend(found.probes)
        if found.probes or found.missing:
            self._note("probes", found.detail())

    def _measure(self, probe: Probe) -> None:
        """Measures one probe, which then waits for its next turn; one that fails gets no other."""
        step = self._trainer.step
        if self._measured.get(probe.name) != step:
            try:
                with self._trainer.sampling() as family:
                    self.rows.append((step, probe.name, probe.compute(family)))
            except Exception as error:  # a diagnosis must never end the training it looks at
                self._warn(probe.title, error)
                return
            self._measured[probe.name] = step
        self._waiting.append(probe)

    def _warn(self, what: str, error: Exception) -> None:
        if not isinstance(error, UserError):
            traceback.print_exception(error)
        self._note("warning", {"text": f"{what}: not measured any more, the run goes on: {error}"})
