"""How the class reaches both networks, and that a short training makes G obey it."""

import pytest
import torch
import torch.nn.functional as F

from gan_core.families.cgan import Cgan, CganSettings
from gan_core.layers import ConditionalNorm
from gan_core.phases import Batch, DataSpec, StepContext
from gan_core.settings import TrainingSettings, UserError
from gan_core.trainer import Trainer

CLASSES = 3
CONDITIONS = ["projection", "concatenation", "classifier"]


def make(channels=1, **settings):
    torch.manual_seed(0)
    data = DataSpec("images", (channels, 16, 16), CLASSES)
    return Cgan(
        CganSettings(**{"width": 4, "z_dim": 4, "stem_width": 16, "head_width": 16, **settings}), data
    )


SHADES = torch.tensor([-0.8, 0.0, 0.8])  # of the classes


class Shades:
    """Grey images, as bright as their class says, with some noise."""

    def __init__(self):
        self.rng = torch.Generator().manual_seed(0)

    def next(self):
        y = torch.randint(CLASSES, (24,), generator=self.rng)
        noise = torch.rand(24, 1, 16, 16, generator=self.rng) * 0.4 - 0.2
        return Batch(SHADES[y].view(-1, 1, 1, 1) + noise, y)

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


def share_obeyed(images, y):
    """Share of images whose brightness is nearest to that of their class."""
    nearest = (images.mean((1, 2, 3))[:, None] - SHADES).abs().argmin(1)
    return (nearest == y).float().mean().item()


@pytest.mark.parametrize("generator_condition", ["embedding", "batch_norm"])
@pytest.mark.parametrize("discriminator_condition", CONDITIONS)
def test_a_short_training_makes_what_is_asked_for(generator_condition, discriminator_condition):
    family = make(
        width=8,
        generator_condition=generator_condition,
        discriminator_condition=discriminator_condition,
        init="torch",
        lr_generator=2e-3,
        lr_discriminator=1e-3,
        discriminator_norm="none",  # batch norm would hide how bright a whole batch is
        r1_gamma=0.1,
    )
    trainer = Trainer(family, Shades(), TrainingSettings(ema_decay=0.9), torch.device("cpu"))
    for _ in trainer.run(100, record=lambda step: False):
        pass
    y = torch.arange(60) % CLASSES
    with trainer.sampling():
        images = family.generate(family.sample_z(60, torch.Generator().manual_seed(0)), y)
    assert share_obeyed(images, y) > 0.9


def test_projection_adds_the_product_of_class_vector_and_features():
    judge = make().discriminator.eval()
    x, y = torch.randn(5, 1, 16, 16), torch.tensor([0, 1, 2, 1, 0])
    logits, features = judge.judge(x, y)
    expected = judge.output(features).flatten() + (judge.classes.weight[y] * features).sum(1)
    torch.testing.assert_close(logits, expected)


@pytest.mark.parametrize("condition", ["projection", "concatenation"])
def test_the_score_depends_on_the_class(condition):
    family = make(discriminator_condition=condition, init="torch")
    family.discriminator.eval()
    x = torch.randn(1, 1, 16, 16)
    scores = torch.cat([family.discriminator_scores(x, torch.tensor([c])) for c in range(CLASSES)])
    assert len(scores.unique()) == CLASSES


def test_the_concatenated_class_is_one_more_channel():
    family = make(channels=3, discriminator_condition="concatenation")
    assert family.discriminator.trunk[0].in_channels == 4
    assert family.discriminator.embedding.weight.shape == (CLASSES, 16 * 16)


def test_each_class_has_its_own_gain_and_shift():
    norm = ConditionalNorm(torch.nn.BatchNorm2d(2, affine=False), CLASSES)
    with torch.no_grad():
        norm.gain[1], norm.shift[1] = 3.0, -2.0
    x, y = torch.randn(4, 2, 3, 3), torch.tensor([0, 1, 1, 2])
    plain = F.batch_norm(x, None, None, training=True)
    torch.testing.assert_close(norm(x, y)[y != 1], plain[y != 1])
    torch.testing.assert_close(norm(x, y)[y == 1], 3 * plain[y == 1] - 2)


@pytest.fixture(params=["embedding", "batch_norm"])
def family(request):
    """Networks whose classes differ, ready to draw."""
    family = make(generator_condition=request.param, init="torch")
    for name, weight in family.generator.named_parameters():
        if name.endswith(("gain", "shift")):
            weight.data += torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    family.generator.eval()
    return family


def test_all_of_one_class_is_that_class_exactly(family):
    z, y = torch.randn(4, 4), torch.tensor([0, 2, 1, 2])
    assert torch.equal(family.generate(z, F.one_hot(y, CLASSES).float()), family.generate(z, y))


def test_shares_of_classes_lead_from_one_to_the_other(family):
    z, steps = torch.randn(1, 4), torch.linspace(0, 1, 21)
    shares = torch.stack([1 - steps, torch.zeros(21), steps], dim=1)
    images = family.generate(z.expand(21, -1), shares).flatten(1)
    whole = (images[-1] - images[0]).norm()
    assert whole > 0
    assert (images[1:] - images[:-1]).norm(dim=1).max() < 0.3 * whole  # no step does it all


def test_a_blend_of_embeddings_is_their_weighted_mean():
    family = make(generator_condition="embedding", init="torch")
    family.generator.eval()
    z, table = torch.randn(1, 4), family.generator.embedding.weight
    vector = 0.2 * table[0] + 0.5 * table[1] + 0.3 * table[2]
    expected = family.generator.layers(torch.cat([z, vector[None]], dim=1))
    torch.testing.assert_close(family.generate(z, torch.tensor([[0.2, 0.5, 0.3]])), expected)


def test_a_blend_of_classes_has_their_mean_gain_and_shift():
    norm = ConditionalNorm(torch.nn.BatchNorm2d(2, affine=False), CLASSES)
    with torch.no_grad():
        norm.gain[1], norm.shift[1] = 3.0, -2.0
    x = torch.randn(4, 2, 3, 3)
    plain = F.batch_norm(x, None, None, training=True)
    shares = torch.tensor([[0.5, 0.5, 0.0]]).expand(4, -1)
    torch.testing.assert_close(norm(x, shares), 2 * plain - 1)


def test_shares_of_another_number_of_classes_are_refused(family):
    with pytest.raises(UserError, match="3 numbers per example"):
        family.generate(torch.randn(1, 4), torch.ones(1, 2))


def test_the_auxiliary_classifier_learns_from_real_images_and_teaches_the_generator():
    family = make(discriminator_condition="classifier", lambda_class=0.5)
    real = torch.randn(6, 1, 16, 16)
    ctx = StepContext(Batch(real, torch.arange(6) % 3), torch.Generator().manual_seed(0), 1)
    discriminator, generator = (phase.compute(ctx) for phase in family.phases())
    # An untrained classifier is unsure: ln 3 nats.
    assert discriminator.losses["class"].item() == pytest.approx(0.5 * 1.0986, rel=0.1)
    assert generator.losses["class"].item() == pytest.approx(0.5 * 1.0986, rel=0.1)
    assert 0 <= discriminator.stats["class_accuracy"] <= 1
    assert "class" not in make().phases()[1].compute(ctx).losses


def test_the_penalty_is_taken_where_d_is_told_the_class_of_the_image():
    family = make(r1_gamma=2.0, discriminator_norm="none", init="torch")
    real, y = torch.randn(4, 1, 16, 16), torch.tensor([0, 2, 1, 2])
    ctx = StepContext(Batch(real, y), torch.Generator().manual_seed(0), 0)
    penalty = family.phases()[0].compute(ctx).losses["r1"]
    x = real.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(family.discriminator.judge(x, y).logits.sum(), x)
    torch.testing.assert_close(penalty, gradient.flatten(1).square().sum(1).mean())


def test_a_batch_without_labels_is_refused():
    ctx = StepContext(Batch(torch.randn(4, 1, 16, 16)), torch.Generator(), 0)
    with pytest.raises(UserError, match="needs the class of every example, 0 to 2"):
        make().phases()[0].compute(ctx)


def test_images_without_labels_are_refused_in_one_sentence():
    with pytest.raises(UserError, match="at least 2 classes, got 0; choose a labelled data set"):
        Cgan(CganSettings(), DataSpec("images", (1, 16, 16)))
