"""Twins: equal initial weights and equal batches, whatever the one thing is that differs."""

import copy

import pytest
import torch
from torch.nn.utils import parametrize

from gan_core.building import build_family, build_trainer
from gan_core.data import BatchStream, load_dataset
from gan_core.data.captions import ATTRIBUTES, TEXT
from gan_core.evaluation.judges import reader_for
from gan_core.families import FAMILIES
from gan_core.kitchen.dials import DIALS, dials_of, is_adversarial, plain_game, switched
from gan_core.kitchen.twins import twin
from gan_core.phases import DataSpec
from gan_core.settings import TrainingSettings, UserError
from gan_core.trainer import FLOAT32

PAIRS = [name for name, cls in FAMILIES.items() if is_adversarial(cls)]
EVERY_SWITCH = [(name, one.name) for name in PAIRS for one in dials_of(FAMILIES[name])]
SCENES_TOLD = DataSpec("images", (3, 32, 32), text=TEXT, attributes=ATTRIBUTES)
IMAGES, POINTS = DataSpec("images", (1, 16, 16), 10), DataSpec("points", (2,))
SCENES = DataSpec("images", (3, 16, 16), 10, (1, 16, 16))


def first_of(name):
    cls = FAMILIES[name]
    config = plain_game(name, cls.default_dataset, steps=10, seed=3)
    tiny = {
        "width": 4, "stem_width": 8, "head_width": 8, "generator_width": 8, "discriminator_width": 8,
        "stage2_width": 8, "text_dims": 8, "text_steps": 1, "stage1_steps": 1,
    }  # fmt: skip
    own = {key: value for key, value in tiny.items() if key in cls.Settings.model_fields}
    return config.model_copy(update={"settings": config.settings | own})


def twin_of(first, switch):
    """The first run with one switch on."""
    return twin(first, switched(first, [switch]))


def networks(config):
    cls = FAMILIES[config.family]
    spec = SCENES if cls.needs_other else POINTS if cls.data_kinds[0] == "points" else IMAGES
    return build_family(config, SCENES_TOLD if cls.can_illustrate else spec).modules()


def weights(network):
    """Every weight matrix or kernel in order, those under spectral norm as they were drawn."""
    found = []
    for layer in network.modules():
        if parametrize.is_parametrized(layer):
            found += [each.original for each in layer.parametrizations.values()]
        elif isinstance(layer, torch.nn.Linear | torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            found.append(layer.weight)
        elif isinstance(layer, torch.nn.RNNBase):
            found += [each for name, each in layer.named_parameters() if name.startswith("weight")]
    return found


@pytest.mark.parametrize(("family", "switch"), EVERY_SWITCH)
def test_twins_start_from_the_same_weights_wherever_a_layer_fits_both(family, switch):
    first = first_of(family)
    ours, theirs = networks(first), networks(twin_of(first, switch))
    assert ours.keys() == theirs.keys()
    for name, network in ours.items():
        pairs = list(zip(weights(network), weights(theirs[name]), strict=True))
        assert all(torch.equal(a, b) for a, b in pairs if a.shape == b.shape)
        alike = [a.shape == b.shape for a, b in pairs]
        if "generator" in name:
            assert all(alike)
        elif switch != "tiny-discriminator":
            assert 2 * sum(alike) > len(alike)  # packs and the deviation widen the layers that read them


def test_without_the_common_start_the_generators_of_two_image_runs_differ():
    first = first_of("dcgan")
    second = twin_of(first, "packing").model_copy(update={"start_like": None})
    (a, *_), (b, *_) = (weights(networks(config)["generator"]) for config in (first, second))
    assert not torch.equal(a, b)


@pytest.mark.parametrize("family", PAIRS)
def test_twins_see_the_same_real_examples_in_the_same_order_while_they_train(family):
    torch.set_num_threads(1)
    first = first_of(family)
    second = twin_of(first, "r1")
    trainers = [
        build_trainer(config, precision=FLOAT32, find_reader=reader_for) for config in (first, second)
    ]
    for _ in range(2):
        for trainer in trainers:
            list(trainer.run(1))
        batches = [trainer.stream.next() for trainer in trainers]
        assert torch.equal(batches[0].real, batches[1].real)


def test_the_same_batches_come_also_to_a_twin_whose_discriminator_judges_packs():
    config = twin_of(first_of("mlp"), "packing")
    streams = [
        BatchStream(load_dataset("ring8"), 256, torch.Generator().manual_seed(config.training.seed + 1))
        for _ in range(2)
    ]
    trainer = build_trainer(config, precision=FLOAT32, find_reader=reader_for)
    list(trainer.run(3))
    for _ in range(3):
        streams[0].next()
    assert torch.equal(trainer.stream.next().real, streams[0].next().real)
    assert not torch.equal(streams[1].next().real, trainer.stream.next().real)


def test_a_twin_of_a_twin_starts_like_the_first():
    first = first_of("mlp")
    third = twin_of(twin_of(first, "high-generator-rate"), "packing")
    assert third.start_like == first.settings
    assert torch.equal(weights(networks(first)["generator"])[0], weights(networks(third)["generator"])[0])


@pytest.mark.parametrize(("family", "switch"), EVERY_SWITCH)
def test_every_switch_trains_three_finite_steps(family, switch):
    torch.set_num_threads(1)
    trainer = build_trainer(twin_of(first_of(family), switch), precision=FLOAT32, find_reader=reader_for)
    last = [record.values for record in trainer.run(3)][-1]
    assert all(torch.isfinite(torch.tensor(value)) for value in last.values())
    list(trainer.run(1, only="discriminator"))
    copy.deepcopy(trainer.family)  # for what is measured while it trains


def test_the_cures_work_on_every_image_family_but_unrolling():
    cures = {one.name for one in DIALS if one.kind == "cure"}
    assert {one.name for one in dials_of(FAMILIES["mlp"], "cure")} == cures
    for name in set(PAIRS) - {"mlp"}:
        assert {one.name for one in dials_of(FAMILIES[name], "cure")} == cures - {"unrolled"}
    assert {"dcgan", "cgan", "infogan", "lapgan", "stackgan", "srgan", "discogan", "rgan"} < set(PAIRS)


@pytest.mark.parametrize(("name", "first"), [("stackgan", "reading"), ("srgan", "warm-up")])
def test_a_short_run_leaves_most_of_its_steps_to_the_game(name, first):
    config = plain_game(name, FAMILIES[name].default_dataset, steps=100, seed=0)
    trainer = build_trainer(config, precision=FLOAT32, find_reader=reader_for)
    opening = [phase for phase in trainer.family.phases() if phase.name.startswith(first)]
    assert opening
    assert all(0 < phase.stop <= 25 for phase in opening)
    last = [phase for phase in trainer.family.phases() if phase.stop is None]
    assert all(phase.start <= 50 for phase in last)


def test_switches_that_do_not_apply_are_refused_in_one_sentence():
    with pytest.raises(UserError, match="Unrolled D' is no switch of DCGAN"):
        switched(first_of("dcgan"), ["unrolled"])
    with pytest.raises(UserError, match="unknown switch 'nope'"):
        switched(first_of("mlp"), ["nope"])
    with pytest.raises(UserError, match="'classifier' has no generator against"):
        plain_game("classifier", "digits", steps=5, seed=0)


def test_a_loss_without_labels_takes_smoothing_back():
    both = switched(first_of("mlp"), ["label-smoothing", "spectral-hinge"])
    assert both.settings["real_label"] == 1.0
    assert both.settings["loss"] == "hinge"
    assert TrainingSettings.parse(both.training.model_dump()).steps == 10
