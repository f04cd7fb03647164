"""StackGAN's parts against known answers: its KL, its wrong sentences, its stages one after the other."""

import pytest
import torch

from gan_core.data.captions import ATTRIBUTES, TEXT, said, write_all
from gan_core.data.scenes import draw_attributes
from gan_core.families.stackgan import Stackgan
from gan_core.families.stackgan_generators import ConditioningAugmentation, standard_normal_kl
from gan_core.families.stackgan_parts import Heads, MatchJudge, TextEncoder
from gan_core.families.stackgan_reading import matching_loss, wrong_captions
from gan_core.families.stackgan_settings import StackganSettings
from gan_core.formulas import formula_of
from gan_core.layers import packed
from gan_core.losses import LOSSES
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.settings import UserError
from gan_core.text_spec import OPEN

SMALL = {
    "width": 4, "stage2_width": 8, "text_dims": 8, "word_dims": 4, "condition_dims": 4, "z_dim": 3,
    "text_steps": 5, "stage1_steps": 7,
}  # fmt: skip


def build(**settings):
    torch.manual_seed(0)
    return Stackgan(StackganSettings(**{**SMALL, **settings}), spec(32))


def spec(side):
    return DataSpec("images", (3, side, side), text=TEXT, attributes=ATTRIBUTES)


def captions_of(n, seed=0):
    rows = draw_attributes(n, torch.Generator().manual_seed(seed), test=False)
    return torch.stack([TEXT.ids(words) for words in write_all(rows.numpy(), seed, complete=False)])


def context(family, step, n=8, upcoming=()):
    real = torch.rand(n, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    captions = captions_of(n)
    rows = torch.tensor([said(TEXT.decode(row).split()) for row in captions])
    batch = Batch(real, captions=captions, said=rows)
    return StepContext(batch, torch.Generator().manual_seed(1), step, frozenset(upcoming))


def names_by(heads, features):
    """The likeliest value of each attribute, `(N, K)`."""
    scores = heads.scores(features.float()).split(heads.sizes, dim=1)
    return torch.stack([own.argmax(dim=1) for own in scores], dim=1)


def test_kl_of_the_conditions_is_the_integral_of_the_definition():
    mean, log_variance = torch.tensor([[0.7, -1.2], [0.0, 2.0]]), torch.tensor([[0.3, -1.0], [0.0, 0.5]])
    x = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    deviation = torch.exp(0.5 * log_variance.double())[..., None]
    log_p = -0.5 * ((x - mean.double()[..., None]) / deviation) ** 2 - deviation.log()
    log_ratio = log_p + 0.5 * x**2  # the constants of both normals cancel
    expected = (torch.exp(log_p) / (2 * torch.pi) ** 0.5 * log_ratio).sum(dim=-1) * (x[1] - x[0])
    torch.testing.assert_close(
        standard_normal_kl(mean, log_variance).double(), expected.sum(1).mean(), rtol=1e-5, atol=0
    )
    assert standard_normal_kl(torch.zeros(2, 3), torch.zeros(2, 3)) == 0


def test_conditions_are_drawn_from_the_law_they_come_with():
    torch.manual_seed(0)
    augmentation = ConditioningAugmentation(4, 3)
    embedding = torch.randn(1, 4).expand(20_000, -1)
    with torch.no_grad():
        condition, mean, log_variance = augmentation(embedding, torch.randn(20_000, 3))
    torch.testing.assert_close(condition.mean(0), mean[0], atol=0.05, rtol=0)
    torch.testing.assert_close(condition.var(0), log_variance[0].exp(), atol=0.05, rtol=0.05)


def test_wrong_sentences_never_say_the_same_and_half_differ_in_one_word():
    captions = captions_of(400)
    captions[1::10] = captions[::10]  # neighbours that say the same
    wrong = wrong_captions(TEXT, captions, torch.Generator().manual_seed(0))
    differ = (TEXT.usual(wrong) != TEXT.usual(captions)).sum(dim=1)
    assert (differ > 0).all()
    assert 0.4 < (differ == 1).float().mean() < 0.75
    assert (differ > 3).float().mean() > 0.2


def test_an_embedding_is_the_state_after_the_last_word():
    torch.manual_seed(0)
    encoder = TextEncoder(TEXT.tokens, 4, 8)
    short = TEXT.encode("a red three")
    padded = encoder(short)
    states, _ = encoder.reading(encoder.words(short[:, :3]))
    torch.testing.assert_close(padded, states[:, -1])


def test_heads_cost_nothing_where_nothing_is_said_and_the_rest_is_summed_over_attributes():
    torch.manual_seed(0)
    heads, features = Heads(5, (2, 3)), torch.randn(4, 5)
    said = torch.tensor([[1, OPEN], [OPEN, OPEN], [0, 2], [OPEN, 0]])
    first, second = heads.scores(features).split([2, 3], dim=1)
    p, q = first.log_softmax(dim=1), second.log_softmax(dim=1)
    expected = -(p[0, 1] + p[2, 0] + q[2, 2] + q[3, 0]) / 4
    torch.testing.assert_close(heads(features, said), expected)
    assert heads(features, torch.full((4, 2), OPEN)) == 0


def test_matching_is_easy_where_each_matches_its_own_and_a_guess_where_all_match_alike():
    own = torch.cat([20 * torch.eye(4), torch.zeros(4, 4)], dim=1)
    assert matching_loss(own) < 0.01
    expected = torch.tensor(8.0).log() + torch.tensor(4.0).log()
    torch.testing.assert_close(matching_loss(torch.ones(4, 8)), expected)


def test_the_judge_reads_the_sentence_as_a_product_with_its_features():
    torch.manual_seed(0)
    judge = MatchJudge((3, 8, 8), 4, 6, 5, (2, 3), small=True)
    x, text = torch.randn(2, 3, 8, 8), torch.randn(2, 5)
    features = judge.features(x)
    expected = judge.realness(features)[:, 0] + (features * judge.matching(text)).sum(1) / 6**0.5
    torch.testing.assert_close(judge.verdict(x, text).logits, expected)
    without_sentence = judge.realness(features)[:, 0]
    torch.testing.assert_close(without_sentence + judge.matches(features, text).diagonal(), expected)


def test_the_parts_learn_one_after_the_other():
    family = build()
    names = [{p.name for p in family.phases() if p.is_open(step)} for step in (0, 4, 5, 11, 12, 99)]
    reading = {"reading/pictures", "reading/sentences"}
    first, second = ({f"stage{k}/{role}" for role in ("discriminator", "generator")} for k in (1, 2))
    assert names == [reading, reading, first, first, second, second]


def test_a_wrong_sentence_beside_a_real_picture_counts_as_a_fake():
    family = build(r1_gamma=0.0)
    phase = next(p for p in family.phases() if p.name == "stage2/discriminator")
    ctx = context(family, 13)
    output = phase.compute(ctx)
    embedding = family.text_encoder(ctx.batch.captions)
    judge = family.stage2_discriminator
    real = judge.verdict(ctx.batch.real, embedding).logits
    fake = judge.verdict(ctx.shared["fake"][0], embedding).logits
    wrong_score = output.stats["d_wrong_text"]
    assert not torch.allclose(wrong_score, real.sigmoid().mean(), atol=1e-6)
    softplus = torch.nn.functional.softplus
    without = softplus(-real).mean() + 0.5 * softplus(fake).mean()
    rest = output.losses["adversarial"] - without
    assert 0 < rest < 2
    torch.testing.assert_close(rest, torch.tensor(0.5 * 0.6931), atol=0.1, rtol=0)  # an untrained D guesses


@pytest.mark.parametrize("stage", [1, 2])
def test_generators_answer_for_what_their_judge_names_in_what_they_draw(stage):
    family = build()
    phase = next(p for p in family.phases() if p.name == f"stage{stage}/generator")
    ctx = context(family, 8, upcoming={phase.name})
    losses = phase.compute(ctx).losses
    fake, judge = ctx.shared["fake"][0], getattr(family, f"stage{stage}_discriminator")
    weight = family.settings.lambda_sketch_naming if stage == 1 else family.settings.lambda_naming
    expected = weight * judge.heads(judge.features(fake), ctx.batch.said)
    torch.testing.assert_close(losses["naming"], expected)
    assert fake.shape[-1] == (8 if stage == 1 else 32)
    assert "naming" not in phase_losses(build(lambda_naming=0.0, lambda_sketch_naming=0.0), stage)


@pytest.mark.parametrize("stage", [1, 2])
def test_judges_learn_to_name_from_real_pictures_alone(stage):
    family = build(r1_gamma=0.0)
    phase = next(p for p in family.phases() if p.name == f"stage{stage}/discriminator")
    ctx = context(family, 13)
    losses = phase.compute(ctx).losses
    judge, real = getattr(family, f"stage{stage}_discriminator"), ctx.batch.real
    if stage == 1:
        real = torch.nn.functional.avg_pool2d(real, 4)
    torch.testing.assert_close(losses["naming"], judge.heads(judge.features(real), ctx.batch.said))


def phase_losses(family, stage):
    phase = next(p for p in family.phases() if p.name == f"stage{stage}/generator")
    return phase.compute(context(family, 8, upcoming={phase.name})).losses


def test_stage_two_leaves_the_sketch_alone():
    family = build()
    phase = next(p for p in family.phases() if p.name == "stage2/generator")
    torch.stack(
        list(phase.compute(context(family, 13, upcoming={phase.name})).losses.values())
    ).sum().backward()
    assert all(p.grad is None for p in family.stage1_generator.parameters())
    assert all(p.grad is not None for p in family.stage2_generator.parameters())


def test_it_learns_to_read_which_of_two_words_a_picture_is():
    family = build(text_dims=16, word_dims=8)
    pictures, sentences = family.phases()[:2]
    optimizers = [
        torch.optim.Adam([p for module in phase.trains for p in module.parameters()], 1e-2)
        for phase in (pictures, sentences)
    ]
    rng = torch.Generator().manual_seed(0)
    words = "a red one", "a blue one"
    both = torch.cat([TEXT.encode(sentence) for sentence in words])
    rows = torch.tensor([said(sentence.split()) for sentence in words])
    losses = []
    for step in range(60):
        y = torch.randint(2, (8,), generator=rng)
        real = torch.full((8, 3, 32, 32), -1.0)
        real[torch.arange(8), y * 2] = 1.0
        ctx = StepContext(Batch(real, captions=both[y], said=rows[y]), rng, step)
        losses.append({})
        for phase, optimizer in zip((pictures, sentences), optimizers, strict=True):
            output = phase.compute(ctx)
            optimizer.zero_grad()
            torch.stack(list(output.losses.values())).sum().backward()
            optimizer.step()
            losses[-1] |= {name: float(loss.detach()) for name, loss in output.losses.items()}
    for name in ("naming", "naming_sketch", "naming_picture"):
        assert losses[-1][name] < 0.5 < 5 < losses[0][name]
    shown = real[[int((y == k).int().argmax()) for k in (0, 1)]]
    judge = family.stage2_discriminator
    with torch.no_grad():
        features = judge.features(shown)
        matches = judge.matches(features, family.text_encoder(both))
        names = names_by(judge.heads, features)
        assert torch.equal(names[rows != OPEN], rows[rows != OPEN])
    assert torch.equal(matches.argmax(dim=1), torch.tensor([0, 1]))
    assert torch.equal(matches.argmax(dim=0), torch.tensor([0, 1]))


def test_a_caption_that_joins_two_things_without_a_place_teaches_no_heads():
    family = build()
    sentence = "a red three and a blue seven"
    captions, rows = TEXT.encode(sentence), torch.tensor([said(sentence.split())])
    real = torch.zeros(1, 3, 32, 32)
    ctx = StepContext(Batch(real, captions=captions, said=rows), torch.Generator().manual_seed(0), 0)
    pictures, sentences = (phase.compute(ctx).losses for phase in family.phases()[:2])
    assert pictures["naming_sketch"] == pictures["naming_picture"] == sentences["naming"] == 0
    assert sentences["matching_picture"] > 0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DataSpec("images", (1, 16, 16), 10), "this data set has no captions; choose captioned-digits"),
        (DataSpec("images", (3, 32, 32), text=TEXT), "which attributes, but of this data set none"),
        (spec(48), "16, 32, 64, 128 pixels, got 48; set image_size=64"),
        (DataSpec("points", (2,)), "learns images, but the data set holds points"),
    ],
)
def test_data_it_cannot_learn_are_refused(data, message):
    with pytest.raises(UserError, match=message):
        Stackgan(StackganSettings(**SMALL), data)


# --- the game of its stages ---------------------------------------------------------------------------------


def phase_of(family, name):
    return next(phase for phase in family.phases() if phase.name == name)


@pytest.mark.parametrize("packing", [1, 2])
def test_packs_are_joined_behind_the_features_and_each_picture_keeps_its_sentence(packing):
    family = build(packing=packing)
    judge = family.stage2_discriminator
    x, text = torch.rand(4, 3, 32, 32), torch.randn(4, 8)
    verdict = judge.verdict(packed(x, packing), packed(text, packing))
    alone = torch.cat([judge.trunk(picture[None]) for picture in x])
    torch.testing.assert_close(verdict.features, alone)
    real = judge.realness(alone.view(4 // packing, -1)).squeeze(1)
    match = (alone * judge.matching(text)).sum(1) / alone.shape[1] ** 0.5
    torch.testing.assert_close(verdict.logits, real + match.view(-1, packing).sum(1))


def test_packing_and_the_deviation_leave_reading_as_it_is():
    single, both = build(), build(packing=2, minibatch_std=True)
    for name, network in single.modules().items():
        ours, theirs = both.modules()[name].state_dict(), network.state_dict()
        differing = {key for key in theirs if ours[key].shape != theirs[key].shape}
        assert differing == ({"realness.weight"} if "discriminator" in name else set())
    ctx = context(both, 0)
    assert phase_of(both, "reading/pictures").compute(ctx).losses.keys() == {
        "matching_sketch", "matching_picture", "naming_sketch", "naming_picture"
    }  # fmt: skip


def test_only_what_says_real_is_told_the_deviation():
    judge = build(minibatch_std=True).stage2_discriminator
    x, text = torch.rand(4, 3, 32, 32), torch.randn(4, 8)
    with torch.no_grad():
        judge.realness.weight[:, :-1] = 0
        judge.matching.weight.zero_()
    varied, same = judge.verdict(x, text).logits, judge.verdict(x[:1].expand(4, -1, -1, -1), text).logits
    number = judge.trunk(x).std(0, correction=0).square().add(1e-8).sqrt().mean()
    torch.testing.assert_close(
        varied, (judge.realness.weight[0, -1] * number + judge.realness.bias).expand(4)
    )
    assert (varied - same).abs().min() > 0


@pytest.mark.parametrize("packing", [1, 2])
@pytest.mark.parametrize("loss", ["non_saturating", "hinge", "wasserstein"])
@pytest.mark.parametrize("relativistic", [False, True])
def test_half_of_the_doubts_are_of_drawn_pictures_and_half_of_wrong_sentences(packing, loss, relativistic):
    family = build(packing=packing, loss=loss, relativistic=relativistic, r1_gamma=0.0)
    ctx = context(family, 13)
    output = phase_of(family, "stage2/discriminator").compute(ctx)
    again = context(family, 13)
    z_taken = family.sample_z(8, again.rng)
    assert z_taken.shape == (8, 3 + 2 * 4)
    wrong = family.text_encoder(wrong_captions(TEXT, again.batch.captions, again.rng))
    right = family.text_encoder(ctx.batch.captions)
    judge = family.stage2_discriminator
    on_real, on_fake, on_wrong = (
        judge.verdict(packed(x, packing), packed(text, packing)).logits
        for x, text in ((ctx.batch.real, right), (ctx.shared["fake"][0], right), (ctx.batch.real, wrong))
    )
    game = LOSSES[loss]
    if relativistic:
        doubts = [game.real_part(on_real - other, 1.0) for other in (on_fake, on_wrong)]
        expected = (doubts[0] + doubts[1]) / 2
    else:
        expected = game.real_part(on_real, 1.0) + (game.fake_part(on_fake) + game.fake_part(on_wrong)) / 2
    torch.testing.assert_close(output.losses["adversarial"], expected)
    torch.testing.assert_close(output.stats["d_wrong_text"], game.score(on_wrong).mean())


@pytest.mark.parametrize(("setting", "loss"), [("lambda_gp", "gradient_penalty"), ("r1_gamma", "r1")])
def test_penalties_see_packs_with_their_sentences(setting, loss):
    family = build(**{"packing": 2, "r1_gamma": 0.0, "penalty_every": 1, setting: 2.0})
    output = phase_of(family, "stage1/discriminator").compute(context(family, 6))
    assert output.losses[loss] > 0
    if setting == "r1_gamma":
        sketches = torch.nn.functional.avg_pool2d(context(family, 6).batch.real, 4)
        packs = packed(sketches, 2).requires_grad_()
        told = packed(family.text_encoder(context(family, 6).batch.captions), 2)
        logits = family.stage1_discriminator.verdict(packs, told).logits
        (slope,) = torch.autograd.grad(logits.sum(), packs)
        torch.testing.assert_close(output.losses[loss], slope.flatten(1).square().sum(1).mean())


def test_spectral_norm_takes_the_place_of_group_norm_in_what_judges():
    judge = build(discriminator_norm="spectral").stage2_discriminator
    assert not any(isinstance(layer, torch.nn.GroupNorm) for layer in judge.modules())
    for layer in (judge.trunk[2], judge.realness, judge.matching):
        norm = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
        torch.testing.assert_close(norm, torch.tensor(1.0), atol=0.02, rtol=0)
    assert not torch.nn.utils.parametrize.is_parametrized(judge.heads.scores)


def test_a_caption_is_scored_with_those_that_follow_it():
    family = build(packing=2)
    x, captions = context(family, 0).batch.real[:3], captions_of(3)
    text = family.text_encoder(captions)
    pair = family.stage2_discriminator.verdict(
        torch.cat([x[2], x[0]])[None], torch.cat([text[2], text[0]])[None]
    )
    torch.testing.assert_close(family.caption_scores(captions, x)[2:], pair.logits.sigmoid())


def test_updates_for_each_of_the_other_network_hold_in_both_stages():
    every = {phase.name: phase.every for phase in build(d_steps=3).phases()}
    assert [every[f"stage{k}/generator"] for k in (1, 2)] == [3, 3]
    assert {n for name, n in every.items() if "generator" not in name} == {1}


def test_a_live_weight_reaches_the_stages():
    family = build(lambda_naming=0.0, lambda_sketch_naming=0.0)
    family.settings = family.settings.model_copy(update={"lambda_sketch_naming": 2.0})
    family.phases()
    assert "naming" in phase_losses(family, 1)
    assert "naming" not in phase_losses(family, 2)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_of_a_stage_has_its_formula(loss):
    family = build(loss=loss, lambda_gp=1.0, r2_gamma=1.0, penalty_every=1)
    for name in ("stage2/discriminator", "stage2/generator"):
        ctx = context(family, 13, upcoming={name})
        for part in phase_of(family, name).compute(ctx).losses:
            assert formula_of(family.formulas(), name, part)
    assert family.formulas()["discriminator/adversarial"].count("C(x, t')") == 1
