"""Shares on the way between classes."""

import pytest
import torch

from gan_core.latent.blends import between, line, triangle
from gan_core.settings import UserError


def test_a_line_goes_from_all_of_one_to_all_of_the_other():
    torch.testing.assert_close(line(3), torch.tensor([[1, 0], [0.5, 0.5], [0, 1]]))


def test_a_triangle_has_its_three_at_the_corners_and_every_share_sums_to_one():
    shares = triangle(5)
    assert shares.shape == (15, 3)
    assert shares[0].tolist() == [1, 0, 0]
    assert shares[-5].tolist() == [0, 1, 0]
    assert shares[-1].tolist() == [0, 0, 1]
    torch.testing.assert_close(shares.sum(1), torch.ones(15))
    assert len(shares.unique(dim=0)) == 15


def test_shares_of_a_few_are_put_in_their_places():
    assert between([4, 1], torch.tensor([[0.25, 0.75]]), 5).tolist() == [[0, 0.75, 0, 0, 0.25]]


@pytest.mark.parametrize("kinds", [[1, 1], [0, 5], [-1, 2]])
def test_kinds_that_cannot_be_blended_are_refused(kinds):
    with pytest.raises(UserError, match="different ones of 0 to 4"):
        between(kinds, line(2), 5)
