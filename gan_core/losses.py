"""Adversarial losses on raw discriminator outputs, gradient penalties, and bounds of mutual information.

Every adversarial loss is a mean over the batch, in float32. Logs are written as softplus, which stays finite
and keeps its gradient for every logit: softplus(-s) = -log sigmoid(s) and
softplus(s) = -log(1 - sigmoid(s)).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

LogitFn = Callable[[Tensor], Tensor]


class AdversarialLoss(NamedTuple):
    """One GAN objective, split so that relativistic pairing can reuse its parts.

    Attributes:
        title: Name shown to people.
        real_part: Discriminator's term for real logits and the target for "real" (1; less with smoothing).
        fake_part: Discriminator's term for fake logits.
        generator: Generator's loss for fake logits.
        saturating: The generator minimises the negative of the discriminator's loss.
        smoothable: Label smoothing has a meaning for it.
        score: Turns raw outputs into D(x) in [0, 1] for display.
        estimates_density: The best discriminator's score is p / (p + q).
    """

    title: str
    real_part: Callable[[Tensor, float], Tensor]
    fake_part: LogitFn
    generator: LogitFn
    saturating: bool = False
    smoothable: bool = False
    score: LogitFn = torch.sigmoid
    estimates_density: bool = False

    def discriminator_loss(
        self,
        real_logits: Tensor,
        fake_logits: Tensor,
        *,
        real_target: float = 1.0,
        relativistic: bool = False,
    ) -> Tensor:
        """The discriminator's loss for logits `(N,)` of real and of generated samples.

        Args:
            real_logits: Raw outputs for real samples.
            fake_logits: Raw outputs for generated samples, as many as real ones if `relativistic`.
            real_target: One-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4).
            relativistic: Score each real sample against one fake: f(D(x) - D(G(z))).

        Source: Jolicoeur-Martineau 2018 (arXiv:1807.00734), equations 10 and 11 (relativistic).
        """
        real_logits, fake_logits = real_logits.float(), fake_logits.float()
        if relativistic:
            return self.real_part(real_logits - fake_logits, real_target)
        return self.real_part(real_logits, real_target) + self.fake_part(fake_logits)

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """The generator's loss; with `real_logits` each fake faces a real sample (relativistic)."""
        fake_logits = fake_logits.float()
        if real_logits is None:
            return self.generator(fake_logits)
        real_logits = real_logits.float()
        if self.saturating:
            return -self.real_part(real_logits - fake_logits, 1.0)
        return self.real_part(fake_logits - real_logits, 1.0)


def _log_real(logits: Tensor, target: float) -> Tensor:
    """Cross-entropy to the target: -t log D(x) - (1 - t) log(1 - D(x))."""
    if target == 1.0:
        return F.softplus(-logits).mean()
    return (target * F.softplus(-logits) + (1.0 - target) * F.softplus(logits)).mean()


def _log_fake(logits: Tensor) -> Tensor:
    """-log(1 - D(G(z)))."""
    return F.softplus(logits).mean()


def minimax_generator(fake_logits: Tensor) -> Tensor:
    """Generator loss log(1 - D(G(z))), in nats: saturates when D is sure.

    Source: Goodfellow et al. 2014 (arXiv:1406.2661), equation 1.
    """
    return -F.softplus(fake_logits).mean()


def non_saturating_generator(fake_logits: Tensor) -> Tensor:
    """Generator loss -log D(G(z)), in nats.

    Source: Goodfellow et al. 2014 (arXiv:1406.2661), section 3.
    """
    return F.softplus(-fake_logits).mean()


def _square_real(logits: Tensor, target: float) -> Tensor:
    return 0.5 * (logits - target).square().mean()


def _square_fake(logits: Tensor) -> Tensor:
    return 0.5 * logits.square().mean()


def _square_generator(logits: Tensor) -> Tensor:
    return 0.5 * (logits - 1.0).square().mean()


def _hinge_real(logits: Tensor, target: float) -> Tensor:
    return F.relu(1.0 - logits).mean()


def _hinge_fake(logits: Tensor) -> Tensor:
    return F.relu(1.0 + logits).mean()


def _critic_real(logits: Tensor, target: float) -> Tensor:
    return -logits.mean()


def _critic_fake(logits: Tensor) -> Tensor:
    return logits.mean()


def _critic_generator(logits: Tensor) -> Tensor:
    return -logits.mean()


def _unit_interval(logits: Tensor) -> Tensor:
    """The least-squares discriminator's output estimates p/(p+q) itself."""
    return logits.clamp(0.0, 1.0)


LOSSES: dict[str, AdversarialLoss] = {
    # Goodfellow et al. 2014 (arXiv:1406.2661)
    "non_saturating": AdversarialLoss(
        "Non-saturating",
        _log_real,
        _log_fake,
        non_saturating_generator,
        smoothable=True,
        estimates_density=True,
    ),
    "minimax": AdversarialLoss(
        "Minimax",
        _log_real,
        _log_fake,
        minimax_generator,
        saturating=True,
        smoothable=True,
        estimates_density=True,
    ),
    # Mao et al. 2017 (arXiv:1611.04076), equation 9 with a = 0, b = c = 1
    "least_squares": AdversarialLoss(
        "Least squares",
        _square_real,
        _square_fake,
        _square_generator,
        smoothable=True,
        score=_unit_interval,
        estimates_density=True,
    ),
    # Miyato et al. 2018 (arXiv:1802.05957), equations 16 and 17
    "hinge": AdversarialLoss("Hinge", _hinge_real, _hinge_fake, _critic_generator),
    # Arjovsky et al. 2017 (arXiv:1701.07875); needs a Lipschitz constraint, e.g. gradient_penalty
    "wasserstein": AdversarialLoss("Wasserstein", _critic_real, _critic_fake, _critic_generator),
}


def _squared_gradient_norms(critic: LogitFn, x: Tensor) -> Tensor:
    """||grad_x critic(x)||^2 for each example, `(N,)`, differentiable in the critic's weights."""
    x = x.detach().float().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).float().sum(), x, create_graph=True)
    return gradient.flatten(1).square().sum(1)


def gradient_penalty(critic: LogitFn, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """E[(||grad D(x)|| - 1)^2] at points x drawn evenly on lines between real and generated examples.

    One norm per example, over all its dimensions.

    Args:
        critic: Maps examples to raw outputs `(N,)`.
        real: Real examples, `(N, ...)`.
        fake: Generated examples, the same shape.
        rng: Draws the position on each line.

    Source: Gulrajani et al. 2017 (arXiv:1704.00028), equation 3, without its weight lambda.
    """
    shape = (real.shape[0],) + (1,) * (real.dim() - 1)
    mix = torch.rand(shape, generator=rng, device=real.device)
    squared = _squared_gradient_norms(critic, torch.lerp(real.float(), fake.detach().float(), mix))
    return (torch.sqrt(squared + 1e-12) - 1.0).square().mean()  # the root's derivative is infinite at 0


def zero_centred_penalty(critic: LogitFn, x: Tensor) -> Tensor:
    """E[||grad D(x)||^2] / 2: R1 when x is real, R2 when x is generated; without its weight gamma.

    Source: Mescheder et al. 2018 (arXiv:1801.04406), equations 9 and 10.
    """
    return 0.5 * _squared_gradient_norms(critic, x).mean()


def categorical_information(q_logits: Tensor, c: Tensor) -> Tensor:
    """Lower bound H(c) + E[log Q(c|x)] of I(c; x), in nats, for a code with equally likely values.

    At most ln K for K values; 0 for a Q that knows nothing; below 0 for one that is wrong and sure.

    Args:
        q_logits: Q's scores `(N, K)` before the softmax.
        c: The values x was made from, `(N,)` int64.

    Source: Chen et al. 2016 (arXiv:1606.03657), equation 5.
    """
    return math.log(q_logits.shape[1]) - F.cross_entropy(q_logits.float(), c)


def gaussian_information(q_mean: Tensor, q_log_variance: Tensor, c: Tensor) -> Tensor:
    """Lower bound H(c) + E[log Q(c|x)] of I(c; x), in nats, summed over codes uniform on [-1, 1].

    Q is a Gaussian with a mean and a variance for every code and example.

    Args:
        q_mean: Means `(N, K)`.
        q_log_variance: Logs of the variances `(N, K)`.
        c: The values x was made from, `(N, K)`.

    Source: Chen et al. 2016 (arXiv:1606.03657), equation 5 and section 6.
    """
    mean, log_variance = q_mean.float(), q_log_variance.float()
    misses = (c.float() - mean).square() * torch.exp(-log_variance)
    log_likelihood = -0.5 * (misses + log_variance + math.log(2 * math.pi))
    return (math.log(2.0) + log_likelihood).sum(dim=1).mean()


def shared_information(logits: Tensor, copy_logits: Tensor) -> Tensor:
    """Mutual information, in nats, of the classes given to examples and to copies of them.

    The joint law of the two classes is the mean over the batch of the product of their softmaxes, made
    symmetric. At most ln K for K classes, reached when all are equally frequent, sure, and equal for both.

    Args:
        logits: Scores of the examples `(N, K)` before the softmax.
        copy_logits: Scores of their copies `(N, K)`, in the same order.

    Source: Ji et al. 2019 (arXiv:1807.06653), equation 3.
    """
    joint = logits.float().softmax(dim=1).T @ copy_logits.float().softmax(dim=1) / len(logits)
    joint = ((joint + joint.T) / 2).clamp_min(1e-6)  # keeps the logarithm finite
    each = joint.sum(dim=0)
    return (joint * (joint.log() - each.log() - each.log()[:, None])).sum()
