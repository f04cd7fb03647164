"""The shared reader of a run and the thinning of its curves."""

from __future__ import annotations

import itertools
import random
import threading

import pytest

from gan_core.runs.reader import MAX_POINTS, Curve, RunReader, Series
from gan_core.runs.records import UnknownRunError
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig

CONFIG = RunConfig(family="mlp", dataset="ring8")


@pytest.fixture
def run_id(store: RunStore) -> str:
    return store.create(CONFIG)


def _curve(points: list[tuple[int, float]], max_points: int = MAX_POINTS) -> Series:
    curve = Curve(max_points)
    for step, value in points:
        curve.add(step, value)
    return curve.series()


def test_a_short_curve_is_shown_as_it_is() -> None:
    points = [(1, 0.5), (7, 0.25), (8, 1.0)]
    assert _curve(points) == Series((1, 7, 8), (0.5, 0.25, 1.0))


@pytest.mark.parametrize("count", [399, 400, 401, 5_000, 20_000])
def test_a_long_curve_is_thinned_to_what_a_screen_can_show(count: int) -> None:
    series = _curve([(7 * n, 1.0) for n in range(count)])
    assert len(series.steps) == len(series.values) <= MAX_POINTS
    assert len(series.steps) > min(count, MAX_POINTS) / 2 - 1
    assert series.steps[-1] == 7 * (count - 1)
    assert set(series.values) == {1.0}
    assert all(later > earlier for earlier, later in itertools.pairwise(series.steps))


def test_each_point_is_the_mean_of_its_stretch() -> None:
    series = _curve([(step, float(step)) for step in range(16)], max_points=4)
    assert series == Series((3, 7, 11, 15), (1.5, 5.5, 9.5, 13.5))


def test_what_is_drawn_stays_put_as_the_curve_grows() -> None:
    rng, curve = random.Random(1), Curve(40)
    before = Series()
    doublings = 0
    for step in range(3_000):
        curve.add(step, rng.random())
        after = curve.series()
        if len(after.steps) >= len(before.steps):
            drawn = len(before.steps) - 1  # the last point is still being averaged
            assert after.steps[:drawn] == before.steps[:drawn]
            assert after.values[:drawn] == before.values[:drawn]
        else:
            doublings += 1
        before = after
    assert doublings == 7  # 3000 steps in stretches of 128


def test_readers_that_began_at_different_times_draw_the_same(store: RunStore, run_id: str) -> None:
    rng = random.Random(2)
    early = RunReader(store, run_id)
    step = 0
    for _ in range(30):
        rows = []
        for _ in range(rng.randrange(60)):
            step += rng.randrange(1, 9)
            rows.append((step, "d", rng.random()))
        store.add_metrics(run_id, rows)
        early.poll(now=True)
    late = RunReader(store, run_id)
    assert early.series["d"].steps == late.series["d"].steps
    assert early.series["d"].values == pytest.approx(late.series["d"].values)


def test_polling_takes_in_what_is_new(store: RunStore, run_id: str) -> None:
    reader = RunReader(store, run_id)
    version = reader.version
    store.add_metrics(run_id, [(1, "d", 0.5), (1, "g", 0.7)])
    store.add_event(run_id, 1, "warning", {"text": "hm"})
    store.rename(run_id, "renamed")
    assert reader.poll(now=True) == version + 1
    store.add_metrics(run_id, [(2, "d", 0.25)])
    reader.poll(now=True)
    assert reader.series == {"d": Series((1, 2), (0.5, 0.25)), "g": Series((1,), (0.7,))}
    assert [event.detail for event in reader.events] == [{"text": "hm"}]
    assert reader.run.name == "renamed"


def test_nothing_new_keeps_the_version(store: RunStore, run_id: str) -> None:
    store.add_metrics(run_id, [(1, "d", 0.5)])
    reader = RunReader(store, run_id)
    series = reader.series
    assert reader.poll(now=True) == reader.poll(now=True) == reader.version
    assert reader.series is series


def test_many_viewers_cost_one_look_at_the_store(
    store: RunStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = RunReader(store, run_id)
    looks = 0
    look = reader._look

    def count() -> None:
        nonlocal looks
        looks += 1
        look()

    monkeypatch.setattr(reader, "_look", count)
    monkeypatch.setattr(reader, "_next_look", 0.0)
    monkeypatch.setattr("gan_core.runs.reader.MIN_INTERVAL_S", 60.0)
    threads = [threading.Thread(target=reader.poll) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert looks == 1


def test_a_curve_follows_a_run_that_resumed_from_a_checkpoint(store: RunStore, run_id: str) -> None:
    store.add_metrics(run_id, [(step, "d", 1.0) for step in range(10)])
    store.add_event(run_id, 8, "warning", {"text": "taken back"})
    reader = RunReader(store, run_id)
    store.rewind(run_id, 5)
    store.add_metrics(run_id, [(6, "d", 2.0)])
    reader.poll(now=True)
    assert reader.series["d"] == Series((0, 1, 2, 3, 4, 5, 6), (1.0,) * 6 + (2.0,))
    assert reader.events == ()


def test_a_deleted_run_is_told(store: RunStore, run_id: str) -> None:
    reader = RunReader(store, run_id)
    store.delete(run_id)
    with pytest.raises(UnknownRunError):
        reader.poll(now=True)
    with pytest.raises(UnknownRunError):
        RunReader(store, run_id)
