"""Condition images of pictures whose outline, skeleton and missing part are known."""

import pytest
import torch

from gan_core.conditions import (
    HIDDEN,
    from_text,
    hidden_parts,
    outline,
    partial,
    skeleton,
    to_text,
)
from gan_core.settings import UserError


def square(side=16, low=4, high=12, channels=1):
    """A bright square on black."""
    x = torch.full((1, channels, side, side), -1.0)
    x[..., low:high, low:high] = 1.0
    return x


def soft(x):
    """The picture with edges three pixels wide."""
    return torch.nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


@pytest.mark.parametrize("blur", [0, 1, 2])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_outline_of_a_square_is_a_thin_closed_line_along_its_border(blur, channels):
    x = square(channels=channels)
    for _ in range(blur):
        x = soft(x)
    lines = outline(x)
    assert lines.shape == (1, 1, 16, 16)
    assert set(lines.unique().tolist()) == {-1.0, 1.0}
    on = lines[0, 0] > 0
    rows, columns = on[:, 8].nonzero().flatten(), on[8].nonzero().flatten()
    for crossings in (rows, columns):  # a cut through the middle meets two lines, each one pixel wide
        assert len(crossings) == 2
        assert abs(int(crossings[0]) - 3.5) <= 0.5
        assert abs(int(crossings[1]) - 11.5) <= 0.5
    assert not on[7:9, 7:9].any()
    assert not on[:2].any()
    assert not on[:, :2].any()


def test_the_outline_is_seen_in_one_colour_alone_and_in_faint_pictures_but_not_in_flat_ones():
    red = torch.full((1, 3, 32, 32), -1.0)
    red[:, 0, 10:20, 10:20] = 1.0
    assert torch.equal(outline(red), outline(square(32, 10, 20)))
    assert torch.equal(outline(0.3 * square()), outline(square()))
    assert (outline(torch.full((2, 1, 16, 16), 0.4)) == -1).all()
    assert (outline(torch.rand(2, 1, 16, 16) * 0.05) == -1).all()


def test_the_skeleton_of_a_bar_is_its_middle_line():
    x = torch.full((1, 1, 20, 20), -1.0)
    x[..., 8:11, 3:17] = 1.0
    on = skeleton(x)[0, 0] > 0
    assert on[9, 5:15].all()
    assert int(on.sum()) == int(on[9].sum())
    assert torch.equal(skeleton(2 * on[None, None].float() - 1)[0, 0] > 0, on)  # a line stays as it is
    assert not (skeleton(torch.zeros(1, 1, 20, 20)) > 0).any()


def test_a_ring_stays_a_ring_when_it_is_thinned():
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
    radius = ((x - 11.5) ** 2 + (y - 11.5) ** 2).sqrt()
    ring = ((radius > 5) & (radius < 9)).float()[None, None] * 2 - 1
    on = skeleton(ring)[0, 0] > 0
    crossings = (on[12].int().diff() == 1).sum()
    assert int(crossings) == 2
    assert int(on.sum()) < 0.5 * int((ring > 0).sum())


def test_hidden_parts_are_halves_and_windows_and_follow_the_seed():
    parts = hidden_parts(2000, 16, torch.Generator().manual_seed(0))
    assert parts.shape == (2000, 1, 16, 16)
    sizes = parts.flatten(1).sum(1)
    assert set(sizes.tolist()) == {64, 128}
    assert 0.4 < (sizes == 128).float().mean() < 0.6
    halves = {tuple(part[0, [0, -1, 8, 8], [8, 8, 0, -1]].tolist()) for part in parts[sizes == 128]}
    assert len(halves) == 4  # top, bottom, left, right
    assert torch.equal(parts, hidden_parts(2000, 16, torch.Generator().manual_seed(0)))
    assert parts[sizes == 64].any(0).all()  # a window can lie anywhere


def test_what_is_hidden_is_grey_and_the_rest_stays():
    x = torch.rand(2, 3, 8, 8) + 0.01
    hidden = torch.zeros(2, 1, 8, 8, dtype=torch.bool)
    hidden[0, :, :4] = True
    given = partial(x, hidden)
    assert (given[0, :, :4] == HIDDEN).all()
    assert torch.equal(given[0, :, 4:], x[0, :, 4:])
    assert torch.equal(given[1], x[1])


@pytest.mark.parametrize("side", [16, 28, 30])
def test_marks_survive_a_link(side):
    marked = torch.rand(side, side, generator=torch.Generator().manual_seed(side)) > 0.7
    text = to_text(marked)
    assert text.isascii()
    assert torch.equal(from_text(text, side), marked)


@pytest.mark.parametrize("text", ["", "abc", "%%%", "é" * 20, to_text(torch.ones(16, 16) > 0)])
def test_a_damaged_link_is_told_in_one_sentence(text):
    with pytest.raises(UserError, match="copy the whole link"):
        from_text(text, 28)
