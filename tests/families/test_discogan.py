"""The terms of the loss, loops on maps that are known, the three models of the paper, and short trainings."""

import pytest
import torch
from torch import nn

from gan_core.building import build_family, resolve_config
from gan_core.data import BatchStream, load_dataset
from gan_core.families.discogan import CURRICULUM_SHARE, Discogan
from gan_core.families.discogan_domain import feature_matching
from gan_core.families.discogan_settings import DiscoganSettings
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import Trainer
from gan_core.translating import both_ways

PLANE = DataSpec("points", (2,), other_shape=(2,))
SCENES = DataSpec("images", (3, 16, 16), 10, (1, 16, 16))


class Affine(nn.Module):
    """x -> factor x + shift, as a translator of points that reads z off the sum of x where it has one."""

    def __init__(self, factor, shift=0.0, reads=False):
        super().__init__()
        self.factor, self.shift, self.reads = nn.Parameter(torch.tensor(factor)), shift, reads

    def forward(self, x, z=None):
        made = self.factor * x + self.shift
        return made, x.sum(1, keepdim=True) if self.reads else None


def make(spec=PLANE, **settings):
    torch.manual_seed(0)
    return Discogan(DiscoganSettings(**{"width": 8, "blocks": 1, "z_dim": 0, **settings}), spec)


def context(family, n=6, step=1):
    rng = torch.Generator().manual_seed(1)
    real, other = (
        torch.rand(n, *s, generator=rng) * 2 - 1 for s in (family.data.shape, family.data.other_shape)
    )
    return StepContext(Batch(real, None, other), rng, step, upcoming=frozenset({"generator"}))


def known(there, back, **settings):
    family = make(lambda_loop=3.0, **settings)
    family.g_ab, family.g_ba = there, back
    return family


def test_maps_that_undo_each_other_have_loops_without_loss():
    family = known(Affine(2.0, 1.0), Affine(0.5, -0.5))
    ctx = context(family)
    losses = family._generate(ctx).losses
    assert losses["loop_a"].item() == pytest.approx(0.0, abs=1e-6)
    assert losses["loop_b"].item() == pytest.approx(0.0, abs=1e-6)
    ways = both_ways(family, ctx.batch.other, ctx.batch.real, None)
    torch.testing.assert_close(ways.ab, 2 * ctx.batch.other + 1)
    torch.testing.assert_close(ways.aba, ctx.batch.other)
    torch.testing.assert_close(ways.ba, 0.5 * ctx.batch.real - 0.5)
    torch.testing.assert_close(ways.bab, ctx.batch.real)


def test_a_loop_costs_the_weighted_mean_square_and_so_does_its_gradient():
    there = Affine(2.0)
    family = known(there, Affine(1.0))
    ctx = context(family)
    a, b = ctx.batch.other, ctx.batch.real
    losses = family._generate(ctx).losses
    torch.testing.assert_close(losses["loop_a"], 3.0 * a.square().mean())  # 2a - a
    torch.testing.assert_close(losses["loop_b"], 3.0 * b.square().mean())
    (gradient,) = torch.autograd.grad(losses["loop_a"], there.factor)
    torch.testing.assert_close(gradient, 3.0 * 2 * a.square().mean())  # d/df of 3 (f - 1)^2 a^2


def test_loops_count_for_little_at_first():
    family = known(Affine(2.0), Affine(1.0), curriculum_steps=5)
    early, late = (family._generate(context(family, step=step)).losses["loop_a"] for step in (4, 5))
    torch.testing.assert_close(early, CURRICULUM_SHARE * late)


def test_the_code_is_drawn_given_and_read_back():
    family = known(Affine(1.0), Affine(1.0, reads=True), z_dim=1, lambda_code=2.0)
    ctx = context(family)
    losses = family._generate(ctx).losses
    made = ctx.shared["made"]
    torch.testing.assert_close(losses["code"], 2.0 * (made.a.sum(1, keepdim=True) - made.z).square().mean())
    torch.testing.assert_close(family.translate_back(made.a).z, made.a.sum(1, keepdim=True))
    with pytest.raises(UserError, match="needs noise z"):
        family.translate(made.a)


@pytest.mark.parametrize(
    ("loops", "terms", "networks"),
    [
        ("none", {"to_a", "to_b"}, {"g_ab", "g_ba", "d_a", "d_b"}),
        ("one", {"to_b", "loop_a"}, {"g_ab", "g_ba", "d_b"}),
        ("both", {"to_a", "to_b", "loop_a", "loop_b"}, {"g_ab", "g_ba", "d_a", "d_b"}),
    ],
)
def test_the_three_models_of_the_paper(loops, terms, networks):
    family = make(loops=loops)
    assert set(family._generate(context(family)).losses) == terms
    assert set(family.modules()) == networks
    judged = family._judge(context(family)).losses
    assert set(judged) == ({"judges_b"} if loops == "one" else {"judges_a", "judges_b"})


def test_each_generator_is_judged_by_the_discriminator_of_where_it_arrives():
    family = make(loops="none")
    losses = family._generate(context(family)).losses
    used = {"to_b": (family.g_ab, family.d_b), "to_a": (family.g_ba, family.d_a)}
    for term, networks in used.items():
        for network in (family.g_ab, family.g_ba, family.d_a, family.d_b):
            weight = next(network.parameters())
            (gradient,) = torch.autograd.grad(losses[term], weight, retain_graph=True, allow_unused=True)
            assert (gradient is not None) == (network in networks)


def test_without_loops_nothing_teaches_a_code_so_there_is_none():
    assert make(loops="none", z_dim=4).translation.noise is None
    assert make(loops="one", z_dim=4).translation.noise.z_dim == 4


def test_feature_matching_is_the_squared_difference_of_batch_means_summed_over_layers():
    real, fake = (
        [torch.tensor([[1.0, 2.0], [3.0, 2.0]]), torch.zeros(2, 1)],
        [torch.zeros(2, 2), torch.ones(2, 1)],
    )
    torch.testing.assert_close(feature_matching(real, fake), torch.tensor((4.0 + 4.0) / 2 + 1.0))
    family = make(lambda_features=0.9)
    assert {"features_a", "features_b"} <= set(family._generate(context(family)).losses)


def test_the_remedies_act_on_both_discriminators():
    settings = {"packing": 2, "minibatch_std": True, "lambda_gp": 1.0, "r1_gamma": 1.0, "instance_noise": 0.1}
    family = make(SCENES, **settings, lambda_features=0.5, real_label=0.9, discriminator_norm="spectral")
    ctx = context(family, step=0)
    judged, paid = family._judge(ctx), family._generate(ctx)
    terms = {"judges", "gradient_penalty", "r1"}
    assert set(judged.losses) == {f"{term}_{domain}" for term in terms for domain in "ab"}
    assert {"d_real", "d_fake", "d_real_a", "d_fake_a"} == set(judged.stats)
    assert {"to_a", "to_b", "features_a", "features_b"} <= set(paid.losses)
    assert family.d_a.layers[0][0].in_channels == 2
    assert family.d_b.layers[0][0].in_channels == 6
    assert family.discriminator_scores(ctx.batch.real).shape == (6,)


@pytest.mark.parametrize("side", [16, 28, 32, 64])
def test_every_size_is_translated_there_and_back(side):
    family = make(DataSpec("images", (3, side, side), 10, (1, side, side)), z_dim=3)
    a, b = torch.zeros(2, 1, side, side), torch.zeros(2, 3, side, side)
    ways = both_ways(family, a, b, torch.zeros(2, 3))
    assert [image.shape for image in ways] == [a.shape, b.shape, a.shape, b.shape, a.shape, b.shape]


def test_sizes_it_cannot_have_are_told():
    with pytest.raises(UserError, match="width must be a multiple of 4"):
        make(SCENES, width=10)
    with pytest.raises(UserError, match="1 or 3 channels"):
        make(DataSpec("images", (3, 16, 16), other_shape=(2, 16, 16)))


def test_a_short_training_of_the_shipped_kind_keeps_the_strokes_where_they_are():
    torch.set_num_threads(1)
    data = load_dataset("digits-scenes")
    training = TrainingSettings(batch_size=32, steps=60, ema_decay=0.9)
    config = resolve_config(
        RunConfig(family="discogan", dataset="digits-scenes", settings={"width": 12}, training=training)
    )
    family = build_family(config, data.spec)
    stream = BatchStream(data, 32, torch.Generator().manual_seed(0))
    for _ in Trainer(family, stream, training, torch.device("cpu")).run(record=lambda step: False):
        pass
    a = data.other.batch(torch.arange(64)).real
    with torch.no_grad():
        ab = family.translate(a, torch.randn(64, 8, generator=torch.Generator().manual_seed(0)))
    ink, made = a.flatten(1), ab.amax(1).flatten(1)
    likeness = torch.stack([torch.corrcoef(torch.stack(pair))[0, 1] for pair in zip(ink, made, strict=True)])
    assert likeness.mean() > 0.5
