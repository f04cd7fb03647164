"""StackGAN's parts against known answers: its KL, its wrong sentences, its stages one after the other."""

import pytest
import torch

from gan_core.data.captions import TEXT, write_all
from gan_core.data.scenes import draw_attributes
from gan_core.families.stackgan import Stackgan
from gan_core.families.stackgan_parts import (
    ConditioningAugmentation,
    Describer,
    MatchJudge,
    TextEncoder,
    matching_loss,
    standard_normal_kl,
)
from gan_core.families.stackgan_settings import StackganSettings
from gan_core.family import Batch, DataSpec, StepContext
from gan_core.settings import UserError

SMALL = {
    "width": 4, "stage2_width": 8, "text_dims": 8, "word_dims": 4, "condition_dims": 4, "z_dim": 3,
    "text_steps": 5, "stage1_steps": 7,
}  # fmt: skip


def build(**settings):
    torch.manual_seed(0)
    return Stackgan(StackganSettings(**{**SMALL, **settings}), DataSpec("images", (3, 32, 32), text=TEXT))


def captions_of(n, seed=0):
    rows = draw_attributes(n, torch.Generator().manual_seed(seed), test=False)
    return torch.stack([TEXT.ids(words) for words in write_all(rows.numpy(), seed, complete=False)])


def context(family, step, n=8, upcoming=()):
    real = torch.rand(n, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    batch = Batch(real, captions=captions_of(n))
    return StepContext(batch, torch.Generator().manual_seed(1), step, frozenset(upcoming))


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
    family, captions = build(), captions_of(400)
    captions[1::10] = captions[::10]  # neighbours that say the same
    wrong = family.wrong_captions(captions, torch.Generator().manual_seed(0))
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


def test_a_describer_that_knows_the_next_word_has_no_loss_and_padding_does_not_count():
    torch.manual_seed(0)
    describer = Describer(4, 4, 8)
    captions = torch.tensor([[1, 2, 0, 0], [3, 0, 0, 0]])
    with torch.no_grad():
        describer.choice.weight.zero_()
        describer.choice.bias.zero_()
    loss = describer(torch.zeros(2, 8), captions)
    torch.testing.assert_close(loss, torch.tensor(4.0).log())
    with torch.no_grad():
        describer.choice.bias[1:] = 50.0
    torch.testing.assert_close(describer(torch.zeros(2, 8), captions), torch.tensor(3.0).log())


def test_matching_is_easy_for_equal_embeddings_and_a_guess_for_constant_ones():
    images = torch.eye(4)
    assert matching_loss(images, torch.cat([images, -images])) < 0.01
    constant = torch.ones(4, 3)
    expected = torch.tensor(8.0).log() + torch.tensor(4.0).log()
    torch.testing.assert_close(matching_loss(constant, constant.repeat(2, 1)), expected)


def test_the_judge_reads_the_sentence_as_a_product_with_its_features():
    torch.manual_seed(0)
    judge = MatchJudge((3, 8, 8), 4, 6, 5, small=True)
    x, text = torch.randn(2, 3, 8, 8), torch.randn(2, 5)
    features = judge.features(x)
    expected = judge.realness(features)[:, 0] + (features * judge.matching(text)).sum(1) / 6**0.5
    torch.testing.assert_close(judge(x, text), expected)


def test_the_parts_learn_one_after_the_other():
    family = build()
    names = [{p.name for p in family.phases() if p.is_open(step)} for step in (0, 4, 5, 11, 12, 99)]
    reading = {"reading"}
    first, second = ({f"stage{k}/{role}" for role in ("discriminator", "generator")} for k in (1, 2))
    assert names == [reading, reading, first, first, second, second]


def test_a_wrong_sentence_beside_a_real_picture_counts_as_a_fake():
    family = build(r1_gamma=0.0)
    phase = next(p for p in family.phases() if p.name == "stage2/discriminator")
    ctx = context(family, 13)
    output = phase.compute(ctx)
    embedding = family.text_encoder(ctx.batch.captions)
    real = family.stage2_discriminator(ctx.batch.real, embedding)
    fake = family.stage2_discriminator(ctx.shared["fake"][0], embedding)
    wrong_score = output.stats["d_wrong_text"]
    assert not torch.allclose(wrong_score, real.sigmoid().mean(), atol=1e-6)
    softplus = torch.nn.functional.softplus
    without = softplus(-real).mean() + 0.5 * softplus(fake).mean()
    rest = output.losses["adversarial"] - without
    assert 0 < rest < 2
    torch.testing.assert_close(rest, torch.tensor(0.5 * 0.6931), atol=0.1, rtol=0)  # an untrained D guesses


@pytest.mark.parametrize("stage", [1, 2])
def test_generators_answer_for_the_description_of_what_they_draw(stage):
    family = build()
    phase = next(p for p in family.phases() if p.name == f"stage{stage}/generator")
    ctx = context(family, 8, upcoming={phase.name})
    losses = phase.compute(ctx).losses
    fake = ctx.shared["fake"][0]
    usual = TEXT.usual(ctx.batch.captions)
    expected = 2.0 * family.describer(family.image_encoder(fake), usual)
    torch.testing.assert_close(losses["description"], expected)
    assert fake.shape[-1] == (8 if stage == 1 else 32)
    assert "description" not in phase_losses(build(lambda_description=0.0), stage)


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
    reading = family.phases()[0]
    parameters = [p for module in reading.trains for p in module.parameters()]
    optimizer = torch.optim.Adam(parameters, 1e-2)
    rng = torch.Generator().manual_seed(0)
    both = torch.cat([TEXT.encode("a red one"), TEXT.encode("a blue one")])
    losses = []
    for step in range(60):
        y = torch.randint(2, (8,), generator=rng)
        real = torch.full((8, 3, 32, 32), -1.0)
        real[torch.arange(8), y * 2] = 1.0
        output = reading.compute(StepContext(Batch(real, captions=both[y]), rng, step))
        optimizer.zero_grad()
        torch.stack(list(output.losses.values())).sum().backward()
        optimizer.step()
        losses.append(float(output.losses["description"].detach()))
    assert losses[-1] < 0.5 < 5 < losses[0]
    shown = real[[int((y == k).int().argmax()) for k in (0, 1)]]
    with torch.no_grad():
        loss = [
            family.describer(family.image_encoder(shown), TEXT.usual(text)) for text in (both, both.flip(0))
        ]
    assert loss[0] < 0.3 < loss[1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DataSpec("images", (1, 16, 16), 10), "this data set has no captions; choose captioned-digits"),
        (DataSpec("images", (3, 48, 48), text=TEXT), "16, 32, 64, 128 pixels, got 48; set image_size=64"),
        (DataSpec("points", (2,)), "learns images, but the data set holds points"),
    ],
)
def test_data_it_cannot_learn_are_refused(data, message):
    with pytest.raises(UserError, match=message):
        Stackgan(StackganSettings(**SMALL), data)
