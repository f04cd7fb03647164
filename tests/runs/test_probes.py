"""Probes: their share of the time, their turns, and that neither work nor failure reaches the training."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
import torch

from gan_core.building import build_trainer
from gan_core.family import Family
from gan_core.runs import probes
from gan_core.runs.probes import FIRST_AFTER_S, Probe, Prober, ProbeSet, Tally
from gan_core.runs.threads import ThreadGovernor
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Precision, Trainer

SMALL = {"width": 4, "stem_width": 0, "head_width": 0}


def trainer(family: str = "dcgan", settings: dict[str, Any] | None = None) -> Trainer:
    training = TrainingSettings(steps=None, batch_size=8, ema_decay=0.9)
    config = RunConfig(
        family=family, dataset="digits", settings={**SMALL, **(settings or {})}, training=training
    )
    return build_trainer(config, precision=Precision())


class Notes:
    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, object]]] = []

    def __call__(self, kind: str, detail: dict[str, object]) -> None:
        self.taken.append((kind, detail))


def prober(t: Trainer, *measured: Probe, missing: tuple[str, ...] = ()) -> tuple[Prober, Notes]:
    notes = Notes()
    return Prober(t, lambda _: ProbeSet(measured, missing), notes, ThreadGovernor(1)), notes


def one(name: str = "one", value: float = 1.0) -> Probe:
    return Probe(name, f"Title of {name}", "it is {value}", lambda family: value)


def test_nothing_is_looked_for_before_the_first_second_of_training() -> None:
    t = trainer()
    p, notes = prober(t, one())
    p.measure_if_due()
    assert (p.rows, notes.taken) == ([], [])
    t.seconds += FIRST_AFTER_S
    p.measure_if_due()
    assert p.rows == [(0, "one", 1.0)]
    assert [kind for kind, _ in notes.taken] == ["probes"]


def test_the_training_leaves_a_core_to_whoever_finds_out_what_to_measure() -> None:
    t, threads, seen = trainer(), list[int](), list[int]()
    may_end = Event()

    def find(t: Trainer) -> ProbeSet:
        seen.extend(threads)
        may_end.wait(10)
        return ProbeSet((one(),))

    p = Prober(t, find, Notes(), ThreadGovernor(2, threads.append, cores=2))
    t.seconds += FIRST_AFTER_S
    p.measure_if_due()
    p.measure_if_due()
    assert threads == [1]
    may_end.set()
    p.measure_all()
    assert (seen, threads) == ([1], [1, 2])


def test_after_a_measurement_training_goes_on_twenty_times_as_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    t, clock = trainer(), [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def slow(family: Family) -> float:
        clock[0] += 0.5
        return 1.0

    p, _ = prober(t, Probe("slow", "-", "{value}", slow))
    measured = []
    for _ in range(2000):
        t.seconds += 0.05
        t.step += 1
        before = len(p.rows)
        p.measure_if_due()
        if len(p.rows) > before:
            measured.append(t.seconds)
    gaps = [b - a for a, b in pairwise(measured)]
    assert min(gaps) >= 20 * 0.5
    assert 0.5 * len(measured) / (t.seconds + 0.5 * len(measured)) <= 0.05
    assert len(measured) >= 5


def costing(name: str, clock: list[float], seconds: float, **more: Any) -> Probe:
    """A probe that takes some time."""

    def compute(seen: Any) -> float:
        clock[0] += seconds
        return 1.0

    return Probe(name, "-", "{value}", compute, **more)


def test_costly_probes_take_turns_and_no_step_is_measured_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    t, clock = trainer(), [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    p, _ = prober(t, costing("a", clock, 2.0), costing("b", clock, 2.0))
    for step in (5, 6, 7):
        t.step, t.seconds = step, t.seconds + 100
        p.measure_if_due()
    assert [row[:2] for row in p.rows] == [(5, "a"), (6, "b"), (7, "a")]
    p.measure_all()
    assert [row[:2] for row in p.rows[3:]] == [(7, "b")]


def test_cheap_probes_are_measured_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: 0.0)
    t = trainer()
    p, _ = prober(t, one("a", 1.0), one("b", 2.0))
    for step in (5, 6):
        t.step, t.seconds = step, t.seconds + 100
        p.measure_if_due()
    assert p.rows == [(5, "a", 1.0), (5, "b", 2.0), (6, "a", 1.0), (6, "b", 2.0)]


def test_probes_share_a_look_at_one_step_though_each_is_worked_out_in_its_own_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    t, clock, looks = trainer(), [0.0], []
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def look(family: Family) -> int:
        clock[0] += 2.0
        looks.append(t.step)
        return t.step

    def seen_step(seen: int) -> float:
        clock[0] += 2.0
        return float(seen)

    p, _ = prober(t, *(Probe(name, "-", "{value}", seen_step, look=look) for name in "ab"))
    for step in (5, 6, 7, 8):
        t.step, t.seconds = step, t.seconds + 100
        p.measure_if_due()
    assert looks == [5, 8]
    assert p.rows == [(5, "a", 5.0), (5, "b", 5.0)]
    p.measure_all()
    assert p.rows[2:] == [(8, "a", 8.0), (8, "b", 8.0)]


def test_what_costs_much_is_measured_in_one_look_of_several_and_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: 0.0)
    t = trainer()
    p, _ = prober(t, one("often"), Probe("seldom", "-", "{value}", lambda family: 2.0, every=3))
    for step in range(1, 6):
        t.step, t.seconds = step, t.seconds + 100
        p.measure_if_due()
    assert [step for step, name, _ in p.rows if name == "seldom"] == [1, 4]
    assert [step for step, name, _ in p.rows if name == "often"] == [1, 2, 3, 4, 5]
    t.step = 6
    p.measure_all()
    assert [name for step, name, _ in p.rows if step == 6] == ["often", "seldom"]


def test_histograms_are_events_far_enough_apart_to_stay_small_and_the_last_step_has_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: 0.0)
    t, notes = trainer(), Notes()
    tally = Tally("-", lambda seen: {"fake": [seen, 1]}, look=lambda family: t.step)
    p = Prober(t, lambda _: ProbeSet(tallies=(tally,)), notes, ThreadGovernor(1))
    for step in range(1, 11):
        t.step, t.seconds = step, t.seconds + 1.0
        p.measure_if_due()
    taken = [detail["step"] for kind, detail in notes.taken if kind == "scores"]
    assert taken == [1, 3, 5, 7, 9]  # 2 s of training apart
    t.step = 11
    p.measure_all()
    assert notes.taken[-1] == ("scores", {"step": 11, "counts": {"fake": [11, 1]}})


def test_what_is_no_number_is_not_noted() -> None:
    p, _ = prober(trainer(), one("none", float("nan")), one("some"))
    p.measure_all()
    assert [name for _, name, _ in p.rows] == ["some"]


@pytest.mark.parametrize("family", ["cgan", "infogan"])
def test_measured_training_is_the_same_bit_for_bit(family: str) -> None:
    """Weights, running statistics, averages, optimisers, random state, and the mode of every network."""
    from gan_core.evaluation.live import find_probes

    plain, measured = trainer(family), trainer(family)
    p = Prober(measured, lambda t: find_probes(t, "digits"), Notes(), ThreadGovernor(1))
    for _ in range(4):
        list(plain.run(2))
        list(measured.run(2))
        global_state = torch.get_rng_state()
        p.measure_all()
        assert torch.equal(torch.get_rng_state(), global_state)
    counted = Counter(name for _, name, _ in p.rows)
    assert counted.pop("turnover", 3) == 3  # from the second look on
    assert set(counted.values()) == {4}  # each of the others, every time
    a, b = plain.state_dict(), measured.state_dict()
    a.pop("seconds"), b.pop("seconds")
    assert_same(a, b)
    assert all(module.training for network in measured.modules.values() for module in network.modules())
    assert all(w.requires_grad for network in measured.modules.values() for w in network.parameters())


def assert_same(a: Any, b: Any) -> None:
    if isinstance(a, torch.Tensor):
        assert torch.equal(a, b)
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    else:
        assert a == b


def test_probes_see_the_averaged_networks_in_evaluation_mode() -> None:
    t = trainer()
    list(t.run(3))
    average = next(t.ema["generator"].parameters()).detach().clone()
    seen: list[tuple[bool, bool, bool]] = []

    def look(family: Family) -> float:
        network = family.modules()["generator"]
        same = torch.equal(next(network.parameters()), average)
        seen.append((same, network.training, torch.is_grad_enabled()))
        return 0.0

    prober(t, Probe("look", "-", "{value}", look))[0].measure_all()
    assert seen == [(True, False, False)]


def test_a_probe_that_fails_warns_once_and_is_not_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    t, calls = trainer(), []

    def fail(family: Family) -> float:
        calls.append(1)
        raise RuntimeError("planned")

    p, notes = prober(t, Probe("bad", "Bad one", "{value}", fail), one("good"))
    for _ in range(4):
        t.step, t.seconds = t.step + 1, t.seconds + 100
        p.measure_if_due()
    warnings = [detail["text"] for kind, detail in notes.taken if kind == "warning"]
    assert warnings == ["Bad one: not measured any more, the run goes on: planned"]
    assert len(calls) == 1
    assert [name for _, name, _ in p.rows] == ["good"] * 3
    assert "planned" in capsys.readouterr().err
    assert all(network.training for network in t.modules.values())


def test_what_cannot_even_be_looked_for_warns_and_leaves_the_run_alone() -> None:
    def find(t: Trainer) -> ProbeSet:
        raise UserError("the classifier is damaged")

    t, notes = trainer(), Notes()
    threads: list[int] = []
    p = Prober(t, find, notes, ThreadGovernor(2, threads.append, cores=2))
    p.measure_all()
    p.measure_all()
    assert threads == [1, 2]
    assert [kind for kind, _ in notes.taken] == ["warning"]
    assert "the classifier is damaged" in str(notes.taken[0][1]["text"])


def test_the_share_is_what_the_documentation_says() -> None:
    assert 1 / probes.SHARE >= 20
