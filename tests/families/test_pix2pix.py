"""How the condition reaches both networks, the terms of the loss, and that a short training obeys it."""

import pytest
import torch

from gan_core.conditions import HIDDEN, outline, skeleton
from gan_core.families.pix2pix import DIVERSITY_LIMIT, Pix2pix, Pix2pixSettings
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.settings import TrainingSettings, UserError
from gan_core.trainer import Trainer

SMALL = {"width": 4, "z_dim": 4, "code_width": 8, "init": "torch"}


def make(side=16, channels=1, **settings):
    torch.manual_seed(0)
    return Pix2pix(Pix2pixSettings(**{**SMALL, **settings}), DataSpec("images", (channels, side, side)))


def context(family, n=6):
    rng = torch.Generator().manual_seed(1)
    real = torch.rand(n, *family.data.shape, generator=rng) * 2 - 1
    return StepContext(Batch(real), rng, step=1, upcoming=frozenset({"generator"}))


class Squares:
    """Bright squares of one shade at random places: the outline says where, nothing says which shade."""

    def __init__(self, n=24):
        self.n, self.rng = n, torch.Generator().manual_seed(0)

    def next(self):
        corners = torch.randint(2, 7, (self.n, 2), generator=self.rng)
        x = torch.full((self.n, 1, 16, 16), -1.0)
        for image, (top, left) in zip(x, corners.tolist(), strict=True):
            image[:, top : top + 7, left : left + 7] = 0.8
        return Batch(x)

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


@pytest.mark.parametrize("side", [16, 28, 32, 64])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("condition", ["outline", "sketch", "partial"])
def test_every_size_and_colour_is_translated(side, channels, condition):
    family = make(side, channels, condition=condition)
    x = torch.rand(2, channels, side, side) * 2 - 1
    given = family.condition_of(x, torch.Generator().manual_seed(0))
    assert given.shape == (2, *family.translation.shape)
    assert family.translation.kind == condition
    z = family.sample_z(2, torch.Generator().manual_seed(0))
    assert family.translate(given, z).shape == x.shape
    assert family.pair_scores(given, x).shape == (2,)


def test_the_condition_is_what_the_setting_says():
    x = Squares(3).next().real
    rng = torch.Generator().manual_seed(0)
    assert torch.equal(make(condition="outline").condition_of(x, rng), outline(x))
    assert torch.equal(make(condition="sketch").condition_of(x, rng), skeleton(x))
    given = make(condition="partial").condition_of(x, rng)
    assert torch.equal(given[given != HIDDEN], x[given != HIDDEN])
    assert 0.2 < (given == HIDDEN).float().mean() < 0.6


def test_one_step_uses_one_condition_for_all_its_parts():
    family = make(condition="partial")
    ctx = context(family)
    (first,) = family.condition(ctx)
    (second,) = family.condition(ctx)
    assert first is second
    assert not first.requires_grad


def test_the_discriminator_reads_the_condition_with_the_picture():
    family = make()
    x = torch.rand(2, 1, 16, 16, requires_grad=True)
    given = torch.rand(2, 1, 16, 16, requires_grad=True)
    logits = family.judge(x, (given,)).logits
    assert logits.dim() == 2  # patches
    assert logits.shape[1] > 1
    for_x, for_given = torch.autograd.grad(logits.sum(), (x, given))
    assert for_x.abs().sum() > 0
    assert for_given.abs().sum() > 0


def test_a_patch_sees_no_more_than_it_should():
    family = make(side=64, patch_layers=1, discriminator_norm="none")
    x = torch.rand(1, 1, 64, 64, requires_grad=True)
    given = torch.zeros(1, 1, 64, 64)
    logits = family.judge(x, (given,)).logits
    (gradient,) = torch.autograd.grad(logits[0, logits.shape[1] // 2 + 15], x)
    rows = gradient[0, 0].abs().sum(1).nonzero()
    assert int(rows[-1] - rows[0]) + 1 == 10


def test_the_l1_term_is_the_weighted_mean_difference_and_so_is_its_gradient():
    family = make(lambda_l1=7.0, lambda_diversity=0.0)
    ctx = context(family)
    fake = (torch.rand(ctx.batch.real.shape) * 2 - 1).requires_grad_(True)
    ctx.shared["fake"] = fake
    output = family.generator_terms(ctx, family.judge(fake, family.condition(ctx)))
    assert set(output.losses) == {"l1"}
    expected = 7.0 * (fake - ctx.batch.real).abs().mean()
    torch.testing.assert_close(output.losses["l1"], expected)
    torch.testing.assert_close(output.stats["difference"], (fake - ctx.batch.real).abs().mean().detach() / 2)
    (gradient,) = torch.autograd.grad(output.losses["l1"], fake)
    torch.testing.assert_close(gradient, 7.0 * torch.sign(fake.detach() - ctx.batch.real) / fake.numel())


def test_the_diversity_term_rewards_what_noise_changes_up_to_a_limit():
    family = make(lambda_diversity=3.0)
    ctx = context(family)
    made = family._fake(ctx)
    state = ctx.rng.get_state()
    output = family.generator_terms(ctx, family.judge(made, family.condition(ctx)))
    ctx.rng.set_state(state)
    z = family.sample_z(6, ctx.rng)
    other = family.translate(family.condition(ctx)[0], z)
    ratios = [
        min(float((a - b).abs().mean() / (u - v).abs().mean()), DIVERSITY_LIMIT)
        for a, b, u, v in zip(made.detach(), other.detach(), ctx.shared["z"], z, strict=True)
    ]
    assert sum(ratios) / 6 > 1e-3
    assert output.stats["diversity"].item() == pytest.approx(sum(ratios) / 6, rel=1e-3)
    assert output.losses["diversity"].item() == pytest.approx(-3.0 * sum(ratios) / 6, rel=1e-3)


def test_a_generator_that_ignores_its_noise_gets_no_reward():
    family = make()
    with torch.no_grad():
        family.generator.core[0].weight[:, -4:] = 0.0  # the columns that read z
    ctx = context(family)
    output = family.generator_terms(ctx, family.judge(family._fake(ctx), family.condition(ctx)))
    assert output.losses["diversity"].item() == pytest.approx(0.0, abs=1e-6)


def test_weights_of_terms_change_while_it_trains_and_the_condition_does_not():
    family = make()
    trainer = Trainer(family, Squares(), TrainingSettings(batch_size=24), torch.device("cpu"))
    trainer.update_settings(family.settings.changed(lambda_l1=50.0, lambda_diversity=0.0))
    (record,) = trainer.run(1)
    assert "generator/diversity" not in record.values
    assert record.values["generator/l1"] == pytest.approx(100 * record.values["difference"], rel=1e-3)
    with pytest.raises(UserError, match="cannot change while a run trains"):
        trainer.update_settings(family.settings.changed(condition="partial"))


@pytest.mark.parametrize("condition", ["outline", "partial"])
def test_a_short_training_makes_pictures_that_follow_their_condition(condition):
    torch.set_num_threads(1)
    family = make(condition=condition, width=8, code_width=32, lr_generator=3e-3)
    training = TrainingSettings(batch_size=24, steps=150, ema_decay=0.9)
    trainer = Trainer(family, Squares(), training, torch.device("cpu"))
    for _ in trainer.run(record=lambda step: False):
        pass
    real = Squares(40).next().real
    with trainer.sampling() as trained:
        rng = torch.Generator().manual_seed(5)
        given = trained.condition_of(real, rng)
        z = trained.sample_z(40, rng)
        own = (trained.translate(given, z) - real).abs().mean() / 2
        others = (trained.translate(given.roll(1, 0), z) - real).abs().mean() / 2
    assert own < 0.08
    assert others > 2 * own  # it is the condition that says where the square is


def test_without_a_condition_or_noise_it_makes_nothing():
    family = make()
    given = torch.zeros(1, 1, 16, 16)
    with pytest.raises(UserError, match="needs noise z"):
        family.translate(given)
    with pytest.raises(UserError, match="without a condition image"):
        family.generate(torch.zeros(1, 4))
    with pytest.raises(UserError, match="give both"):
        family.discriminator_scores(given)
    with pytest.raises(UserError, match="1 or 3 channels"):
        make(channels=2)
