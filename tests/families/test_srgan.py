"""Sub-pixel convolution, a warm-up without any adversary, what is kept of it, and the terms after it."""

import copy
import itertools

import pytest
import torch
import torch.nn.functional as F

from gan_core.building import build_trainer
from gan_core.evaluation.judges import reader_for
from gan_core.families.classifier import Classifier, ClassifierSettings
from gan_core.families.srgan import Srgan
from gan_core.families.srgan_networks import Doubling
from gan_core.families.srgan_settings import SrganSettings
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Precision, Trainer

SMALL = {"width": 4, "blocks": 1, "discriminator_width": 4, "head_width": 8, "compare_by": "pixels"}
CPU = torch.device("cpu")


def make(side=16, channels=1, **settings):
    torch.manual_seed(0)
    return Srgan(SrganSettings(**{**SMALL, **settings}), DataSpec("images", (channels, side, side), 10))


class Pictures:
    """The same few random pictures in every batch."""

    def __init__(self, shape=(1, 16, 16), n=8):
        self.real = torch.rand(n, *shape, generator=torch.Generator().manual_seed(1)) * 2 - 1

    def next(self):
        return Batch(self.real)

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


def trainer_of(family, **training):
    settings = TrainingSettings(batch_size=8, ema_decay=0.0, **training)
    return Trainer(family, Pictures(family.data.shape), settings, CPU)


def context(family, n=6):
    rng = torch.Generator().manual_seed(1)
    real = torch.rand(n, *family.data.shape, generator=rng) * 2 - 1
    return StepContext(Batch(real), rng, step=1, upcoming=frozenset({"generator"}))


def weights_of(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_doubling_lays_four_channels_out_as_a_square_of_four_pixels():
    layer = Doubling(3)
    convolution, _, activation = layer
    x = torch.randn(2, 3, 5, 4)
    maps, made = convolution(x), layer(x)
    assert made.shape == (2, 3, 10, 8)
    expected = torch.empty_like(made)
    for channel, row, column in itertools.product(range(3), range(10), range(8)):
        source = maps[:, 4 * channel + 2 * (row % 2) + column % 2, row // 2, column // 2]
        expected[:, channel, row, column] = source
    torch.testing.assert_close(made, activation(expected))


@pytest.mark.parametrize("side", [16, 28, 32, 64])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [2, 4])
def test_every_size_colour_and_scale_is_enlarged(side, channels, scale):
    family = make(side, channels, scale=scale)
    x = torch.rand(2, channels, side, side) * 2 - 1
    low_res = family.condition_of(x, torch.Generator())
    assert low_res.shape == (2, channels, side // scale, side // scale)
    assert low_res.shape[1:] == family.translation.shape
    torch.testing.assert_close(low_res[0, 0, 0, 0], x[0, 0, :scale, :scale].mean())
    assert family.translate(low_res).shape == x.shape
    assert family.pair_scores(low_res, x).shape == (2,)
    assert family.translate(torch.zeros(1, channels, 3, 5)).shape == (1, channels, 3 * scale, 5 * scale)


def test_in_the_warm_up_nobody_asks_the_discriminator(monkeypatch):
    family = make(warm_up_steps=4)

    def refuse(x):
        raise AssertionError("the discriminator was asked")

    before = weights_of(family.discriminator)
    trainer = trainer_of(family)
    with monkeypatch.context() as patch:
        patch.setattr(family.discriminator, "verdict", refuse)
        patch.setattr(family.discriminator, "forward", refuse)
        records = list(trainer.run(4))
    for record in records:
        assert set(record.values) == {"warm-up/generator/pixels", "psnr", "grad_norm/warm-up/generator"}
    assert same(before, weights_of(family.discriminator))
    (after,) = trainer.run(1)
    assert {"discriminator/adversarial", "generator/adversarial", "d_fake"} <= after.values.keys()
    assert not same(before, weights_of(family.discriminator))


def test_the_warm_up_minimises_the_mean_squared_difference():
    family = make(warm_up_steps=4)
    ctx = context(family)
    made = family.generator(F.avg_pool2d(ctx.batch.real, 4))
    output = family.phases()[0].compute(ctx)
    torch.testing.assert_close(output.losses["pixels"], ((made - ctx.batch.real) ** 2).mean())
    expected = 10 * torch.log10(4 / output.losses["pixels"].detach())
    torch.testing.assert_close(output.stats["psnr"], expected)


def test_asked_for_by_role_no_phase_leaves_its_window():
    family = make(warm_up_steps=2)
    trainer = trainer_of(family)
    (record,) = trainer.run(1, only="discriminator")
    assert record.values == {}
    (record,) = trainer.run(1, only="generator")
    assert "generator/adversarial" not in record.values
    (record,) = trainer.run(1, only="generator")
    assert "warm-up/generator/pixels" not in record.values


def test_the_generator_of_the_warm_up_is_kept_and_later_steps_leave_it_alone():
    family = make(warm_up_steps=12)
    trainer = trainer_of(family)
    for _ in trainer.run(12):
        pass
    low_res = F.avg_pool2d(trainer.stream.real, 4)
    family.generator.eval()
    kept, then = family.translate_after_warm_up(low_res), family.translate(low_res)
    family.generator.train()
    assert not torch.equal(kept, then)  # it is an average of the last steps
    start = make(warm_up_steps=12)
    start.generator.eval()
    assert (kept - then).abs().mean() < 0.5 * (kept - start.translate(low_res)).abs().mean()
    for _ in trainer.run(6):
        pass
    assert torch.equal(family.translate_after_warm_up(low_res), kept)
    family.generator.eval()
    assert not torch.equal(family.translate(low_res), then)


def test_what_is_kept_is_the_running_average_of_the_weights():
    family = make(warm_up_steps=4)
    name = "head.0.weight"
    expected = weights_of(family.generator)[name]
    trainer = trainer_of(family)
    for step in range(4):
        expected = expected.lerp(weights_of(family.generator)[name], 1 - (1 + step) / (10 + step))
        next(trainer.run(1))
    torch.testing.assert_close(family.srresnet.state_dict()[f"network.{name}"], expected)


def test_without_a_warm_up_the_pair_starts_at_once_and_nothing_is_kept():
    family = make(warm_up_steps=0)
    assert [phase.name for phase in family.phases()] == ["discriminator", "generator"]
    assert not family.has_warm_up
    with pytest.raises(UserError, match="had no warm-up"):
        family.translate_after_warm_up(torch.zeros(1, 1, 4, 4))


def test_the_terms_after_the_warm_up_are_weighted_and_named():
    family = make(lambda_pixels=3.0, lambda_adversarial=0.5)
    ctx = context(family)
    plain = make(lambda_pixels=1.0, lambda_adversarial=1.0)
    other = context(plain)
    weighted = family.phases()[-1].compute(ctx).losses
    alone = plain.phases()[-1].compute(other).losses
    assert weighted.keys() == {"adversarial", "pixels"}
    torch.testing.assert_close(weighted["pixels"], 3 * alone["pixels"])
    torch.testing.assert_close(weighted["adversarial"], 0.5 * alone["adversarial"])


def a_reader(shape=(1, 16, 16)):
    torch.manual_seed(5)
    reader = Classifier(ClassifierSettings(width=8), DataSpec("images", shape, 10))
    for module in reader.modules().values():
        module.eval().requires_grad_(False)
    return reader


@pytest.mark.parametrize("shape", [(1, 16, 16), (3, 32, 32)])
def test_features_of_the_classifier_are_compared_and_teach_the_generator_alone(shape):
    family = make(compare_by="classifier", lambda_content=2.0)
    family.reader = a_reader(shape)  # one of another size or colour reads fitted pictures
    before = copy.deepcopy(family.reader.modules()["classifier"].state_dict())
    ctx = context(family)
    loss = family.phases()[-1].compute(ctx).losses["content"]
    assert loss > 0
    loss.backward()
    assert sum(float(p.grad.abs().sum()) for p in family.generator.parameters()) > 0
    assert all(p.grad is None for p in family.reader.modules()["classifier"].parameters())
    assert same(before, family.reader.modules()["classifier"].state_dict())
    ctx = context(family)
    ctx.shared["fake"] = ctx.batch.real.clone()
    assert float(family.phases()[-1].compute(ctx).losses["content"]) == 0.0


def test_features_of_the_discriminator_need_no_classifier():
    family = make(compare_by="discriminator")
    assert not family.wants_reader
    losses = family.phases()[-1].compute(context(family)).losses
    assert losses["content"] > 0


def build(dataset, find_reader, **settings):
    config = RunConfig(
        family="srgan", dataset=dataset, settings={**SMALL, **settings},
        training=TrainingSettings(batch_size=8, image_size=16),
    )  # fmt: skip
    return build_trainer(config, precision=Precision(), threads=1, find_reader=find_reader)


def test_a_trainer_is_built_with_the_classifier_of_the_data_set():
    trainer = build("digits", reader_for, compare_by="classifier", warm_up_steps=1)
    assert trainer.family.reader is not None
    assert trainer.family.reader.data.num_classes == 10
    *_, last = trainer.run(2)
    assert last.values["generator/content"] > 0


@pytest.mark.parametrize("find", [None, lambda dataset: None])
def test_without_a_fitting_classifier_one_sentence_says_what_would_work(find):
    with pytest.raises(
        UserError, match=r"no classifier .* 'digits'.*compare_by=discriminator or compare_by=pixels"
    ):
        build("digits", find, compare_by="classifier")
    assert build("digits", find, compare_by="pixels").family.reader is None


def test_a_short_training_beats_bicubic():
    torch.set_num_threads(1)
    trainer = build("digits", None, width=8, warm_up_steps=150, lr_warm_up=5e-3)
    for _ in trainer.run(150, record=lambda step: False):
        pass
    real = trainer.stream.next().real
    low_res = trainer.family.condition_of(real, torch.Generator())
    bicubic = F.interpolate(low_res, (16, 16), mode="bicubic")
    with trainer.sampling() as family:
        ours = family.translate_after_warm_up(low_res)
    assert (ours - real).square().mean() < 0.7 * (bicubic - real).square().mean()
