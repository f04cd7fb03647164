from __future__ import annotations

import numpy as np
import pytest

from gan_core.metrics import discrimination, score_histogram
from gan_core.settings import UserError


def test_known_scores() -> None:
    found = discrimination([0.9, 0.8, 0.4, 0.7], [0.6, 0.2], [0.1, 0.3, 0.9, 0.2])
    assert (found.on_train, found.on_held_out, found.on_fake) == (0.75, 0.5, 0.75)
    assert found.gap == pytest.approx(0.7 - 0.4)
    assert found.sign == pytest.approx(0.5)
    assert found.accuracy == pytest.approx(0.75)


def test_a_discriminator_that_cannot_tell_seen_from_unseen_has_no_gap() -> None:
    rng = np.random.default_rng(0)
    found = discrimination(rng.random(20_000), rng.random(20_000), rng.random(20_000))
    assert found.gap == pytest.approx(0, abs=0.01)
    assert found.sign == pytest.approx(0, abs=0.02)


def test_another_threshold_moves_every_answer() -> None:
    found = discrimination([0.9, 0.8], [0.9], [0.6, 0.7], threshold=0.75)
    assert (found.on_train, found.on_fake) == (1.0, 1.0)
    assert discrimination([0.9, 0.8], [0.9], [0.6, 0.7]).on_fake == 0.0


def test_histograms_have_fixed_bins_and_lose_nothing() -> None:
    counts = score_histogram([0.0, 0.049, 0.05, 0.5, 1.0])
    assert len(counts) == 20
    assert (counts[0], counts[1], counts[10], counts[19], counts.sum()) == (2, 1, 1, 1, 5)


def test_bad_input_is_told_in_a_sentence() -> None:
    with pytest.raises(UserError, match="the held-out scores must be numbers"):
        discrimination([0.5], [1.5], [0.5])
    with pytest.raises(UserError, match="at least one, got"):
        score_histogram([])
    with pytest.raises(UserError, match="must be numbers"):
        score_histogram([float("nan")])
