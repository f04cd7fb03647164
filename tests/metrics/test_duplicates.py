from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from gan_core.metrics import birthday, support_size
from gan_core.settings import UserError


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def law(n: int, seed: int) -> Tensor:
    return torch.randn(n, 16, generator=rng(seed))


def from_support(n: int, support: int, noise: float, seed: int) -> Tensor:
    """Draws from a list of `support` examples, each a little different every time."""
    chosen = torch.randint(support, (n,), generator=rng(seed))
    return law(support, seed + 100)[chosen] + noise * torch.randn(n, 16, generator=rng(seed + 200))


@pytest.mark.parametrize("support", [100, 1000])
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_known_support_is_estimated_within_a_factor_of_two(support: int, seed: int, noise: float) -> None:
    found = birthday(from_support(2000, support, noise, seed), law(2000, 9), rng())
    assert found.bound == "about"
    assert support / 2 <= found.support <= 2 * support
    assert found.probability >= 0.5
    assert found.support == pytest.approx(support_size(found.batch_size, found.probability), rel=0.02)
    first = found.pairs[0]
    assert first.first < first.second
    assert first.distance <= found.threshold
    assert [pair.distance for pair in found.pairs] == sorted(pair.distance for pair in found.pairs)


def test_a_generator_as_varied_as_the_data_repeats_itself_no_sooner() -> None:
    found = birthday(law(2000, 1), law(2000, 2), rng())
    assert found.bound == "at least"
    assert found.support > 100_000
    assert found.real_probability == pytest.approx(0.05, abs=0.01)
    assert found.probability < 0.2


def test_one_single_example_is_called_at_most_a_few() -> None:
    found = birthday(law(1, 1).repeat(200, 1), law(200, 2), rng())
    assert (found.bound, found.probability, found.batch_size) == ("at most", 1.0, 8)
    assert found.support < 10
    assert found.pairs[0].distance == 0


def test_the_same_seed_gives_the_same_estimate() -> None:
    fake, real = from_support(400, 50, 0.0, 1), law(400, 9)
    assert birthday(fake, real, rng(4)) == birthday(fake, real, rng(4))


def test_the_formula() -> None:
    assert support_size(23, 1 - math.exp(-23 * 22 / (2 * 365))) == pytest.approx(365)
    assert support_size(1000, 0.5) == pytest.approx(1000 * 999 / (2 * math.log(2)))
    assert (support_size(5, 0), support_size(5, 1)) == (math.inf, 0)


def test_bad_input_is_told_in_a_sentence() -> None:
    with pytest.raises(UserError, match="at least 32 generated and real examples"):
        birthday(law(10, 1), law(2000, 2), rng())
    with pytest.raises(UserError, match=r"a probability lies in 0\.\.1, got 8 and 1\.5"):
        support_size(8, 1.5)
    with pytest.raises(UserError, match="NaN"):
        birthday(law(100, 1) * math.nan, law(100, 2), rng())
