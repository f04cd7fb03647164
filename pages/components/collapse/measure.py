"""What the page shows of one generator: measured once for all viewers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gan_core.data.progress import Progress
from pages.components import services
from pages.components.classes import measured
from pages.components.explore import place
from pages.components.explore.place import Place

if TYPE_CHECKING:
    from gan_core.evaluation.evidence import Evidence
    from gan_core.runs.records import Run


@dataclass(frozen=True)
class Seen:
    """One generator and what was found.

    Attributes:
        where: Which, at which checkpoint.
        evidence: What was found.
        side: 0 left, 1 right.
    """

    where: Place
    evidence: Evidence
    side: int

    @property
    def title(self) -> str:
        """Its name, with the checkpoint of a run."""
        step = "" if self.where.step is None else f", step {self.where.step:,}"
        return self.where.source.title + step

    @property
    def key(self) -> str:
        """Tells apart the widgets of both sides, which may show the same, and of two generators."""
        return f"{self.side}:{self.where.source.name}:{self.where.step}"


def look(where: Place, n: int, side: int) -> Seen:
    """Diagnoses a generator for a side of the page.

    Raises:
        UserError: It is gone or damaged, its data are not on this machine, or they do not fit it.
    """

    def gather(report: Progress) -> Evidence:
        from gan_core.evaluation import evidence
        from gan_core.evaluation.real import images_here

        loaded = place.loaded(where)
        dataset, kind = loaded.card.dataset, loaded.card.data.kind
        if kind == "images":  # a page must not begin a download by itself
            images_here(dataset, loaded.card.data.shape[-1], "test", report)
        run = run_of(where)
        drawing = None if run is None else run.config.drawing
        return evidence.gather(loaded.family, dataset, n, measured.SEED, report, drawing=drawing)

    return Seen(where, measured.once(("collapse", where.key, n), gather), side)


def run_of(where: Place) -> Run | None:
    """The run behind a generator; None for shipped weights, or if it was deleted meanwhile."""
    from gan_core.runs.records import UnknownRunError

    if not where.source.steps:
        return None
    try:
        return services.store().get(where.source.name)
    except UnknownRunError:
        return None
