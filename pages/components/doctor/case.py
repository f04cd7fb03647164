"""What the doctor reads of a run, now or as it was at an earlier step."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gan_core.doctor import Record, Reference, Verdict, examine, references_of
from gan_core.doctor.record import Curve
from gan_core.settings import Settings, UserError
from pages.components import probes, setup

if TYPE_CHECKING:
    from gan_core.runs.reader import RunReader
    from gan_core.runs.records import Event, Run


@dataclass(frozen=True)
class Case:
    """A run at a step.

    Attributes:
        run: The run.
        record: Its curves up to that step.
        verdicts: What the doctor says, the most serious first.
    """

    run: Run
    record: Record
    verdicts: tuple[Verdict, ...]

    @property
    def worst(self) -> Verdict:
        """The most serious verdict."""
        return self.verdicts[0]


def case_of(reader: RunReader, cursor: int | None) -> Case:
    """Examines a run.

    Args:
        reader: The run.
        cursor: The step the timeline shows; None: the newest.
    """
    return _case(reader, reader.version, cursor)


@lru_cache(maxsize=128)
def _case(reader: RunReader, version: int, cursor: int | None) -> Case:
    """Worked out once for all viewers of what the reader holds in this version."""
    del version
    events = reader.events
    curves = curves_until(reader, cursor)
    references = references_of(probes.of(events)["probes"])
    settings = _settings_at(reader.run, events, cursor)
    training = reader.run.config.training
    since = last_change(events, cursor)
    found = examine(curves, references, settings, training, since=since)
    return Case(reader.run, Record(curves, references, since), found)


def last_change(events: Sequence[Event], cursor: int | None) -> int:
    """Step of the newest change of a setting up to the step that is shown; 0 if there was none."""
    steps = (event.step for event in events if event.kind == "setting")
    return max((step for step in steps if cursor is None or step <= cursor), default=0)


def curves_until(reader: RunReader, cursor: int | None) -> dict[str, Curve]:
    """The run's curves up to a step; None: whole."""
    if cursor is None:
        return {name: (series.steps, series.values) for name, series in reader.series.items()}
    curves: dict[str, Curve] = {}
    for name, series in reader.series.items():
        end = bisect_right(series.steps, cursor)
        curves[name] = series.steps[:end], series.values[:end]
    return curves


def _settings_at(run: Run, events: Sequence[Event], cursor: int | None) -> Settings | None:
    """The family's settings at the step; None if this version of the lab does not know them."""
    from gan_core.families import FAMILIES

    until = [event for event in events if cursor is None or event.step <= cursor]
    values = setup.present_settings(run.config, until)
    try:
        return FAMILIES[run.config.family].Settings.parse(values)
    except (KeyError, UserError):
        return None


def last_good(reader: RunReader, kept: Sequence[int], references: Mapping[str, Reference]) -> int | None:
    """The newest checkpoint at which nothing ill was to be seen; None: there is none.

    Args:
        reader: The run.
        kept: Steps of its checkpoints, ascending, up to the step that is shown.
        references: What its curves are held against.
    """
    for step in reversed(kept):
        since = last_change(reader.events, step)
        found = examine(curves_until(reader, step), references, since=since)
        if all(verdict.severity != "ill" for verdict in found):
            return step
    return None
