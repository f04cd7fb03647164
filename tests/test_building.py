"""Presets, validation and assembly of runs."""

import json

import pytest
import torch

from gan_core import precision, precision_memory
from gan_core.building import build_trainer, parse_assignments, resolve_config
from gan_core.families import FAMILIES
from gan_core.load import Load
from gan_core.precision import Choice, choose_precision
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Precision, TrainingDivergedError


def config(**changes):
    return RunConfig(**{"family": "mlp", "dataset": "ring8", **changes})


def test_preset_fills_in_what_was_not_given():
    resolved = resolve_config(config(preset="wgan-gp", training=TrainingSettings(batch_size=32)))
    assert resolved.settings["loss"] == "wasserstein"
    assert resolved.training.steps == FAMILIES["mlp"].presets["wgan-gp"]["steps"]
    assert resolved.training.batch_size == 32


def test_what_was_given_beats_the_preset():
    resolved = resolve_config(config(preset="wgan-gp", settings={"d_steps": 2}))
    assert resolved.settings["d_steps"] == 2


def test_resolving_twice_and_a_trip_through_json_change_nothing():
    once = resolve_config(config(preset="textbook"))
    assert resolve_config(once) == once
    assert resolve_config(RunConfig.model_validate_json(once.model_dump_json())) == once


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"family": "dcgna"}, "did you mean 'dcgan'"),
        ({"preset": "paper-2014", "family": "dcgan"}, "did you mean 'paper-2015'"),
        ({"settings": {"widht": 3}}, "unknown setting 'widht'"),
        ({"settings": {"lr_generator": -1}}, "lr_generator: must be greater than 0, got -1"),
        ({"settings": {"loss": "vanilla"}}, "loss: must be 'non_saturating'"),
        ({"settings": {"d_steps": "two"}}, "d_steps: must be a whole number, got 'two'"),
        ({"settings": {"d_steps": 2.5}}, "d_steps: must be a whole number, got 2.5"),
        ({"settings": {"r1_gamma": "x"}}, "r1_gamma: must be a number, got 'x'"),
        ({"settings": {"relativistic": "maybe"}}, "relativistic: must be true or false, got 'maybe'"),
        ({"settings": {"d_steps": 2, "g_steps": 3}}, "one of them must be 1"),
        ({"settings": {"loss": "hinge", "real_label": 0.9}}, "has no meaning for the hinge loss"),
        ({"dataset": "digits"}, "learns points, but the data set holds images"),
    ],
)
def test_mistakes_are_told_in_one_sentence(changes, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        build_trainer(config(**changes))
    assert "\n" not in str(caught.value)


def test_assignments_go_to_family_or_training():
    settings, training = parse_assignments(
        "dcgan", ["lr-generator=2e-4", "seed=7", "loss=hinge", "steps=none"]
    )
    assert settings == {"lr_generator": 2e-4, "loss": "hinge"}
    assert training == {"seed": 7, "steps": None}


def test_none_is_a_word_where_the_setting_has_it_as_a_choice():
    settings, training = parse_assignments("dcgan", ["discriminator_norm=none", "minutes=none"])
    assert settings == {"discriminator_norm": "none"}
    assert training == {"minutes": None}


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [("lr_genrator=1", "did you mean 'lr_generator'"), ("steps", "write key=value")],
)
def test_bad_assignments_name_the_key(assignment, sentence):
    with pytest.raises(UserError, match=sentence):
        parse_assignments("dcgan", [assignment])


def test_built_trainer_repeats_itself_bit_for_bit():
    states = []
    for _ in range(2):
        trainer = build_trainer(
            config(training=TrainingSettings(steps=5, batch_size=16)), precision=Precision()
        )
        list(trainer.run())
        states.append(trainer.family.generator.state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_timing_the_arithmetic_changes_neither_weights_nor_data_order():
    training = TrainingSettings(steps=3, batch_size=16)
    pinned = build_trainer(config(training=training), precision=Precision())
    timed = build_trainer(config(training=training), threads=1)
    assert torch.equal(pinned.stream.next().real, timed.stream.next().real)
    ours, theirs = pinned.family.generator.state_dict(), timed.family.generator.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def choice_of(trainer, **restrictions):
    training = trainer.training.changed(**restrictions)
    return choose_precision(trainer.family, trainer.stream.next(), training, torch.device("cpu"), threads=1)


def test_choice_reports_every_candidate_and_obeys_restrictions():
    images = config(
        family="dcgan",
        dataset="digits",
        settings={"width": 8},
        training=TrainingSettings(batch_size=16),
    )
    trainer = build_trainer(images, precision=Precision())
    timed = choice_of(trainer).milliseconds
    assert {"bfloat16, channels last, 1 thread", "float32, channels last, 1 thread"} < set(timed)
    only = choice_of(trainer, precision="float32", channels_last=True)
    assert only.precision == Precision("float32", True, 1)


def test_points_are_learned_in_full_precision_unless_asked_otherwise():
    trainer = build_trainer(config(training=TrainingSettings(batch_size=16)), precision=Precision())
    assert set(choice_of(trainer).milliseconds) == {"float32, 1 thread"}
    assert choice_of(trainer, precision="bfloat16").precision.dtype == "bfloat16"


@pytest.mark.parametrize(("pays", "remembered"), [(True, True), (False, False)])
def test_that_one_thread_won_on_a_machine_half_busy_is_not_remembered(monkeypatch, pays, remembered):
    trainer = build_trainer(config(training=TrainingSettings(batch_size=16)), precision=Precision())
    clock = iter(range(9))
    half_busy = (Load(now, 0.0, 0.5 * now) for now in clock)
    monkeypatch.setattr(precision.Load, "now", lambda: next(half_busy))
    monkeypatch.setattr(precision, "_sharing_pays", lambda alone, shared: pays)
    monkeypatch.setattr(precision, "free_cores", lambda: 2)
    stream, training = trainer.stream.next(), trainer.training
    choice = choose_precision(trainer.family, stream, training, torch.device("cpu"), threads=2)
    assert (choice.precision.threads, choice.quiet) == (2 if pays else 1, remembered)


def test_timing_survives_settings_that_diverge_at_once():
    wild = {"optimizer": "sgd", "lr_generator": 10, "lr_discriminator": 10, "loss": "least_squares"}
    trainer = build_trainer(config(preset="textbook", settings=wild), threads=1)
    with pytest.raises(TrainingDivergedError):
        list(trainer.run())


def test_an_equal_run_takes_over_the_arithmetic_and_another_does_not(monkeypatch, tmp_path):
    timed = []

    def choose(family, batch, training, device, threads):
        timed.append(len(batch.real))
        return Choice(Precision("float32", False, 1), {"float32, 1 thread": 1.0})

    monkeypatch.setattr(precision_memory, "choose_precision", choose)
    small, large = TrainingSettings(batch_size=16), TrainingSettings(batch_size=32)
    first = build_trainer(config(training=small), threads=1)
    again = build_trainer(config(training=small, settings={"lr_generator": 0.5}), threads=1)
    build_trainer(config(training=large), threads=1)
    assert timed == [16, 32]
    assert first.precision == again.precision


def test_what_was_timed_on_a_busy_machine_is_not_remembered(monkeypatch, data_dir):
    choice = Choice(Precision("float32", False, 1), {"float32, 1 thread": 1.0}, quiet=False)
    monkeypatch.setattr(precision_memory, "choose_precision", lambda *parts: choice)
    build_trainer(config(training=TrainingSettings(batch_size=16)), threads=1)
    assert not (data_dir / ".cache" / "arithmetic.json").exists()


def test_load_of_others_is_what_this_process_did_not_use():
    start, end = Load(10.0, 1.0, 100.0), Load(12.0, 2.5, 103.5)
    assert end.others_since(start) == pytest.approx(1.0)
    assert end._replace(machine=None).others_since(start) == 0.0


@pytest.mark.parametrize(
    ("one", "several", "pays"),
    [
        ([1.0, 1.0], [0.6], True),  # clear at once
        ([1.0] * 8, [2.0, 3.0, 2.0, 0.7], True),  # a burst of other work slowed several threads
        ([1.0] * 8, [1.2] * 8, False),
        ([1.0] * 8, [0.95] * 8, True),
    ],
)
def test_one_thread_wins_only_if_several_are_slower_time_after_time(one, several, pays):
    class Timed:
        def __init__(self, seconds):
            self.seconds, self.least = iter(seconds), float("inf")

        def least_seconds(self):
            self.least = min(self.least, next(self.seconds))
            return self.least

    assert precision._sharing_pays(Timed(one), Timed(several)) is pays


def test_a_damaged_memory_of_the_arithmetic_is_no_obstacle(data_dir, monkeypatch):
    (data_dir / ".cache").mkdir(parents=True)
    (data_dir / ".cache" / "arithmetic.json").write_text("{")
    monkeypatch.setattr(precision, "QUIET_SHARE", float("inf"))
    build_trainer(config(training=TrainingSettings(batch_size=16)), threads=1)
    assert json.loads((data_dir / ".cache" / "arithmetic.json").read_text())
