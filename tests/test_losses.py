"""Every loss and penalty against an independent formula: values and gradients."""

import math

import pytest
import torch
import torch.nn.functional as F

from gan_core.losses import (
    LOSSES,
    categorical_information,
    gaussian_information,
    gradient_penalty,
    shared_information,
    zero_centred_penalty,
)

REAL = torch.tensor([-25.0, -1.3, 0.0, 0.7, 25.0], dtype=torch.float64)
FAKE = torch.tensor([25.0, 0.4, -0.2, -1.9, -25.0], dtype=torch.float64)
N = len(REAL)


def gradients(function, *inputs):
    leaves = [x.float().clone().requires_grad_(True) for x in inputs]
    value = function(*leaves)
    return value, torch.autograd.grad(value, leaves, allow_unused=True)


def sigmoid(x):
    return 1 / (1 + torch.exp(-x))


# The derivative of each term with respect to one logit s, written out by hand, without the 1/N of the mean.
D_GRADIENTS = {
    "non_saturating": (lambda s: sigmoid(s) - 1, lambda s: sigmoid(s)),
    "minimax": (lambda s: sigmoid(s) - 1, lambda s: sigmoid(s)),
    "least_squares": (lambda s: s - 1, lambda s: s),
    "hinge": (lambda s: -(s < 1).double(), lambda s: (s > -1).double()),
    "wasserstein": (lambda s: -torch.ones_like(s), lambda s: torch.ones_like(s)),
}
G_GRADIENTS = {
    "non_saturating": lambda s: sigmoid(s) - 1,
    "minimax": lambda s: -sigmoid(s),
    "least_squares": lambda s: s - 1,
    "hinge": lambda s: -torch.ones_like(s),
    "wasserstein": lambda s: -torch.ones_like(s),
}


@pytest.mark.parametrize("name", LOSSES)
def test_discriminator_gradient_follows_the_formula(name):
    _, (d_real, d_fake) = gradients(LOSSES[name].discriminator_loss, REAL, FAKE)
    on_real, on_fake = D_GRADIENTS[name]
    torch.testing.assert_close(d_real, (on_real(REAL) / N).float())
    torch.testing.assert_close(d_fake, (on_fake(FAKE) / N).float())


@pytest.mark.parametrize("name", LOSSES)
def test_generator_gradient_follows_the_formula(name):
    _, (d_fake,) = gradients(LOSSES[name].generator_loss, FAKE)
    torch.testing.assert_close(d_fake, (G_GRADIENTS[name](FAKE) / N).float())


def test_log_losses_equal_binary_cross_entropy():
    real, fake = REAL.float(), FAKE.float()
    ones, zeros = torch.ones(N), torch.zeros(N)
    bce = F.binary_cross_entropy_with_logits
    for name in ("minimax", "non_saturating"):
        value = LOSSES[name].discriminator_loss(real, fake)
        torch.testing.assert_close(value, bce(real, ones) + bce(fake, zeros))
    torch.testing.assert_close(LOSSES["non_saturating"].generator_loss(fake), bce(fake, ones))
    torch.testing.assert_close(LOSSES["minimax"].generator_loss(fake), -bce(fake, zeros))


def test_undecided_discriminator_pays_two_ln_two():
    undecided = torch.zeros(4)
    loss = LOSSES["non_saturating"]
    assert loss.discriminator_loss(undecided, undecided).item() == pytest.approx(2 * math.log(2))
    assert loss.generator_loss(undecided).item() == pytest.approx(math.log(2))


def test_minimax_saturates_and_non_saturating_does_not():
    sure_fake = torch.tensor([-25.0])
    _, (minimax,) = gradients(LOSSES["minimax"].generator_loss, sure_fake)
    _, (alternative,) = gradients(LOSSES["non_saturating"].generator_loss, sure_fake)
    assert abs(minimax.item()) < 1e-9
    assert alternative.item() == pytest.approx(-1.0)


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if loss.smoothable])
def test_label_smoothing_moves_only_the_real_target(name):
    real, fake = REAL.float(), FAKE.float()
    smooth = LOSSES[name].discriminator_loss(real, fake, real_target=0.9)
    if name == "least_squares":
        expected = 0.5 * ((real - 0.9) ** 2).mean() + 0.5 * (fake**2).mean()
    else:
        target, zeros = torch.full((N,), 0.9), torch.zeros(N)
        expected = F.binary_cross_entropy_with_logits(real, target)
        expected = expected + F.binary_cross_entropy_with_logits(fake, zeros)
    torch.testing.assert_close(smooth, expected)


@pytest.mark.parametrize("name", ["non_saturating", "minimax", "hinge", "least_squares", "wasserstein"])
def test_relativistic_pairing_sees_only_differences(name):
    loss, real, fake = LOSSES[name], torch.tensor([0.3, -0.8]), torch.tensor([-0.5, 0.9])
    value, (d_real, d_fake) = gradients(
        lambda r, f: loss.discriminator_loss(r, f, relativistic=True), real, fake
    )
    shifted = loss.discriminator_loss(real + 7, fake + 7, relativistic=True)
    torch.testing.assert_close(value, shifted)
    torch.testing.assert_close(d_real, -d_fake)
    on_real = D_GRADIENTS[name][0]
    torch.testing.assert_close(d_real, (on_real((real - fake).double()) / 2).float())


def test_relativistic_generator_mirrors_the_discriminator():
    real, fake = torch.tensor([0.3, -0.8]), torch.tensor([-0.5, 0.9])
    value = LOSSES["non_saturating"].generator_loss(fake, real)
    torch.testing.assert_close(value, F.softplus(real - fake).mean())
    saturating = LOSSES["minimax"].generator_loss(fake, real)
    torch.testing.assert_close(saturating, -F.softplus(fake - real).mean())


def quadratic(x):
    """D(x) = (a . x)^2 / 2, whose gradient is (a . x) a."""
    a = torch.tensor([3.0, 4.0])
    return 0.5 * (x @ a) ** 2


def test_zero_centred_penalty_is_half_the_mean_squared_gradient_norm():
    x = torch.tensor([[1.0, 0.0], [0.5, -0.25]])
    norms = 5.0 * (x @ torch.tensor([3.0, 4.0])).abs()
    torch.testing.assert_close(zero_centred_penalty(quadratic, x), 0.5 * (norms**2).mean())


def test_gradient_penalty_takes_one_norm_per_example():
    rng = torch.Generator().manual_seed(0)
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    # real == fake: the point between them is known whatever the mixing weight
    penalty = gradient_penalty(quadratic, x, x, rng)
    norms = torch.tensor([15.0, 20.0])
    torch.testing.assert_close(penalty, ((norms - 1) ** 2).mean())


def test_gradient_penalty_reaches_the_critics_weights_and_survives_a_flat_critic():
    critic = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.zeros_(critic.weight)
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(8, 2)
    penalty = gradient_penalty(lambda p: critic(p).flatten(), x, x + 1, rng)
    assert penalty.item() == pytest.approx(1.0, abs=1e-4)
    (gradient,) = torch.autograd.grad(penalty, critic.weight)
    assert torch.isfinite(gradient).all()
    torch.nn.init.constant_(critic.weight, 2.0)  # d/dw (|w| - 1)^2 = 2 (|w| - 1) w / |w|
    penalty = gradient_penalty(lambda p: critic(p).flatten(), x, x + 1, rng)
    (gradient,) = torch.autograd.grad(penalty, critic.weight)
    norm = 2 * math.sqrt(2)
    torch.testing.assert_close(gradient, torch.full((1, 2), 2 * (norm - 1) * 2 / norm))


def test_categorical_information_is_h_minus_cross_entropy_of_raw_logits():
    rng = torch.Generator().manual_seed(0)
    logits, c = torch.randn(7, 4, generator=rng), torch.randint(4, (7,), generator=rng)
    value, (gradient,) = gradients(lambda x: categorical_information(x, c), logits)
    probabilities = torch.softmax(logits.double(), 1)
    expected = math.log(4) + probabilities[torch.arange(7), c].log().mean()
    assert value.item() == pytest.approx(expected.item(), abs=1e-5)
    by_hand = (F.one_hot(c, 4) - probabilities) / 7
    torch.testing.assert_close(gradient, by_hand.float())


def test_categorical_information_reaches_ln_k_and_keeps_its_gradient_when_q_is_wrong():
    right = 40.0 * torch.eye(3)
    assert categorical_information(right, torch.arange(3)).item() == pytest.approx(math.log(3))
    assert categorical_information(torch.zeros(3, 3), torch.arange(3)).item() == pytest.approx(0, abs=1e-6)
    _, (gradient,) = gradients(lambda x: categorical_information(x, torch.tensor([1, 2, 0])), right)
    assert gradient[0, 1].item() == pytest.approx(1 / 3)  # after a softmax too many it would be 0


def test_gaussian_information_is_the_log_density_under_q_plus_the_entropy_of_the_code():
    rng = torch.Generator().manual_seed(0)
    mean, log_variance, c = torch.randn(3, 6, 2, generator=rng)
    value, found = gradients(lambda m, v: gaussian_information(m, v, c), mean, log_variance)
    density = torch.distributions.Normal(mean, torch.exp(0.5 * log_variance)).log_prob(c)
    expected = 2 * math.log(2) + density.sum(1).mean()
    assert value.item() == pytest.approx(expected.item(), abs=1e-5)
    misses = (c - mean) * torch.exp(-log_variance)
    torch.testing.assert_close(found[0], misses / 6)
    torch.testing.assert_close(found[1], 0.5 * ((c - mean) * misses - 1) / 6)


def test_gaussian_information_of_a_q_that_knows_nothing_is_below_zero():
    c = torch.rand(100_000, 1, generator=torch.Generator().manual_seed(0)) * 2 - 1
    log_variance = torch.full_like(c, math.log(1 / 3))  # the variance of the code itself
    value = gaussian_information(torch.zeros_like(c), log_variance, c)
    assert value.item() == pytest.approx(math.log(2) - 0.5 * math.log(2 * math.pi * math.e / 3), abs=5e-3)
    assert value < 0


def test_shared_information_is_the_mutual_information_of_the_joint_law():
    rng = torch.Generator().manual_seed(0)
    logits, copies = torch.randn(2, 9, 4, generator=rng)
    value, (gradient, _) = gradients(shared_information, logits, copies)

    def by_hand(first):
        joint = sum(
            torch.outer(p, q) for p, q in zip(first.softmax(1), copies.double().softmax(1), strict=True)
        )
        joint = (joint + joint.T) / 18
        return sum(
            joint[i, j] * torch.log(joint[i, j] / (joint[i].sum() * joint[:, j].sum()))
            for i in range(4) for j in range(4)
        )  # fmt: skip

    first = logits.double().requires_grad_()
    expected = by_hand(first)
    expected.backward()
    assert value.item() == pytest.approx(expected.item(), abs=1e-6)
    torch.testing.assert_close(gradient.double(), first.grad, atol=1e-6, rtol=1e-4)


def test_shared_information_is_ln_k_for_sure_equal_classes_and_0_for_strangers():
    sure = 60.0 * torch.eye(3)
    assert shared_information(sure, sure).item() == pytest.approx(math.log(3), abs=1e-3)
    assert shared_information(sure[:1].expand(3, 3), sure[:1].expand(3, 3)).item() == pytest.approx(
        0, abs=1e-3
    )
    assert shared_information(sure, torch.zeros(3, 3)).item() == pytest.approx(0, abs=1e-5)
