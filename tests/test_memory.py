from __future__ import annotations

import pytest
import torch

from gan_core.evaluation.memory import nearest
from gan_core.settings import UserError

RNG = torch.Generator().manual_seed(0)
TRAIN, UNSEEN = torch.randn(9000, 20, generator=RNG), torch.randn(200, 20, generator=RNG)


def test_a_copy_is_found_and_called_one() -> None:
    found = nearest(TRAIN, UNSEEN, TRAIN[8123] + 1e-3)
    assert found.indices[0] == 8123
    assert found.distances[0] < 0.01
    assert list(found.distances) == sorted(found.distances)
    assert "memorised" in found.verdict


def test_a_new_image_is_as_far_as_unseen_ones() -> None:
    verdicts = [nearest(TRAIN, UNSEEN, row).verdict for row in torch.randn(20, 20, generator=RNG)]
    assert sum("not a copy" in verdict for verdict in verdicts) >= 17


def test_neighbours_agree_with_a_plain_search() -> None:
    query = torch.randn(20, generator=RNG)
    expected = (TRAIN - query).norm(dim=1).topk(5, largest=False)
    found = nearest(TRAIN, UNSEEN, query)
    assert list(found.indices) == expected.indices.tolist()
    torch.testing.assert_close(torch.tensor(found.distances), expected.values, rtol=1e-3, atol=1e-3)


def test_pixels_may_be_bytes() -> None:
    train = torch.randint(0, 256, (50, 16), dtype=torch.uint8, generator=RNG)
    assert nearest(train, train[:3].float() + 5, train[7], k=2).indices[0] == 7


def test_too_few_images_are_refused() -> None:
    with pytest.raises(UserError, match="at least 5 training images"):
        nearest(TRAIN[:3], UNSEEN, TRAIN[0])
