from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gan_core.runs.probes import Probe, Reference
from pages.components.chart_marks import Marks
from pages.components.probes import panel, span

SHARE = Probe("coverage", "Coverage", "{value}", float)
COUNT = Probe(
    "classes", "Classes", "{value}", float, best=Reference(10.0, "all"), is_share=False, counts="classes"
)


@pytest.mark.parametrize(
    ("probe", "ends"),
    [
        (SHARE, (0.0, 1.0)),
        (COUNT, (0.0, 10.0)),
        (replace(COUNT, best=None), (None, None)),
        (replace(COUNT, counts=""), (None, None)),  # a distance may lie beyond what is expected at best
    ],
)
def test_an_axis_shows_all_there_is_of_a_share_or_a_count(
    probe: Probe, ends: tuple[float | None, float | None]
) -> None:
    assert span(probe.detail()) == ends


@pytest.mark.parametrize(("values", "low"), [([0.4, 0.41], 0.0), ([-0.1, 0.2], None)])
def test_a_figure_that_cannot_be_negative_is_drawn_from_zero(values: list[float], low: float | None) -> None:
    probe = Probe("gap", "Gap", "{value}", lambda family: 0.0, is_share=False)
    series = {"gap": SimpleNamespace(steps=[1, 2], values=values)}
    reader: Any = SimpleNamespace(run=SimpleNamespace(step=2), series=series)
    assert panel(reader, [probe.detail()], Marks()).frame.low == low
