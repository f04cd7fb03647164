"""The trainer on families made for the test: schedule, averaging, live settings, sharing, divergence."""

import copy
from typing import ClassVar

import pytest
import torch
from torch import nn

from gan_core.family import Family
from gan_core.latent_spec import LatentSpec
from gan_core.phases import Batch, DataSpec, OptimizerSpec, Phase, StepOutput
from gan_core.settings import Settings, TrainingSettings, UserError, setting
from gan_core.trainer import Trainer, TrainingDivergedError, resolve_device

CPU = torch.device("cpu")


class OneWeightSettings(Settings):
    rate: float = setting(0.1, "Learning rate.", live=True, gt=0)
    every: int = setting(1, "Interval.", live=True, ge=1)
    start: int = setting(0, "First step.", ge=0)
    stop: int | None = setting(None, "Step after the last.", ge=1)
    size: int = setting(1, "Number of weights.", ge=1)


class OneWeight(Family):
    """Moves one weight by `rate` per step: SGD without momentum on the loss -w."""

    name = "one-weight"
    title = summary = paper = "-"
    Settings = OneWeightSettings
    presets: ClassVar = {"default": {}}
    data_kinds = ("points",)
    default_dataset = "ring8"
    sampling_modules = ("net",)
    latent = LatentSpec(1)

    def __init__(self, settings, data):
        super().__init__(settings, data)
        self.net = nn.Linear(1, settings.size, bias=False)
        nn.init.zeros_(self.net.weight)

    def modules(self):
        return {"net": self.net}

    def phases(self):
        spec = OptimizerSpec("sgd", self.settings.rate, (0.0, 0.0))
        s = self.settings
        return (Phase("net", (self.net,), self._compute, spec, every=s.every, start=s.start, stop=s.stop),)

    def _compute(self, ctx):
        return StepOutput({"rise": -self.net.weight.sum()}, {"height": self.net.weight.detach().mean()})


class Ones:
    def next(self):
        return Batch(torch.ones(4, 2))

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


def trainer(settings=None, **training):
    family = OneWeight(OneWeightSettings(**(settings or {})), DataSpec("points", (2,)))
    return Trainer(family, Ones(), TrainingSettings(**{"steps": 10, "ema_decay": 0.0, **training}), CPU)


def weight(t):
    return t.family.net.weight.item()


def go(t, steps=None, **kwargs):
    return list(t.run(steps, **kwargs))


def test_runs_exactly_its_budget_and_counts_from_one():
    t = trainer(steps=4)
    assert [record.step for record in t.run()] == [1, 2, 3, 4]
    assert t.finished
    assert weight(t) == pytest.approx(0.4)


def test_open_ended_run_goes_on_until_told_otherwise():
    t = trainer(steps=None)
    go(t, 25)
    assert not t.finished
    assert t.progress == 0


def test_budget_in_minutes_ends_by_the_clock():
    t = trainer(steps=None, minutes=1)
    go(t, 3)
    assert not t.finished
    t.seconds = 60.0
    assert t.finished
    assert go(t) == []


def test_phases_share_out_the_minutes_however_fast_the_machine_is():
    t = trainer({"start": 2, "stop": 6}, steps=10, minutes=1)
    moved = []
    for second in (0, 11, 13, 35, 37):
        before, t.seconds = weight(t), float(second)
        go(t, 1)
        moved.append(weight(t) != before)
    assert moved == [False, False, True, True, False]


def test_a_phase_that_stops_lowers_its_rate_by_the_clock():
    t = trainer({"start": 2, "stop": 6}, steps=10, minutes=1, cosine_tail=0.5)
    t.seconds = 30.0
    assert t.place == 5
    assert t.learning_rates["net"] == pytest.approx(0.05)  # in the middle of the second half of its time


def test_a_longer_budget_does_not_bring_back_a_phase():
    t = trainer({"stop": 6}, steps=10, minutes=1)
    t.seconds = 45.0
    go(t, 1)
    twice = trainer({"stop": 6}, steps=10, minutes=2)
    twice.load_state_dict(t.state_dict())
    assert twice.progress < 0.5
    go(twice, 1)
    assert weight(twice) == 0.0


def test_values_are_recorded_only_where_wanted():
    records = go(trainer(), 6, record=lambda step: step % 3 == 0)
    assert [record.step for record in records if record.values is not None] == [3, 6]
    assert set(records[2].values) == {"net/rise", "height", "grad_norm/net"}
    assert records[2].values["grad_norm/net"] == pytest.approx(1.0)


def test_cosine_tail_keeps_the_rate_then_takes_it_to_zero():
    t = trainer(steps=10, cosine_tail=0.5)
    rates = [t.learning_rates["net"] for _ in t.run()]
    assert rates[:5] == pytest.approx([0.1] * 5)
    assert rates[-1] == pytest.approx(0.0, abs=1e-9)
    assert rates[6] == pytest.approx(0.1 * 0.5 * (1 + torch.cos(torch.tensor(torch.pi * 0.4)).item()))
    assert weight(t) < 1.0


def test_interval_runs_the_phase_in_one_of_k_steps():
    t = trainer({"every": 3})
    go(t, 7)
    assert weight(t) == pytest.approx(0.2)


def test_phase_asked_for_by_role_runs_in_every_step():
    t = trainer({"every": 3})
    go(t, 2, only="net")
    assert weight(t) == pytest.approx(0.2)


def test_live_settings_apply_at_once_and_others_are_refused():
    t = trainer()
    go(t, 1)
    t.update_settings(t.family.settings.changed(rate=0.5))
    go(t, 1)
    assert weight(t) == pytest.approx(0.6)
    with pytest.raises(UserError, match="'size' cannot change while a run trains"):
        t.update_settings(t.family.settings.changed(size=2))


def test_average_follows_the_documented_recursion():
    t = trainer(ema_decay=0.9)
    expected, value = 0.0, 0.0
    for step in range(1, 8):
        go(t, 1)
        value += 0.1
        decay = min(0.9, (1 + step - 1) / (10 + step - 1))
        expected = decay * expected + (1 - decay) * value
    assert t.ema["net"].weight.item() == pytest.approx(expected, rel=1e-5)
    with t.sampling():
        assert weight(t) == pytest.approx(expected, rel=1e-5)
    assert weight(t) == pytest.approx(value, rel=1e-5)


def test_sampling_restores_weights_and_mode_after_an_error():
    t = trainer(ema_decay=0.9)
    go(t, 2)
    before = weight(t)

    def fail_while_sampling():
        with t.sampling():
            assert not t.family.net.training
            raise RuntimeError("planned")

    with pytest.raises(RuntimeError, match="planned"):
        fail_while_sampling()
    assert weight(t) == before
    assert t.family.net.training


def test_diverging_loss_names_phase_and_step_and_leaves_the_weights():
    t = trainer()
    go(t, 3)
    before = weight(t)
    t.family._compute = lambda ctx: StepOutput({"rise": t.family.net.weight.sum() * float("inf")}, {})
    t.update_settings(t.family.settings)
    with pytest.raises(TrainingDivergedError, match="phase 'net' is not a finite number in step 3"):
        go(t)
    assert weight(t) == before


def test_more_steps_extend_a_finished_run():
    t = trainer(steps=2)
    go(t)
    t.update_training(t.training.changed(steps=5))
    assert len(go(t)) == 3


def test_run_with_averaging_can_continue_one_without():
    plain = trainer()
    go(plain, 2)
    averaged = trainer(ema_decay=0.9)
    averaged.load_state_dict(copy.deepcopy(plain.state_dict()))
    assert averaged.ema["net"].weight.item() == pytest.approx(weight(plain))


def test_unknown_device_is_refused_naming_those_at_hand():
    with pytest.raises(UserError, match="available: auto, cpu"):
        resolve_device("tpu")
    assert resolve_device("cpu") == CPU
