from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from typing import Any

import pytest

from pages.components.chart_marks import Marks
from pages.components.charts import (
    POINTS_PER_LINE,
    Frame,
    Line,
    Panel,
    all_rounded,
    column,
    curves,
    describe,
    rounded,
    smooth,
    thinned,
)
from pages.components.colours import FAKE, NEUTRAL, REAL, muted
from pages.components.field import field_chart

STEPS = list(range(0, 1000, 2))


def _line(values: list[float] | None = None, **changes: object) -> Line:
    values = values if values is not None else [math.sin(step / 50) for step in STEPS]
    return Line("D(real)", REAL, list(range(len(values))), values, **changes)  # type: ignore[arg-type]


def test_a_long_curve_is_thinned_but_keeps_its_ends() -> None:
    kept = thinned(list(range(5000)), 100)
    assert len(kept) == 100
    assert (kept[0], kept[-1]) == (0, 4999)
    assert kept == sorted(set(kept))


def test_a_short_curve_is_kept_whole() -> None:
    assert thinned([1, 2, 3], 3) == [1, 2, 3]


def test_every_series_is_short_enough_for_the_screen_and_plain_json() -> None:
    spec = curves([_line()])
    assert max(len(series["data"]) for series in spec["series"]) == POINTS_PER_LINE
    assert (
        len(json.dumps(spec, allow_nan=False)) < 2 * POINTS_PER_LINE * 20
    )  # four figures each, not seventeen


@pytest.mark.parametrize(
    ("high", "interval"), [(1.0, 0.25), (8.0, 2.0), (10.0, 2.0), (25.0, 5.0), (1000.0, 250.0)]
)
def test_an_axis_that_shows_all_there_is_has_even_marks(high: float, interval: float) -> None:
    axis = curves([_line([0.5, 1.0])], Frame(0.0, high))["yAxis"]
    assert (axis["max"], axis["interval"]) == (high, interval)


def test_an_axis_without_even_marks_finds_its_own() -> None:
    assert "interval" not in curves([_line([0.5, 1.0])], Frame(0.0, 26.0))["yAxis"]


def test_a_reference_at_the_lower_end_gets_no_line_over_the_labels_of_changes() -> None:
    marks = Marks(((0.0, "none"), (8.0, "all of them")), [(500, "collapse")])
    lines = curves([_line()], Frame(0.0, 8.0), marks)["series"][-1]["markLine"]["data"]
    assert [line["label"]["formatter"] for line in lines] == ["all of them", "collapse"]


def test_the_label_of_a_late_change_ends_at_its_line_so_that_the_edge_does_not_cut_it_off() -> None:
    marks = Marks(changes=[(100, "early"), (900, "late")])
    lines = curves([_line()], Frame(last_step=1000), marks)["series"][-1]["markLine"]["data"]
    assert [line["label"].get("align") for line in lines] == [None, "right"]


@pytest.mark.parametrize(
    ("reference", "frame", "raised"),
    [
        (0.05, Frame(), True),  # the curve goes from 0 to 1
        (0.5, Frame(), False),
        (0.0, Frame(0.0, 8.0), False),  # on the axis: it has no line
        (0.5, Frame(0.0, 8.0), True),
        (1.5, Frame(0.0, 8.0), False),
        (0.012, Frame(0.01, log=True), True),
        (0.1, Frame(0.01, log=True), False),
    ],
)
def test_the_label_of_a_change_rises_above_that_of_a_reference_next_to_the_axis(
    reference: float, frame: Frame, raised: bool
) -> None:
    marks = Marks([(reference, "real points")], [(90, "R1 on")])
    spec = curves([_line([0.0, 0.3, 1.0])], frame, marks)
    change = spec["series"][-1]["markLine"]["data"][-1]["label"]
    assert change["formatter"] == "R1 on"
    assert change["offset"][1] == (-16 if raised else 0)


def test_many_values_are_rounded_as_one_is() -> None:
    rng = random.Random(0)
    values = [rng.uniform(-10, 10) * 10.0 ** rng.randint(-15, 15) for _ in range(2000)]
    values += [0.0, 1.0, -1.0, 0.9999499, 999.95]
    assert all_rounded(values) == [rounded(value) for value in values]
    assert all_rounded([1.23456e-300, 1.23456e300]) == pytest.approx([1.235e-300, 1.235e300], rel=1e-12)
    assert all_rounded([]) == []


def test_the_curves_of_a_branch_begin_at_the_left_end() -> None:
    branch = Line("loss", "#447CE4", [500, 650], [1.0, 3.0])
    for spec in (curves([branch], marks=Marks(start=500)), curves([_line()], marks=Marks(start=500))):
        axis = spec["xAxis"]
        assert axis["min"] == 500
        assert axis["max"] > 500
    assert curves([branch])["xAxis"]["min"] == 0


def test_panels_lie_one_below_the_other_and_keep_what_is_theirs() -> None:
    losses = Panel("Losses", [_line([1.0, 2.0])], marks=Marks(((0.3, "even"),)))
    answers = Panel("Answers", [_line([0.1, 0.9])], Frame(low=0.0, high=1.0, legend=False))
    spec = column([losses, answers], 400)
    assert [(title["text"], title["top"]) for title in spec["title"]] == [("Losses", 7), ("Answers", 207)]
    ends = [(grid["top"], grid["top"] + grid["height"]) for grid in spec["grid"]]
    assert 0 < ends[0][0] < ends[0][1] <= 200 < ends[1][0] < ends[1][1] <= 400
    assert "max" not in spec["yAxis"][0]
    assert spec["yAxis"][1]["max"] == 1
    assert [legend["show"] for legend in spec["legend"]] == [True, False]
    own = [series for series in spec["series"] if series["xAxisIndex"] == 1]
    assert {series["yAxisIndex"] for series in own} == {1}
    assert _drawn(spec, own[0]) == [(0, 0.1), (1, 0.9)]
    marks = [series["markLine"]["data"] for series in spec["series"] if series["name"] == "marks"]
    assert [len(lines) for lines in marks] == [1, 0]
    ids = [series["id"] for series in spec["series"]]
    assert len(set(ids)) == len(ids)


def _drawn(spec: dict[str, Any], series: dict[str, Any]) -> list[tuple[int, float]]:
    """Steps and values of one curve of a column of panels."""
    assert series["encode"]["tooltip"] == series["encode"]["y"]  # by default the tooltip tells the step
    source = spec["dataset"][series["datasetIndex"]]["source"]
    return list(zip(source[series["encode"]["x"]], source[series["encode"]["y"]], strict=True))


def test_curves_over_the_same_steps_share_a_table_and_others_have_their_own() -> None:
    longer = replace(_line(), name="long")
    again = replace(longer, name="again", values=[2.0 * value for value in longer.values])
    short = Line("short", "#447CE4", [0, 5], [1.0, 3.0])
    spec = column([Panel("Losses", [longer, again]), Panel("Probe", [short])], 400)
    steps = [table["source"]["step"] for table in spec["dataset"]]
    assert len(steps) == 2
    assert steps[1] == (0, 5)
    bold = {series["name"]: series for series in spec["series"] if not series["id"].endswith("(raw)")}
    assert _drawn(spec, bold["short"]) == [(0, 1.0), (5, 3.0)]
    drawn = curves([again])["series"][0]["data"]
    assert _drawn(spec, bold["again"]) == drawn
    assert _drawn(spec, bold["long"]) != drawn
    assert [series["data"] for series in spec["series"] if "datasetIndex" not in series] == [[], [], []]


def test_the_running_average_starts_at_the_first_value_and_keeps_a_constant() -> None:
    assert smooth([4.0, 4.0, 4.0], 0.9) == pytest.approx([4.0, 4.0, 4.0])
    assert smooth([0.0, 10.0], 0.5) == pytest.approx([0.0, 20 / 3])


def test_values_that_are_no_numbers_are_left_out() -> None:
    spec = curves([_line([1.0, float("nan"), float("inf"), 2.0])])
    assert spec["series"][0]["data"] == [(0, 1.0), (3, 2.0)]


def test_a_log_axis_leaves_out_what_it_cannot_show() -> None:
    spec = curves([_line([0.0, 1.0, 10.0])], Frame(log=True))
    assert spec["yAxis"]["type"] == "log"
    assert spec["series"][0]["data"] == [(1, 1.0), (2, 10.0)]


def test_no_curve_yet_gives_an_empty_chart_with_its_axes() -> None:
    spec = curves([], Frame(low=0, high=1), Marks(((0.5, "even"),)))
    assert spec["xAxis"]["max"] == 1
    assert (spec["yAxis"]["min"], spec["yAxis"]["max"]) == (0, 1)


def test_references_changes_and_cursor_become_lines() -> None:
    spec = curves([_line()], marks=Marks(((0.5, "even"),), ((40, "lr G 2e-4"),), cursor=70))
    lines = spec["series"][-1]["markLine"]["data"]
    assert [(line.get("yAxis"), line.get("xAxis")) for line in lines] == [(0.5, None), (None, 40), (None, 70)]
    assert lines[1]["label"]["formatter"] == "lr G 2e-4"


def test_series_keep_their_identity_from_tick_to_tick() -> None:
    few, many = curves([_line([0.1, 0.2])]), curves([_line()])
    assert {s["id"] for s in few["series"]} <= {s["id"] for s in many["series"]}
    assert few["animation"] is False


def test_the_second_run_of_a_comparison_is_dashed() -> None:
    spec = curves([_line(), _line(dashed=True)], Frame(smooth=0))
    assert [s["lineStyle"]["type"] for s in spec["series"][:-1:2]] == ["solid", "dashed"]


def test_the_plane_has_equal_axes_and_the_field_diverges_about_one_half() -> None:
    spec = field_chart([[0.1] * 48] * 48, [[0.0, 1.0]], [[0.5, -0.5]], extent=1.5, ground="#FFFFFF")
    assert spec["grid"]["width"] == spec["grid"]["height"]
    assert spec["xAxis"][0] == spec["yAxis"][0]
    assert (spec["xAxis"][0]["min"], spec["xAxis"][0]["max"]) == (-1.5, 1.5)
    assert spec["visualMap"]["inRange"]["color"] == [muted(c, "#FFFFFF") for c in (FAKE, NEUTRAL, REAL)]
    field = spec["series"][0]["data"]
    assert len(field) == 48 * 48
    assert field[1] == [1, 0, 0.1]  # second column of the lowest row


def test_a_chart_is_described_for_those_who_cannot_see_it() -> None:
    assert describe([Line("D(real)", REAL, [1, 20], [0.1, 0.8123])]) == "D(real) 0.812 at step 20"
    assert describe([]) == "no values yet"
