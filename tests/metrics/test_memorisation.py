from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gan_core.metrics import memorisation, repeats_itself
from gan_core.metrics.memorisation import nearest_neighbours
from gan_core.settings import UserError


def law(n: int, seed: int) -> Tensor:
    return torch.randn(n, 12, generator=torch.Generator().manual_seed(seed))


TRAIN, HELD_OUT = law(3000, 1), law(600, 2)


def test_a_generator_that_draws_from_the_law_itself_scores_about_one() -> None:
    found = memorisation(TRAIN, HELD_OUT, law(800, 3))
    assert found.score == pytest.approx(1, abs=0.05)
    assert found.ratio < 0.95  # ten times as many seen examples lie nearer: hence the yardstick
    assert found.close == pytest.approx(0.05, abs=0.04)


def test_copies_with_a_little_noise_are_found() -> None:
    copies = TRAIN[:800] + 0.01 * law(800, 4)
    found = memorisation(TRAIN, HELD_OUT, copies)
    assert found.score < 0.05
    assert found.close == 1.0


def test_a_tenth_of_copies_shows_in_the_close_ones_before_it_shows_in_the_median() -> None:
    found = memorisation(TRAIN, HELD_OUT, torch.cat([TRAIN[:100], law(900, 5)]))
    assert found.score > 0.9
    assert found.close > 0.1


def test_data_that_repeat_themselves_are_no_yardstick() -> None:
    assert not repeats_itself(TRAIN, HELD_OUT)
    mostly = torch.cat([TRAIN[:301], law(299, 6)])
    assert repeats_itself(TRAIN, mostly + 1e-9)
    with pytest.raises(UserError, match="no yardstick"):
        memorisation(TRAIN, torch.cat([law(300, 6), TRAIN[:300]]), law(800, 3))


def test_bad_input_is_told_in_a_sentence() -> None:
    with pytest.raises(UserError, match="at least 4 held-out examples are needed as a yardstick, got 3"):
        memorisation(TRAIN, HELD_OUT[:3], law(10, 3))
    with pytest.raises(UserError, match="equally many numbers"):
        memorisation(TRAIN, HELD_OUT, law(10, 3)[:, :5])


def test_neighbours_across_blocks_are_found_in_order() -> None:
    examples = torch.arange(10_000.0)[:, None]
    distances, where = nearest_neighbours(examples, torch.tensor([[4095.9]], dtype=torch.float64), 3)
    assert where.tolist() == [[4096, 4095, 4097]]
    assert distances[0].tolist() == pytest.approx([0.1, 0.9, 1.1], abs=1e-2)
