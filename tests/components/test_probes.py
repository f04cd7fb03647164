from __future__ import annotations

from dataclasses import replace

import pytest

from gan_core.runs.probes import Probe, Reference
from pages.components.probes import span

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
