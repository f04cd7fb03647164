"""How often a run is recorded."""

from __future__ import annotations

import itertools

import pytest

from gan_core.runs.pacing import Allowance, Thinning, metric_interval


def test_a_young_run_is_recorded_ten_times_a_second() -> None:
    assert metric_interval(0.0) == 0.1
    assert metric_interval(499.0) == 0.1


def test_curves_can_move_twice_a_second_for_the_first_hour() -> None:
    assert metric_interval(3400.0) < 0.5


@pytest.mark.parametrize(("hours", "rows"), [(1, 16_000), (48, 43_000), (24 * 60, 70_000)])
def test_a_long_run_is_recorded_ever_more_rarely(hours: int, rows: int) -> None:
    seconds, count = 0.0, 0
    while seconds < 3600 * hours:
        block = 500.0  # intervals change at multiples of it only
        count += round(block / metric_interval(seconds))
        seconds += block
    assert rows / 2 < count <= rows


def test_intervals_only_grow() -> None:
    intervals = [metric_interval(seconds) for seconds in range(5000)]
    assert all(later >= earlier for earlier, later in itertools.pairwise(intervals))


def test_an_allowance_bounds_the_share_spent() -> None:
    allowance, spent = Allowance(share=0.01, credit=0.1), 0.0
    for step in range(100_000):
        if allowance.has_room(seconds=1000.0 + step * 0.01):
            allowance.spend(0.05)
            spent += 0.05
    assert 9.9 <= spent <= 0.01 * 1000 + 0.1 + 0.05 + 1e-6


def test_a_resumed_run_does_not_live_on_what_it_saved_before() -> None:
    allowance = Allowance(share=0.01, credit=0.0)
    assert allowance.has_room(seconds=1e6)
    allowance.spend(0.1)
    assert not allowance.has_room(seconds=1e6 + 1)


@pytest.mark.parametrize("entries", [1, 7, 8, 9, 100, 1777])
def test_thinning_keeps_few_evenly_spaced_entries_with_the_first_and_the_last(entries: int) -> None:
    thinning = Thinning(limit=8, spacing=1.0)
    kept: list[int] = []
    for second in range(entries):
        if thinning.is_due(float(second)):
            thinning.keep(float(second))
            kept.append(second)
            gone = set(thinning.surplus(kept))
            kept = [step for step in kept if step not in gone]
            assert len(kept) <= 8
            assert (kept[0], kept[-1]) == (0, second)
    gaps = [later - earlier for earlier, later in itertools.pairwise(kept)]
    assert len(kept) >= min(entries, 4)
    assert not gaps or max(gaps) <= 2 * min(gaps)


def test_one_dear_recording_does_not_silence_a_run_for_long() -> None:
    allowance = Allowance(share=0.01, credit=0.1, patience=3.0)
    assert allowance.has_room(0.0)
    allowance.spend(10.0)  # a thousand seconds' worth
    assert not allowance.has_room(2.9)
    assert allowance.has_room(3.0)
    assert not allowance.has_room(5.9)
    assert allowance.has_room(6.0)


def test_thinning_of_a_resumed_run_goes_on_at_its_pace() -> None:
    whole = Thinning(limit=8, spacing=1.0)
    kept: list[int] = []
    for second in range(100):
        if whole.is_due(float(second)):
            whole.keep(float(second))
            kept.append(second)
            gone = set(whole.surplus(kept))
            kept = [step for step in kept if step not in gone]
    assert Thinning(limit=8, spacing=1.0, seconds=100.0).spacing == whole.spacing
