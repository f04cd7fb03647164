"""Fréchet distance between two sets of features, each seen as one Gaussian."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.metrics.arrays import Array, as_pair
from gan_core.metrics.metric import metric_name
from gan_core.settings import UserError


def frechet_distance(a: Array, b: Array) -> float:
    """Squared Fréchet (2-Wasserstein) distance between the Gaussians with two sets' means and covariances.

    It depends on the features and, through the noise of the covariances, on the number of examples: compare
    two distances only if both have the same extractor and counts.

    Args:
        a: Features `(N, d)`.
        b: Features `(M, d)`.

    Returns:
        |mean_a - mean_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2), at least 0, in squared units of the
        features.

    Raises:
        UserError: A set has too few examples for a covariance (N must exceed d), or is no finite array.

    Source: Heusel et al. 2017 (arXiv:1706.08500), equation 6; Dowson and Landau 1982.
    """
    first, second = as_pair(a, b, "the first features", "the second features")
    for features in (first, second):
        count, dimension = features.shape
        if count <= dimension:
            raise UserError(
                f"a Fréchet distance on {dimension} features needs more than {dimension} examples per set, "
                f"got {count}; draw more samples"
            )
    return gaussian_frechet_distance(first.mean(0), torch.cov(first.T), second.mean(0), torch.cov(second.T))


def gaussian_frechet_distance(
    mean_a: Tensor, covariance_a: Tensor, mean_b: Tensor, covariance_b: Tensor
) -> float:
    """Squared Fréchet distance between two Gaussians given by means `(d,)` and covariances `(d, d)`, float64.

    Singular covariances (a feature that never fires) are fine.
    """
    root_a, root_b = _square_root(covariance_a), _square_root(covariance_b)
    # tr (C_a^1/2 C_b C_a^1/2)^1/2 is the sum of the singular values of C_a^1/2 C_b^1/2. Unlike a root of
    # C_a C_b, which is not symmetric, it needs no complex numbers and does not square the condition number.
    cross = torch.linalg.svdvals(root_a @ root_b).sum()
    shift = (mean_a - mean_b).square().sum()
    spreads = root_a.square().sum() + root_b.square().sum()  # the traces of the covariances
    return max(0.0, float(shift + spreads - 2 * cross))  # rounding can leave -1e-14 for equal sets


def frechet_name(extractor: str, n: int) -> str:
    """Name of the distance on `n` samples: "frechet_classifier-mnist_10k"."""
    return metric_name("frechet", extractor, n)


def _square_root(covariance: Tensor) -> Tensor:
    """The symmetric square root of a positive semi-definite matrix `(d, d)`."""
    covariance = covariance.reshape(covariance.shape or (1, 1))  # torch.cov gives a scalar for one feature
    eigenvalues, vectors = torch.linalg.eigh(covariance)
    root: Tensor = (vectors * eigenvalues.clamp(min=0).sqrt()) @ vectors.T  # rounding can leave -1e-17
    return root
