"""The number of threads follows what else the machine does, on a simulated machine of two cores."""

from __future__ import annotations

import pytest

from gan_core.load import Load
from gan_core.runs.threads import LONGEST_REST_S, ThreadGovernor


class Machine:
    """Steps take 20 ms with two threads, 34 ms with one; beside a busy program two need 800 ms."""

    def __init__(self, threads: int = 2, cores: int = 2) -> None:
        self.threads, self.clock, self.foreign, self.others = threads, 0.0, 0.0, 0.0
        self.shared_s, self.alone_s, self.shared_busy_s = 0.02, 0.034, 0.8
        self.burst_s, self.burst_every_s, self._next_burst = 0.0, 1.0, 0.0
        self.switches = list[int]()
        self.governor = ThreadGovernor(threads, self.use, self.load, cores)

    def use(self, threads: int) -> None:
        self.threads = threads
        self.switches.append(threads)

    def load(self) -> Load:
        return Load(self.clock, 2 * self.clock, 2 * self.clock + self.foreign)

    def step_s(self) -> float:
        if self.threads == 1:
            return self.alone_s
        return self.shared_busy_s if self.others > 0.5 else self.shared_s

    def train(self, seconds: float) -> int:
        """Steps done in that time."""
        end, steps = self.clock + seconds, 0
        while self.clock < end:
            step_s, burst_s = self.step_s(), 0.0
            if self.burst_s and self.clock >= self._next_burst:
                self._next_burst = self.clock + self.burst_every_s
                burst_s = self.burst_s if self.threads > 1 else self.burst_s / 2  # it finds the other core
            self.clock += step_s + burst_s
            self.foreign += self.others * step_s + self.burst_s * bool(burst_s)
            step_s += burst_s
            self.governor.after_step(step_s)
            steps += 1
        return steps


def test_nothing_changes_on_a_quiet_machine() -> None:
    machine = Machine()
    machine.train(60)
    assert machine.switches == []


def test_one_slow_step_suffices_to_go_on_with_one_thread_until_the_machine_is_free() -> None:
    machine = Machine()
    machine.train(5)
    machine.others = 1.0
    assert machine.train(30) > 0.9 * 30 / 0.034
    assert machine.switches == [1]
    machine.others = 0.0
    assert machine.train(30) > 0.9 * 30 / 0.02
    assert machine.switches == [1, 2]


def test_a_machine_busy_from_the_start_is_noticed_in_the_first_steps() -> None:
    machine = Machine()
    machine.others = 1.0
    machine.train(20)
    assert machine.switches == [1]


def test_where_the_system_does_not_tell_it_is_tried_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    monkeypatch.setattr(Load, "others_since", lambda self, start: 0.0)
    machine.train(5)
    machine.others = 1.0
    machine.train(120)
    trials = machine.switches.count(2)
    assert 4 <= trials <= 3 + 120 / LONGEST_REST_S + 2
    machine.others = 0.0
    machine.train(LONGEST_REST_S + 10)
    assert machine.threads == 2


def test_steps_that_became_longer_for_another_reason_go_on_with_all_threads() -> None:
    """E.g. because someone asked for five updates of D in each step."""
    machine = Machine()
    machine.train(5)
    machine.shared_s, machine.alone_s = 0.06, 0.1
    machine.train(20)
    assert machine.switches == [1, 2]


@pytest.mark.parametrize(("burst_s", "every_s"), [(0.03, 0.4), (0.08, 0.4), (0.15, 2.0)])
def test_pages_that_are_looked_at_now_and_then_are_sat_out(burst_s: float, every_s: float) -> None:
    machine = Machine()
    machine.train(5)
    machine.burst_s, machine.burst_every_s = burst_s, every_s
    steps = machine.train(60)
    assert machine.switches == []
    assert steps > 60 / 0.034  # and that is quicker than one thread


def test_a_page_that_is_busy_all_the_time_is_left_a_core() -> None:
    machine = Machine()
    machine.train(5)
    machine.burst_s, machine.burst_every_s = 0.1, 0.12
    machine.train(30)
    assert machine.switches[0] == 1
    assert machine.threads == 1


def test_other_programs_on_cores_of_their_own_disturb_nobody() -> None:
    machine = Machine(threads=2, cores=4)
    machine.shared_busy_s, machine.others = 0.02, 1.5
    machine.train(20)
    assert machine.switches == []


def test_a_run_of_one_thread_is_left_alone() -> None:
    machine = Machine(threads=1)
    machine.others = 1.0
    machine.train(20)
    assert machine.switches == []


def test_a_helper_of_the_run_itself_gets_the_other_core_until_it_is_done() -> None:
    machine = Machine()
    machine.train(5)
    machine.governor.lend()
    machine.others = 1.0  # the helper
    assert machine.train(5) > 0.9 * 5 / 0.034
    machine.others = 0.0
    machine.governor.take_back()
    assert machine.train(5) > 0.9 * 5 / 0.02
    assert machine.switches == [1, 2]


def test_a_helper_on_a_busy_machine_changes_nothing() -> None:
    machine = Machine()
    machine.others = 1.0
    machine.train(5)
    machine.governor.lend()
    machine.train(5)
    machine.governor.take_back()
    machine.train(5)
    assert machine.switches == [1]
