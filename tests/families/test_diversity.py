"""Packs, minibatch deviation, unrolled discriminators and instance noise, against independent formulas."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gan_core.building import build_family, resolve_config
from gan_core.data.captions import ATTRIBUTES, TEXT, write_all
from gan_core.data.scenes import draw_attributes
from gan_core.families.mlp import MlpGan, MlpSettings
from gan_core.families.unrolling import unrolled
from gan_core.layers import MapDeviation, MinibatchDeviation, groups_apart, in_company, packed
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.precision import choose_precision
from gan_core.settings import RunConfig, TrainingSettings, UserError
from gan_core.trainer import FLOAT32, Precision, Trainer

CPU = torch.device("cpu")
POINTS, IMAGES = DataSpec("points", (2,)), DataSpec("images", (1, 16, 16), 10)
TOLD = DataSpec("images", (3, 16, 16), text=TEXT, attributes=ATTRIBUTES)
SMALL = {
    "mlp": {"generator_width": 8, "discriminator_width": 8, "z_dim": 4},
    "dcgan": {"width": 4, "stem_width": 8, "head_width": 8, "z_dim": 4},
    "cgan": {"width": 4, "stem_width": 8, "head_width": 8, "z_dim": 4},
    "infogan": {"width": 4, "stem_width": 8, "head_width": 8, "z_dim": 4, "q_width": 8},
    "lapgan": {"width": 4, "head_width": 8, "z_dim": 4, "detail_dims": 4},
    "pix2pix": {"width": 4, "code_width": 8, "z_dim": 4},
    "srgan": {
        "width": 4,
        "blocks": 1,
        "discriminator_width": 4,
        "head_width": 8,
        "warm_up_steps": 0,
        "compare_by": "discriminator",
    },
    "rgan": {"generator_width": 8, "discriminator_width": 8},
    "stackgan": {
        "width": 4,
        "stage2_width": 8,
        "text_dims": 8,
        "word_dims": 4,
        "condition_dims": 4,
        "z_dim": 4,
        "text_steps": 1,
        "stage1_steps": 1,
    },
}


class Repeated:
    """A stream of seeded random batches."""

    def __init__(self, spec, batch_size):
        self.spec, self.batch_size = spec, batch_size
        self.rng = torch.Generator().manual_seed(0)

    def next(self):
        real = torch.rand(self.batch_size, *self.spec.shape, generator=self.rng) * 2 - 1
        y = torch.randint(10, (self.batch_size,), generator=self.rng)
        if self.spec.text is None:
            return Batch(real, y if self.spec.num_classes else None)
        rows = draw_attributes(self.batch_size, self.rng, test=False)
        captions = torch.stack([TEXT.ids(words) for words in write_all(rows.numpy(), 0, complete=True)])
        return Batch(real, captions=captions, attributes=rows)

    def state_dict(self):
        return {"rng": self.rng.get_state()}

    def load_state_dict(self, state):
        self.rng.set_state(state["rng"])


def config(name, batch_size=12, **settings):
    return resolve_config(
        RunConfig(
            family=name,
            dataset="-",
            settings=SMALL[name] | settings,
            training=TrainingSettings(batch_size=batch_size),
        )
    )


def family(name, **settings):
    data = {"mlp": POINTS, "stackgan": TOLD}.get(name, IMAGES)
    return build_family(config(name, **settings), data)


def trainer(name, precision=FLOAT32, **settings):
    made = family(name, **settings)
    return Trainer(made, Repeated(made.data, 12), TrainingSettings(batch_size=12), CPU, precision)


def context(gan, n=12, step=0):
    rng = torch.Generator().manual_seed(5)
    real = torch.rand(n, *gan.data.shape, generator=rng) * 2 - 1
    y = torch.arange(n) % 10 if gan.data.num_classes else None
    return StepContext(Batch(real, y), rng, step, upcoming=frozenset({"discriminator", "generator"}))


# --- packing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2,), (3, 4, 4)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_pack_is_the_examples_side_by_side(shape, layout):
    x = torch.randn(6, *shape)
    if len(shape) == 3:
        x = x.contiguous(memory_format=layout)
    packs = packed(x, 3)
    assert packs.shape == (2, 3 * shape[0], *shape[1:])
    torch.testing.assert_close(packs[1], torch.cat([x[3], x[4], x[5]]), rtol=0, atol=0)
    if len(shape) == 3:
        assert packs.is_contiguous(memory_format=layout)
    assert packed(x, 1) is x


def test_labels_are_packed_like_their_examples():
    y = torch.arange(6)
    assert packed(y, 2).tolist() == [[0, 1], [2, 3], [4, 5]]
    assert in_company(torch.arange(3), 2).tolist() == [[0, 1], [1, 2], [2, 0]]


@pytest.mark.parametrize("name", ["mlp", "dcgan", "pix2pix", "srgan"])
def test_packing_widens_the_first_layer_of_d_and_nothing_else(name):
    single, packs = family(name), family(name, packing=3)
    ours, theirs = packs.discriminator.state_dict(), single.discriminator.state_dict()
    differing = [key for key in theirs if ours[key].shape != theirs[key].shape]
    assert differing == [next(iter(theirs))]
    assert ours[differing[0]].shape[1] == 3 * theirs[differing[0]].shape[1]
    assert packs.generator.state_dict().keys() == single.generator.state_dict().keys()


def test_packed_losses_and_gradients_equal_those_written_by_hand():
    gan = family("mlp", packing=2, relativistic=False, r1_gamma=0.0, r2_gamma=0.0)
    ctx = context(gan)
    on_d = gan.phases()[0].compute(ctx).losses["adversarial"]
    weights = list(gan.discriminator.parameters())
    gradients = torch.autograd.grad(on_d, weights)
    fake, real = ctx.shared["fake"], ctx.batch.real
    pairs = [torch.cat([x[0::2], x[1::2]], dim=1) for x in (real, fake)]
    real_logits, fake_logits = (gan.discriminator(pair) for pair in pairs)
    ones, zeros = torch.ones(6), torch.zeros(6)
    by_hand = F.binary_cross_entropy_with_logits(real_logits, ones)
    by_hand = by_hand + F.binary_cross_entropy_with_logits(fake_logits, zeros)
    torch.testing.assert_close(on_d, by_hand)
    torch.testing.assert_close(gradients, torch.autograd.grad(by_hand, weights, retain_graph=True))
    on_g = gan.phases()[1].compute(ctx).losses["adversarial"]
    hand_g = F.binary_cross_entropy_with_logits(gan.discriminator(pairs[1]), ones)
    torch.testing.assert_close(on_g, hand_g)
    weights = list(gan.generator.parameters())
    torch.testing.assert_close(
        torch.autograd.grad(on_g, weights, retain_graph=True), torch.autograd.grad(hand_g, weights)
    )


def test_r1_of_a_packed_d_is_the_gradient_norm_of_the_whole_pack():
    gan = family("mlp", packing=2, relativistic=False, r1_gamma=1.0, r2_gamma=0.0)
    ctx = context(gan)
    measured = gan.phases()[0].compute(ctx).losses["r1"]
    pairs = torch.cat([ctx.batch.real[0::2], ctx.batch.real[1::2]], dim=1)
    jacobian = torch.autograd.functional.jacobian(gan.discriminator, pairs)  # (6, 6, 4)
    norms = jacobian[range(6), range(6)].square().sum(1)
    torch.testing.assert_close(measured, 0.5 * norms.mean())


def test_an_example_is_scored_among_those_that_follow_it():
    gan = family("mlp", packing=2)
    x = torch.randn(5, 2)
    scores = gan.discriminator_scores(x)
    pairs = torch.cat([x, x[[1, 2, 3, 4, 0]]], dim=1)
    torch.testing.assert_close(scores, torch.sigmoid(gan.discriminator(pairs)))
    assert gan.discriminator_scores(x[:1]).shape == (1,)


def test_the_field_of_a_packed_d_is_taken_among_generated_points_and_repeats_itself():
    gan = family("mlp", packing=3)
    points = torch.randn(7, 2)
    field = gan.discriminator_field(points)
    assert torch.equal(field, gan.discriminator_field(points))
    torch.testing.assert_close(field[:2], gan.discriminator_field(points[:2]))  # a point is for itself
    z = gan.sample_z(16, torch.Generator().manual_seed(0))
    mates = gan.generate(z).reshape(8, 4)
    scores = [torch.sigmoid(gan.discriminator(torch.cat([points[0], each])[None])) for each in mates]
    torch.testing.assert_close(field[0], torch.cat(scores).mean())
    plain = family("mlp")
    assert torch.equal(plain.discriminator_field(points), plain.discriminator_scores(points))


def test_projection_adds_the_product_of_every_image_of_a_pack():
    gan = family("cgan", packing=2)
    gan.discriminator.eval()
    x, y = torch.rand(4, 1, 16, 16), torch.tensor([1, 2, 3, 4])
    judge = gan.discriminator
    pair = torch.cat([x[0::2], x[1::2]], dim=1)
    logits = gan.judge(pair, (packed(y, 2),)).logits
    features = judge.trunk(pair)
    rows = judge.classes.weight.view(2, 10, -1)  # place, class, feature
    expected = judge.output(features).flatten()
    expected = expected + (features * (rows[0, [1, 3]] + rows[1, [2, 4]])).sum(1)
    torch.testing.assert_close(logits, expected)


def test_a_packed_classifier_names_the_class_of_every_image():
    gan = family("cgan", packing=3, discriminator_condition="classifier")
    ctx = context(gan)
    loss = gan.phases()[0].compute(ctx).losses["class"]
    packs = ctx.batch.real.view(4, 3, 16, 16)
    with groups_apart(gan.discriminator, 1):
        features = gan.discriminator.trunk(packs)
    scores = gan.discriminator.classes(features).view(4, 3, 10)
    y = ctx.batch.y.view(4, 3)
    by_hand = -sum(scores[i, j].log_softmax(0)[y[i, j]] for i in range(4) for j in range(3)) / 12
    torch.testing.assert_close(loss, by_hand)


@pytest.mark.parametrize(
    ("settings", "batch_size", "sentence"),
    [
        ({"packing": 3}, 64, "must be a multiple of 3, .* got 64; set batch_size=63"),
        ({"packing": 4}, 2, "must be a multiple of 4, .* got 2; set batch_size=4"),
        ({"minibatch_std": True, "minibatch_std_group": 5}, 64, "multiple of 5, .* set batch_size=60"),
        ({"packing": 2, "minibatch_std": True, "minibatch_std_group": 8}, 24, "multiple of 16"),
        ({"minibatch_std_group": 1}, 64, "one example has no deviation"),
    ],
)
def test_batches_that_do_not_divide_are_refused_in_one_sentence(settings, batch_size, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        config("dcgan", batch_size, **settings)
    assert "\n" not in str(caught.value)


def test_infogan_packs_the_features_so_that_q_reads_the_codes_of_single_images():
    gan = family("infogan", packing=2)
    single = family("infogan")
    judge = gan.discriminator
    judge.eval()
    x = torch.rand(4, 1, 16, 16)
    verdict = gan.judge(packed(x, 2), ())
    alone = torch.cat([judge.trunk(image[None]) for image in x])
    torch.testing.assert_close(verdict.features, alone)
    pairs = torch.cat([alone[0::2], alone[1::2]], dim=1)
    torch.testing.assert_close(verdict.logits, judge.output(judge.head(pairs)).flatten())
    assert gan.read_codes(x)[0].shape == single.read_codes(x)[0].shape == (4, 10)
    assert judge.head[0].weight.shape[1] == 2 * single.discriminator.head[0].weight.shape[1]


def test_arithmetic_is_timed_on_whole_packs():
    gan = build_family(config("mlp", 60, packing=5), POINTS)
    batch = Batch(torch.randn(60, 2))
    training = TrainingSettings(batch_size=60, precision="float32")
    assert choose_precision(gan, batch, training, CPU, threads=1).precision == Precision("float32", False, 1)


def test_packing_widens_the_first_layer_of_every_level():
    single, packs = (family("lapgan", packing=packing).modules() for packing in (1, 3))
    for name, network in single.items():
        ours, theirs = packs[name].state_dict(), network.state_dict()
        differing = [key for key in theirs if ours[key].shape != theirs[key].shape]
        assert differing == ([next(iter(theirs))] if "discriminator" in name else [])
        assert all(ours[key].shape[1] == 3 * theirs[key].shape[1] for key in differing)


def test_a_picture_and_its_condition_are_scored_among_the_pairs_that_follow():
    gan = family("pix2pix", packing=2)
    gan.discriminator.eval()
    x = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    given = gan.condition_of(x, torch.Generator())
    scores = gan.pair_scores(given, x)
    pack = torch.cat([x[3], x[0], given[3], given[0]])[None]
    torch.testing.assert_close(scores[3:], torch.sigmoid(gan.discriminator(pack)).mean(1))


def test_every_level_scores_a_picture_among_those_that_follow():
    gan = family("lapgan", packing=2, class_conditional=True)
    for network in gan.modules().values():
        network.eval()
    x = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    y = torch.tensor([1, 2, 3, 4])
    scores = gan.discriminator_scores(x, y)
    assert scores.shape == (4,)
    turned = gan.discriminator_scores(x[[3, 0, 1, 2]], y[[3, 0, 1, 2]])
    torch.testing.assert_close(turned, scores[[3, 0, 1, 2]])  # the order goes round
    assert not torch.allclose(gan.discriminator_scores(x[[0, 2, 1, 3]], y[[0, 2, 1, 3]])[0], scores[0])


# --- minibatch deviation ------------------------------------------------------------------------------------


def by_hand_deviation(x):
    """The paper's statistic of `(n, d)`, in loops."""
    n, d = x.shape
    means = [sum(x[i, j] for i in range(n)) / n for j in range(d)]
    stds = [(sum((x[i, j] - means[j]) ** 2 for i in range(n)) / n + 1e-8) ** 0.5 for j in range(d)]
    return sum(stds) / d


def test_deviation_equals_the_formula_in_value_and_gradient():
    layer, x = MinibatchDeviation(copies=3), torch.randn(5, 4, requires_grad=True)
    out = layer(x)
    assert out.shape == (5, 7)
    assert torch.equal(out[:, :4], x)
    torch.testing.assert_close(out[:, 4:], by_hand_deviation(x).expand(5, 3))
    (measured,) = torch.autograd.grad(out[:, 4:].sum(), x)
    (expected,) = torch.autograd.grad(15 * by_hand_deviation(x), x)
    torch.testing.assert_close(measured, expected)


def test_the_deviation_of_maps_is_one_more_map_of_it():
    x = torch.randn(5, 2, 3, 3)
    out = MapDeviation()(x)
    assert torch.equal(out[:, :2], x)
    torch.testing.assert_close(out[:, 2], by_hand_deviation(x.flatten(1)).expand(5, 3, 3))


def test_deviation_of_equal_examples_is_next_to_nothing_and_has_a_finite_gradient():
    layer, x = MinibatchDeviation(), torch.ones(6, 3, requires_grad=True)
    out = layer(x)
    assert out[:, 3].max() < 1e-3
    (gradient,) = torch.autograd.grad(out.sum(), x)
    assert torch.isfinite(gradient).all()


def test_groups_of_a_batch_have_their_own_deviation():
    layer, x = MinibatchDeviation(group_size=2), torch.randn(6, 3)
    out = layer(x)[:, 3]
    for i in range(3):  # a group is every third example
        torch.testing.assert_close(out[i], by_hand_deviation(x[[i, i + 3]]))
        torch.testing.assert_close(out[i + 3], out[i])


def test_real_and_generated_examples_are_judged_apart():
    layer = MinibatchDeviation()
    real, fake = torch.randn(4, 3), torch.zeros(4, 3)
    with groups_apart(layer, 2):
        out = layer(torch.cat([real, fake]))
    torch.testing.assert_close(out[:4, 3], by_hand_deviation(real).expand(4))
    assert out[4:, 3].max() < 1e-3


@pytest.mark.parametrize("name", ["mlp", "dcgan"])
def test_d_gives_in_one_pass_what_it_gives_for_each_batch_alone(name):
    gan = family(name, minibatch_std=True)
    ctx = context(gan)
    fake = gan._fake(ctx).detach()
    on_real, on_fake = gan._verdicts(ctx, ctx.batch.real, fake)
    torch.testing.assert_close(on_real.logits, gan.discriminator(ctx.batch.real))
    torch.testing.assert_close(on_fake.logits, gan.discriminator(fake))
    mixed = gan.discriminator(torch.cat([ctx.batch.real, fake]))
    assert not torch.allclose(mixed[:12], on_real.logits)


def test_g_learns_through_the_deviation():
    gan = family("mlp", minibatch_std=True, relativistic=False)
    layer = next(m for m in gan.discriminator.modules() if isinstance(m, MinibatchDeviation))
    reader = next(m for m in gan.discriminator.modules() if isinstance(m, nn.Linear) and m.in_features == 9)
    with torch.no_grad():
        reader.weight[:, :-1] = 0  # now D sees nothing but the deviation
    fake = torch.randn(6, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(gan.discriminator(fake).sum(), fake)
    assert gradient.abs().sum() > 0
    layer.eval()
    (gradient,) = torch.autograd.grad(gan.discriminator(fake).sum(), fake)
    assert gradient.abs().sum() == 0


@pytest.mark.parametrize("name", ["mlp", "dcgan", "infogan"])
def test_in_evaluation_the_deviation_is_the_running_one_and_no_example_depends_on_another(name):
    run = trainer(name, minibatch_std=True)
    list(run.run(3))
    real = run.stream.next().real
    with run.sampling() as gan:
        scores = gan.discriminator_scores(real)
        torch.testing.assert_close(scores[:1], gan.discriminator_scores(real[:1]))
    layer = next(m for m in gan.discriminator.modules() if isinstance(m, MinibatchDeviation))
    assert 0 < layer.running < 1
    before = layer.running.clone()
    layer(torch.zeros(4, 3))
    torch.testing.assert_close(layer.running, 0.9 * before + 0.1 * 1e-4)


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_the_deviation_enters_the_last_hidden_layer_of_dense_networks(depth):
    gan = family("mlp", minibatch_std=True, discriminator_depth=depth)
    widths = [m.in_features for m in gan.discriminator.modules() if isinstance(m, nn.Linear)]
    assert widths == {0: [3], 1: [3, 8], 2: [2, 9, 8], 3: [2, 8, 9, 8]}[depth]
    assert gan.discriminator(torch.randn(4, 2)).shape == (4,)


# --- unrolling ----------------------------------------------------------------------------------------------


def test_unrolled_gradient_equals_the_one_derived_by_hand():
    """D(x) = w x, real 1, fake g, objective w (g - 1): w_k = w - k rate (g - 1), and D_k(g) = w_k g."""
    judge = nn.Linear(1, 1, bias=False).double()
    weight, rate, steps = judge.weight.item(), 0.3, 4
    g = torch.tensor([[2.5]], dtype=torch.float64, requires_grad=True)
    real = torch.ones(1, 1, dtype=torch.float64)
    ahead = unrolled(judge, lambda d: (d(g) - d(real)).sum(), steps, rate)
    (gradient,) = torch.autograd.grad(ahead(g).sum(), g)
    torch.testing.assert_close(ahead(g).item(), (weight - steps * rate * 1.5) * 2.5)
    torch.testing.assert_close(gradient.item(), weight - steps * rate * (2 * 2.5 - 1))


def test_unrolled_gradient_equals_finite_differences_of_a_plain_inner_loop():
    torch.manual_seed(0)
    gan = MlpGan(
        MlpSettings(generator_width=3, discriminator_width=4, unroll_steps=3, unroll_rate=0.5), POINTS
    )
    gan.generator.double()
    gan.discriminator.double()
    real, z = torch.randn(4, 2).double(), torch.randn(4, 2).double()

    def loss_of_g(generator):
        """Trains a true copy of D with torch's own SGD."""
        d, fake = copy.deepcopy(gan.discriminator), generator(z)
        optimizer = torch.optim.SGD(d.parameters(), lr=0.5)
        for _ in range(3):
            optimizer.zero_grad()
            (F.softplus(-d(real)).mean() + F.softplus(d(fake.detach())).mean()).backward()
            optimizer.step()
        return F.softplus(-d(fake)).mean().item()

    fake = gan.generator(z)
    d_loss = lambda d: F.softplus(-d(real)).mean() + F.softplus(d(fake)).mean()  # noqa: E731
    loss = F.softplus(-unrolled(gan.discriminator, d_loss, 3, 0.5)(fake)).mean()
    assert loss.item() == pytest.approx(loss_of_g(gan.generator), rel=1e-10)
    weight = gan.generator[0].weight
    (gradient,) = torch.autograd.grad(loss, weight)
    for i, j in ((0, 0), (1, 1), (2, 0)):
        moved = []
        for change in (1e-5, -1e-5):
            other = copy.deepcopy(gan.generator)
            with torch.no_grad():
                other[0].weight[i, j] += change
            moved.append(loss_of_g(other))
        assert gradient[i, j].item() == pytest.approx((moved[0] - moved[1]) / 2e-5, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("settings", [{}, {"spectral_norm": True, "minibatch_std": True}])
def test_unrolling_changes_nothing_of_d_itself(settings):
    run = trainer("mlp", unroll_steps=3, **settings)
    list(run.run(2))
    d = run.family.discriminator
    before = {name: tensor.clone() for name, tensor in d.state_dict().items()}
    list(run.run(1, only="generator"))
    after = d.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_no_foreseen_step_is_the_plain_game_and_some_are_not():
    def gradients(steps):
        gan = family("mlp", unroll_steps=steps, relativistic=True)
        ctx = context(gan)
        loss = gan.phases()[1].compute(ctx).losses["adversarial"]
        return torch.autograd.grad(loss, list(gan.generator.parameters()))

    plain, ahead = gradients(0), gradients(2)
    assert not torch.allclose(plain[0], ahead[0])
    gan = family("mlp", relativistic=True)
    ctx = context(gan)
    fake = gan._fake(ctx)
    zero = unrolled(gan.discriminator, lambda d: d(fake).sum(), 0, 0.1)
    torch.testing.assert_close(zero(fake), gan.discriminator(fake))


# --- instance noise -----------------------------------------------------------------------------------------


def test_instance_noise_falls_evenly_and_stays_where_it_has_no_end():
    gan = family("mlp", instance_noise=0.5, instance_noise_steps=100)
    x = torch.zeros(40_000, 2)
    deviations = [gan._shown(context(gan, step=step), x).std().item() for step in (0, 50, 75, 100, 1000)]
    assert deviations == pytest.approx([0.5, 0.25, 0.125, 0.0, 0.0], rel=0.02)
    gan = family("mlp", instance_noise=0.5)
    assert gan._shown(context(gan, step=1000), x).std().item() == pytest.approx(0.5, rel=0.02)


def test_real_and_generated_examples_get_noise_of_their_own_from_the_steps_source():
    gan = family("mlp", instance_noise=0.3, relativistic=False, r1_gamma=0.0, r2_gamma=0.0)
    ctx = context(gan)
    loss = gan.phases()[0].compute(ctx).losses["adversarial"]
    again = context(gan)
    rng, n = again.rng, len(again.batch.real)
    real = again.batch.real + 0.3 * torch.empty(n, 2).normal_(generator=rng)
    fake = gan.generator(gan.sample_z(n, rng))
    fake = fake + 0.3 * torch.empty(n, 2).normal_(generator=rng)
    by_hand = F.softplus(-gan.discriminator(real)).mean() + F.softplus(gan.discriminator(fake)).mean()
    torch.testing.assert_close(loss, by_hand)


def test_switched_off_it_draws_nothing():
    gan = family("mlp")
    ctx = context(gan)
    before = ctx.rng.get_state()
    assert gan._shown(ctx, ctx.batch.real) is ctx.batch.real
    assert torch.equal(before, ctx.rng.get_state())


# --- all of them --------------------------------------------------------------------------------------------

EVERYTHING = [
    ("mlp", {"packing": 2, "minibatch_std": True, "unroll_steps": 2, "instance_noise": 0.1}),
    ("dcgan", {"packing": 2, "minibatch_std": True, "minibatch_std_group": 3, "instance_noise": 0.1}),
    ("cgan", {"packing": 2, "minibatch_std": True, "discriminator_condition": "concatenation"}),
    ("cgan", {"packing": 3, "discriminator_condition": "classifier", "discriminator_width": 6}),
    ("infogan", {"minibatch_std": True, "packing": 2, "instance_noise": 0.1, "instance_noise_steps": 3}),
    ("lapgan", {"minibatch_std": True, "packing": 2, "discriminator_width": 6, "class_conditional": True}),
    ("lapgan", {"discriminator_norm": "spectral", "loss": "hinge", "minibatch_std": True}),
    ("pix2pix", {"minibatch_std": True, "packing": 2, "discriminator_width": 6}),
    ("srgan", {"minibatch_std": True, "packing": 2, "discriminator_norm": "spectral"}),
    ("stackgan", {"minibatch_std": True, "packing": 2, "instance_noise": 0.1, "discriminator_width": 6}),
    ("stackgan", {"discriminator_norm": "spectral", "loss": "hinge", "d_steps": 2, "relativistic": True}),
    ("rgan", {"minibatch_std": True, "packing": 2, "discriminator_norm": "spectral", "loss": "hinge"}),
]


@pytest.mark.parametrize(("name", "settings"), EVERYTHING)
@pytest.mark.parametrize("precision", [Precision(), Precision("bfloat16", True, 1)])
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(name, settings, precision):
    settings = settings | {"lambda_gp": 0.1}
    whole, first, second = (trainer(name, precision, **settings) for _ in range(3))
    list(whole.run(5))
    list(first.run(2))
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    list(second.run(3))
    for key, module in whole.modules.items():
        theirs = second.modules[key].state_dict()
        assert all(torch.equal(tensor, theirs[n]) for n, tensor in module.state_dict().items())
