"""What every family promises, for each entry of FAMILIES: a new family is covered the day it is added."""

import copy
from dataclasses import replace

import pytest
import torch

from gan_core.building import build_family, resolve_config
from gan_core.families import FAMILIES
from gan_core.phases import Batch, DataSpec
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.text_spec import TextSpec
from gan_core.trainer import Precision, Trainer, TrainingDivergedError
from gan_core.translating import noise

CPU = torch.device("cpu")
# Relativistic pairing gives the last bias of D no gradient, so it is off where every weight must move.
SMALL = {
    "width": 8, "stage2_width": 8, "text_dims": 8, "word_dims": 4, "condition_dims": 4, "text_steps": 2,
    "stage1_steps": 2, "relativistic": False, "generator_width": 16, "discriminator_width": 16, "z_dim": 4,
    "blocks": 1, "head_width": 16, "warm_up_steps": 3, "compare_by": "discriminator",
}  # fmt: skip
TEXT = TextSpec(words=("a", "one", "two", "red"), length=3, groups=((("one",), ("two",)),), example="a one")
ATTRIBUTES = (("digit", ("one", "two")), ("colour", ("red", "blue", "green")))


class RandomStream:
    """Seeded random batches of a data shape, resumable."""

    def __init__(self, spec, batch_size=8, seed=0):
        self.spec, self.batch_size = spec, batch_size
        self.rng = torch.Generator().manual_seed(seed)

    def next(self):
        real = torch.rand(self.batch_size, *self.spec.shape, generator=self.rng) * 2 - 1
        y = torch.randint(max(1, self.spec.num_classes), (self.batch_size,), generator=self.rng)
        other = None
        if self.spec.other_shape is not None:
            other = torch.rand(self.batch_size, *self.spec.other_shape, generator=self.rng) * 2 - 1
        captions = torch.randint(1, TEXT.tokens, (self.batch_size, TEXT.length), generator=self.rng)
        attributes = torch.randint(2, (self.batch_size, len(ATTRIBUTES)), generator=self.rng)
        return Batch(
            real,
            y if self.spec.num_classes else None,
            other,
            captions if self.spec.text else None,
            attributes if self.spec.attributes else None,
        )

    def state_dict(self):
        return {"rng": self.rng.get_state()}

    def load_state_dict(self, state):
        self.rng.set_state(state["rng"])


def spec_for(name):
    if FAMILIES[name].needs_other:
        return DataSpec("images", (3, 16, 16), 10, (1, 16, 16))
    shapes = {
        "points": DataSpec("points", (2,)),
        "images": DataSpec("images", (1, 16, 16), 10, None, TEXT, ATTRIBUTES),
        "sequences": DataSpec("sequences", (12, 1)),
    }
    return shapes[FAMILIES[name].data_kinds[0]]


def make(name, preset="default", seed=0, **training):
    fields = FAMILIES[name].Settings.model_fields
    small = {key: value for key, value in SMALL.items() if key in fields}
    config = RunConfig(
        family=name,
        dataset="-",
        preset=preset,
        settings=small,
        training=TrainingSettings(**{"seed": seed, "batch_size": 8, "minutes": None, **training}),
    )
    config = resolve_config(config)
    family = build_family(config, spec_for(name))
    return Trainer(family, RandomStream(spec_for(name)), config.training, CPU, Precision())


def some_classes(family, n):
    """Classes to ask for, where the family has them."""
    return torch.arange(n) % family.num_classes if family.num_classes else None


def run(trainer, steps, **kwargs):
    return list(trainer.run(steps, **kwargs))


def tensors(state, prefix=""):
    """All tensors of a nested state by dotted name."""
    found = {}
    for key, value in state.items():
        if isinstance(value, torch.Tensor):
            found[prefix + str(key)] = value.clone()
        elif isinstance(value, dict):
            found |= tensors(value, f"{prefix}{key}.")
    return found


def assert_same_state(a, b):
    a, b = tensors(a.state_dict()), tensors(b.state_dict())
    assert a.keys() == b.keys()
    different = [name for name in a if not torch.equal(a[name], b[name])]
    assert not different


families = pytest.mark.parametrize("name", FAMILIES)
presets = pytest.mark.parametrize(
    ("name", "preset"), [(name, preset) for name, cls in FAMILIES.items() for preset in cls.presets]
)


@families
def test_describes_itself(name):
    cls = FAMILIES[name]
    assert cls.name == name
    assert cls.title
    assert cls.summary.endswith(".")
    assert cls.paper
    assert cls.__doc__
    for key, field in cls.Settings.model_fields.items():
        assert field.description, f"{key} needs a help text"
    assert "default" in cls.presets


@presets
def test_every_preset_trains_with_finite_stable_losses(name, preset):
    records = run(make(name, preset), 6)
    keys = [frozenset(record.values) for record in records]
    assert all(all(abs(v) < float("inf") for v in record.values.values()) for record in records)
    for phase in make(name, preset).family.phases():
        mine = {key for record in keys for key in record if key.startswith(f"{phase.name}/")}
        assert mine, f"phase {phase.name} reports no loss"
        assert any(f"grad_norm/{phase.name}" in record for record in keys)


@families
def test_same_seed_same_weights_and_another_seed_others(name):
    first, second, other = make(name, seed=3), make(name, seed=3), make(name, seed=4)
    for trainer in (first, second, other):
        run(trainer, 3)
    assert_same_state(first, second)
    with pytest.raises(AssertionError):
        assert_same_state(first, other)


@families
def test_building_leaves_the_global_generator_alone(name):
    before = torch.get_rng_state()
    make(name)
    assert torch.equal(before, torch.get_rng_state())


@families
def test_resumed_run_equals_the_uninterrupted_one_bit_for_bit(name):
    whole = make(name)
    run(whole, 9)
    first = make(name)
    run(first, 4)
    state = copy.deepcopy(first.state_dict())
    second = make(name)
    second.load_state_dict(state)
    run(second, 5)
    assert_same_state(whole, second)


@families
def test_resume_keeps_the_memory_layout_of_optimiser_state(name):
    def channels_last():
        trainer = make(name)
        return Trainer(
            trainer.family, RandomStream(spec_for(name)), trainer.training, CPU, Precision("float32", True, 1)
        )

    whole, first, second = channels_last(), channels_last(), channels_last()
    run(whole, 6)
    run(first, 3)
    state = dict(first.state_dict().items())
    contiguous = copy.deepcopy(state)
    for optimizer in contiguous["optimizers"].values():
        for entry in optimizer.values():
            entry.update({k: v.contiguous() for k, v in entry.items() if isinstance(v, torch.Tensor)})
    second.load_state_dict(contiguous)
    run(second, 3)
    assert_same_state(whole, second)


@families
def test_a_phase_changes_only_its_own_modules(name):
    trainer = make(name)
    run(trainer, 2)
    for phase in trainer.family.phases():
        before = {n: [p.clone() for p in m.parameters()] for n, m in trainer.modules.items()}
        trainer.step = max(trainer.step, phase.start) if phase.stop is None else phase.start
        trainer._phases = (phase,)
        run(trainer, 1, only=phase.role)
        for module_name, module in trainer.modules.items():
            moved = any(
                not torch.equal(a, b) for a, b in zip(before[module_name], module.parameters(), strict=True)
            )
            assert moved == any(module is trained for trained in phase.trains)


@families
def test_every_parameter_belongs_to_a_phase_and_moves(name):
    trainer = make(name)
    family = trainer.family
    trained = {id(p) for phase in family.phases() for module in phase.trains for p in module.parameters()}
    before = {n: p.clone() for m in trainer.modules.values() for n, p in m.named_parameters()}
    assert {id(p) for m in family.modules().values() for p in m.parameters()} == trained
    run(trainer, 12)
    still = [
        n for m in trainer.modules.values() for n, p in m.named_parameters() if torch.equal(before[n], p)
    ]
    assert not still


@families
def test_samples_have_the_shape_range_and_type_of_the_data_and_follow_the_seed(name):
    trainer = make(name)
    run(trainer, 2)
    with trainer.sampling() as family:
        if family.can_translate or family.can_illustrate:
            with pytest.raises(UserError, match=r"without a (condition image|sentence)"):
                family.generate(family.sample_z(1, torch.Generator()))
            return
        if family.latent is None:
            with pytest.raises(UserError, match="does not generate"):
                family.sample_z(1, torch.Generator())
            return
        z = family.sample_z(5, torch.Generator().manual_seed(1))
        again = family.sample_z(5, torch.Generator().manual_seed(1))
        assert torch.equal(z, again)
        assert z.shape == (5, family.latent.z_dim)
        y = some_classes(family, 5)
        samples = family.generate(z, y)
        assert samples.shape == (5, *family.data.shape)
        assert samples.dtype == torch.float32
        if family.data.kind == "images":
            assert samples.abs().max() <= 1
        torch.testing.assert_close(
            samples[:2], family.generate(z[:2], None if y is None else y[:2])
        )  # it does not depend on its neighbours


@families
def test_scores_lie_between_zero_and_one(name):
    trainer = make(name)
    run(trainer, 2)
    batch = trainer.stream.next()
    real, y, captions = batch.real, batch.y, batch.captions
    with trainer.sampling() as family:
        if not family.can_score:
            with pytest.raises(UserError, match="no discriminator"):
                family.discriminator_scores(real)
            return
        if family.can_translate_back:
            scores = family.pair_scores(real, real * 50)
            assert torch.equal(scores, family.discriminator_scores(real * 50))
        elif family.can_translate:
            with pytest.raises(UserError, match="condition image"):
                family.discriminator_scores(real)
            x_condition = family.condition_of(real, torch.Generator().manual_seed(0))
            scores = family.pair_scores(x_condition, real * 50)
        elif family.can_illustrate:
            with pytest.raises(UserError, match="with its sentence"):
                family.discriminator_scores(real)
            scores = family.caption_scores(captions, real * 50)
        else:
            scores = family.discriminator_scores(real * 50, y)
        assert scores.shape == (len(real),)
        assert scores.min() >= 0
        assert scores.max() <= 1


@families
def test_condition_images_are_translated_or_refused(name):
    trainer = make(name)
    run(trainer, 2)
    batch = trainer.stream.next()
    real, other = batch.real, batch.other
    with trainer.sampling() as family:
        assert family.can_translate == (family.translation is not None)
        if not family.can_translate:
            with pytest.raises(UserError, match="does not translate"):
                family.condition_of(real, torch.Generator())
            with pytest.raises(UserError, match="does not translate"):
                family.translate(real)
            with pytest.raises(UserError, match="does not translate"):
                family.pair_scores(real, real)
            return
        assert family.latent is None  # whatever samples without a condition must leave this family alone
        if family.can_translate_back:
            with pytest.raises(UserError, match="without pairs"):
                family.condition_of(real, torch.Generator())
            given = other
        else:
            given, again = (family.condition_of(real, torch.Generator().manual_seed(1)) for _ in range(2))
            assert torch.equal(given, again)
        assert given.shape == (len(real), *family.translation.shape)
        assert given.abs().max() <= 1
        z = noise(family, len(real), torch.Generator().manual_seed(2))
        made = family.translate(given, z)
        assert made.shape == real.shape
        assert made.dtype == torch.float32
        assert made.abs().max() <= 1
        assert not torch.allclose(made, family.translate(given.flip(0), z))
        torch.testing.assert_close(made[:2], family.translate(given[:2], None if z is None else z[:2]))
        if z is not None:
            assert not torch.allclose(made, family.translate(given, z.flip(0)))


@families
def test_sentences_are_drawn_or_refused(name):
    trainer = make(name)
    run(trainer, 8)
    batch = trainer.stream.next()
    real, captions = batch.real, batch.captions
    with trainer.sampling() as family:
        assert family.can_illustrate == (family.illustration is not None)
        if not family.can_illustrate:
            with pytest.raises(UserError, match="reads no sentences"):
                family.illustrate(captions, real)
            with pytest.raises(UserError, match="reads no sentences"):
                family.caption_scores(captions, real)
            return
        assert family.latent is None  # whatever samples without a sentence must leave this family alone
        z = family.sample_z(len(captions), torch.Generator().manual_seed(2))
        drawn = family.illustrate(captions, z)
        assert drawn.sketch.shape == (len(z), *family.illustration.sketch)
        assert drawn.picture.shape == real.shape
        for x in drawn:
            assert x.dtype == torch.float32
        assert max(drawn.sketch.abs().max(), drawn.picture.abs().max()) <= 1
        torch.testing.assert_close(drawn.picture[:2], family.illustrate(captions[:2], z[:2]).picture)
        for other in (family.illustrate(captions.flip(0), z), family.illustrate(captions, z.flip(0))):
            assert not torch.allclose(drawn.sketch, other.sketch)
            assert not torch.allclose(drawn.picture, other.picture)
    with pytest.raises(UserError, match="no captions; choose captioned-digits"):
        type(family)(family.settings, DataSpec("images", family.data.shape))


@families
def test_attributes_are_read_or_refused(name):
    trainer = make(name)
    run(trainer, 1)
    real = trainer.stream.next().real
    with trainer.sampling() as family:
        if not family.can_read_attributes:
            with pytest.raises(UserError, match="reads no attributes"):
                family.read_attributes(real)
            return
        read = family.read_attributes(real)
        assert read.shape == (len(real), len(ATTRIBUTES))
        assert (read >= 0).all()
        assert (read < torch.tensor([len(values) for _, values in ATTRIBUTES])).all()
        assert family.features(real).shape[0] == len(real)
    with pytest.raises(UserError, match="of this data set none are; choose captioned-digits"):
        type(family)(family.settings, DataSpec("images", family.data.shape))


@families
def test_examples_are_translated_back_or_refused(name):
    trainer = make(name)
    run(trainer, 2)
    real = trainer.stream.next().real
    with trainer.sampling() as family:
        if not family.can_translate_back:
            with pytest.raises(UserError, match="does not translate back"):
                family.translate_back(real)
            return
        assert family.can_translate
        x_condition, z = family.translate_back(real)
        assert x_condition.shape == (len(real), *family.translation.shape)
        assert x_condition.dtype == torch.float32
        assert x_condition.abs().max() <= 1
        assert not torch.allclose(x_condition, x_condition.flip(0))
        assert (z is None) == (family.translation.noise is None)
        torch.testing.assert_close(x_condition[:2], family.translate_back(real[:2]).x_condition)
        if z is not None:
            assert z.shape == (len(real), family.translation.noise.z_dim)
            assert not torch.allclose(z, z.flip(0))
        assert family.translate(x_condition, z).shape == real.shape


@families
def test_a_family_of_two_domains_tells_the_lack_of_one(name):
    cls, spec = FAMILIES[name], spec_for(name)
    if not cls.needs_other:
        assert spec.other_shape is None  # it is built and trained without one everywhere else here
        return
    with pytest.raises(UserError, match="the data set has only one; choose one with two"):
        cls(cls.Settings(), replace(spec, other_shape=None))
    trainer = make(name)
    trainer.stream.spec = replace(spec, other_shape=None)
    with pytest.raises(UserError, match="gives none; choose"):
        run(trainer, 1)


@families
def test_classes_are_named_or_refused(name):
    trainer = make(name)
    run(trainer, 1)
    real = trainer.stream.next().real
    with trainer.sampling() as family:
        if not family.can_classify:
            with pytest.raises(UserError, match="does not classify"):
                family.class_logits(real)
            if not family.can_read_attributes:
                with pytest.raises(UserError, match="does not classify"):
                    family.features(real)
            with pytest.raises(UserError, match="does not classify"):
                family.feature_maps(real)
            return
        assert family.class_logits(real).shape == (len(real), family.data.num_classes)
        assert family.features(real).shape[0] == len(real)
        assert family.feature_maps(real).shape[0] == len(real)


@families
def test_a_family_with_classes_makes_different_images_of_them_and_none_without(name):
    trainer = make(name)
    run(trainer, 4)
    with trainer.sampling() as family:
        if not family.num_classes:
            return
        z = family.sample_z(1, torch.Generator().manual_seed(0)).expand(family.num_classes, -1)
        assert family.num_classes == family.data.num_classes
        images = family.generate(z, torch.arange(family.num_classes))
        assert not torch.allclose(images[0], images[1])
        with pytest.raises(UserError, match="needs the class of every example, 0 to 9"):
            family.generate(z)
        with pytest.raises(UserError, match="needs the class of every example"):
            family.discriminator_scores(images)
    with pytest.raises(UserError, match="needs images with at least 2 classes, got 0"):
        type(family)(family.settings, DataSpec("images", family.data.shape))


@families
def test_codes_are_read_or_refused(name):
    trainer = make(name)
    run(trainer, 1)
    real = trainer.stream.next().real
    with trainer.sampling() as family:
        assert family.can_read_codes == (family.latent is not None and family.latent.has_codes)
        if not family.can_read_codes:
            with pytest.raises(UserError, match="reads no codes"):
                family.read_codes(real)
            return
        q_logits, q_mean = family.read_codes(real)
        assert q_logits.shape == (len(real), sum(family.latent.cat_sizes))
        assert q_mean.shape == (len(real), family.latent.cont_codes)
        torch.testing.assert_close(q_logits[:2], family.read_codes(real[:2]).q_logits)


@families
def test_a_memory_is_shown_or_refused(name):
    trainer = make(name)
    run(trainer, 1)
    real = trainer.stream.next().real
    with trainer.sampling() as family:
        if not family.has_memory:
            with pytest.raises(UserError, match="has no memory"):
                family.memory_of(real)
            with pytest.raises(UserError, match="has no memory"):
                family.step_scores(real)
            return
        memory = family.memory_of(family.sample_z(3, torch.Generator().manual_seed(0)))
        scores = family.step_scores(real)
        assert memory.shape[:2] == (3, scores.shape[1])
        assert memory.abs().max() <= 1
        assert scores.min() >= 0
        assert scores.max() <= 1


@families
def test_examples_are_encoded_or_refused(name):
    trainer = make(name)
    run(trainer, 2)
    real = trainer.stream.next().real
    with trainer.sampling() as family:
        if not family.can_encode:
            with pytest.raises(UserError, match="has no encoder"):
                family.encode(real)
            return
        z = family.encode(real)
        assert z.shape == (len(real), family.latent.z_dim)
        assert z.dtype == torch.float32
        assert family.generate(z).shape == real.shape
        assert not torch.allclose(z[0], z[1])
        torch.testing.assert_close(z[:2], family.encode(real[:2]))


@families
def test_examples_are_built_up_from_coarse_to_fine_or_it_is_refused(name):
    trainer = make(name)
    run(trainer, 2)
    with trainer.sampling() as family:
        if family.pyramid is None:
            with pytest.raises(UserError, match="does not draw from coarse to fine"):
                family.build_up(torch.zeros(1, 1))
            with pytest.raises(UserError, match="does not draw from coarse to fine"):
                family.level_scores([])
            return
        z, y = family.sample_z(3, torch.Generator().manual_seed(0)), some_classes(family, 3)
        levels = family.build_up(z, y)
        assert [level.image.shape[-1] for level in levels] == list(family.pyramid.sides)
        assert torch.equal(levels[-1].image, family.generate(z, y))
        assert sum(part.stop - part.start for part in family.pyramid.parts) == family.latent.z_dim
        scores = family.level_scores(levels, y)
        assert scores.shape == (len(levels), 3)
        assert scores.min() >= 0
        assert scores.max() <= 1


@families
def test_the_discriminator_says_what_it_sees_or_refuses(name):
    trainer = make(name)
    run(trainer, 2)
    real = trainer.stream.next().real
    with trainer.sampling() as family:
        if not family.can_describe:
            with pytest.raises(UserError, match="no features of a discriminator"):
                family.discriminator_features(real)
            return
        features = family.discriminator_features(real)
        assert features.dim() == 2
        assert features.dtype == torch.float32
        assert not torch.allclose(features[0], features[1])
        torch.testing.assert_close(features[:2], family.discriminator_features(real[:2]))


@families
def test_sampling_leaves_training_untouched(name):
    plain, watched = make(name), make(name)
    run(plain, 4)
    for _ in watched.run(4):
        with watched.sampling() as family:
            rng = torch.Generator().manual_seed(0)
            if family.can_translate:
                given = torch.zeros(2, *family.translation.shape)
                family.translate(given, noise(family, 2, rng))
            if family.can_illustrate:
                family.illustrate(torch.ones(2, TEXT.length, dtype=torch.int64), family.sample_z(2, rng))
            if family.latent is not None:
                family.generate(family.sample_z(2, rng), some_classes(family, 2))
    assert_same_state(plain, watched)


@families
def test_planted_nan_stops_with_phase_and_step(name):
    trainer = make(name)
    run(trainer, 2)
    phase = next(phase for phase in trainer.family.phases() if phase.is_open(trainer.step))
    with torch.no_grad():
        next(iter(phase.trains[0].parameters())).fill_(float("nan"))
    with pytest.raises(TrainingDivergedError) as caught:
        run(trainer, 5)
    assert caught.value.phase == phase.name
    assert caught.value.step == 2
    with pytest.raises(TrainingDivergedError, match="a weight"):
        trainer.check_weights()


@families
def test_wrong_kind_of_data_is_refused_in_one_sentence(name):
    known = {"images": DataSpec("images", (1, 16, 16)), "points": DataSpec("points", (2,))}
    wrong = next((spec for kind, spec in known.items() if kind not in FAMILIES[name].data_kinds), None)
    if wrong is None:
        return
    with pytest.raises(UserError, match=r"but the data set holds .*; choose one such as"):
        FAMILIES[name](FAMILIES[name].Settings(), wrong)
