"""Condition images computed from real ones: the outline of what is there, its skeleton, a part left out.

A condition is an image itself, in [-1, 1], so that it can be shown, drawn and uploaded.
"""

from __future__ import annotations

import base64
import binascii

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.settings import UserError

_EDGE_SHARE = 0.3  # of the image's steepest edge, from which another one counts
_FAINTEST = 0.1  # steepness, as a share of black to white in one pixel, below which nothing is an edge
_STROKE_SHARE = 0.4  # of the way from ground to the brightest pixel, from which a pixel belongs to a stroke
_THINNINGS = 32  # passes; strokes up to twice as wide become lines
HIDDEN = 0.0  # brightness of a part that is left out: grey


def outline(x: Tensor) -> Tensor:
    """One-pixel lines where brightness changes most steeply: light (1) on black (-1).

    Sobel gradients, of the channel that changes most; a pixel stays where its gradient is the largest along
    its own direction and not small beside the image's largest: soft edges give lines as thin as sharp ones.

    Args:
        x: Images `(N, C, H, W)` in [-1, 1].

    Returns:
        `(N, 1, H, W)` float32, each value -1 or 1.

    Source: Canny 1986, A computational approach to edge detection; one threshold, without hysteresis.
    """
    across, down = _gradients(x.float())
    steepness, channel = (across.square() + down.square()).sqrt().max(dim=1, keepdim=True)
    across, down = across.gather(1, channel), down.gather(1, channel)
    largest = steepness.amax((2, 3), keepdim=True)
    strong = (steepness >= _EDGE_SHARE * largest) & (steepness >= _FAINTEST)
    return _lines(strong & _is_ridge(steepness, across, down))


def _gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    """Sobel's change of brightness per pixel across and down, as a share of black to white."""
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate") / 2
    smooth_down = (padded[..., :-2, :] + 2 * padded[..., 1:-1, :] + padded[..., 2:, :]) / 4
    smooth_across = (padded[..., :-2] + 2 * padded[..., 1:-1] + padded[..., 2:]) / 4
    return (
        (smooth_down[..., 2:] - smooth_down[..., :-2]) / 2,
        (smooth_across[..., 2:, :] - smooth_across[..., :-2, :]) / 2,
    )


def _is_ridge(steepness: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Where no neighbour along the gradient is steeper; of equal neighbours the later one stays."""
    flat, upright = across.abs() > 2.414 * down.abs(), down.abs() > 2.414 * across.abs()  # tan 67.5 degrees
    rising = across * down < 0
    ridge = torch.zeros_like(flat)
    for applies, dy, dx in (
        (flat, 0, 1),
        (upright, 1, 0),
        (~flat & ~upright & ~rising, 1, 1),
        (~flat & ~upright & rising, -1, 1),
    ):
        before, after = _shifted(steepness, -dy, -dx), _shifted(steepness, dy, dx)
        ridge |= applies & (steepness >= before) & (steepness > after)
    return ridge


def skeleton(x: Tensor) -> Tensor:
    """Strokes thinned to their middle line: light (1) on black (-1).

    Args:
        x: Images `(N, C, H, W)` in [-1, 1], brighter strokes on a darker ground.

    Returns:
        `(N, 1, H, W)` float32, each value -1 or 1.

    Source: Zhang and Suen 1984, A fast parallel algorithm for thinning digital patterns.
    """
    level = x.float().mean(dim=1, keepdim=True)
    low, high = level.amin((2, 3), keepdim=True), level.amax((2, 3), keepdim=True)
    stroke = (level > low + _STROKE_SHARE * (high - low)) & (high - low > _FAINTEST)
    for _ in range(_THINNINGS):
        thinner = _thinned(_thinned(stroke, 0), 1)
        if torch.equal(thinner, stroke):
            break
        stroke = thinner
    return _lines(stroke)


def _thinned(stroke: Tensor, half: int) -> Tensor:
    """Half a pass: takes border pixels that hold nothing together from the south-east or the north-west."""
    clockwise = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # from the north
    ring = [_shifted(stroke, dy, dx) for dy, dx in clockwise]
    count = sum(pixel.to(torch.int8) for pixel in ring)
    starts = sum((~a & b).to(torch.int8) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    north, east, south, west = ring[::2]
    if half == 0:
        open_side = ~(north & east & south) & ~(east & south & west)
    else:
        open_side = ~(north & east & west) & ~(north & south & west)
    return stroke & ~((count >= 2) & (count <= 6) & (starts == 1) & open_side)


def _shifted(x: Tensor, dy: int, dx: int) -> Tensor:
    """What lies `dy` below and `dx` right of each pixel, from -1 to 1; nothing (0) beyond the border."""
    height, width = x.shape[-2:]
    padded = F.pad(x, (1, 1, 1, 1))
    return padded[..., 1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]


def _lines(on: Tensor) -> Tensor:
    return on.float() * 2 - 1


def hidden_parts(n: int, side: int, rng: torch.Generator) -> Tensor:
    """A random part of each of n images: one of the four halves, or a window half as wide and half as high.

    Returns:
        `(n, 1, side, side)` bool, True in the part.
    """
    device, half = rng.device, side // 2
    kind = torch.randint(8, (n, 1), generator=rng, device=device)  # half of them halves, half of them windows
    corner = torch.randint(side - half + 1, (n, 2), generator=rng, device=device)
    top = torch.where(kind < 4, (kind == 1) * (side - half), corner[:, :1])
    left = torch.where(kind < 4, (kind == 3) * (side - half), corner[:, 1:])
    height = torch.where((kind == 2) | (kind == 3), side, half)
    width = torch.where(kind < 2, side, half)
    place = torch.arange(side, device=device)
    rows = (place >= top) & (place < top + height)
    columns = (place >= left) & (place < left + width)
    return (rows[:, :, None] & columns[:, None, :])[:, None]


def partial(x: Tensor, hidden: Tensor) -> Tensor:
    """Images with a part painted over in grey.

    Args:
        x: `(N, C, H, W)` in [-1, 1].
        hidden: `(N, 1, H, W)` bool, True where it is painted over.
    """
    return torch.where(hidden, torch.full_like(x, HIDDEN), x)


def to_text(marked: Tensor) -> str:
    """Marked pixels `(side, side)` bool as characters that an address may hold."""
    packed = np.packbits(marked.cpu().numpy())
    return base64.urlsafe_b64encode(packed.tobytes()).decode().rstrip("=")


def from_text(text: str, side: int) -> Tensor:
    """Reads what `to_text` wrote of a square of that side, `(side, side)` bool.

    Raises:
        UserError: The text is cut short or something else.
    """
    pixels = side * side
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != -(-pixels // 8):
        raise UserError("the drawing of this link is cut short or made for another size; copy the whole link")
    bits = np.unpackbits(np.frombuffer(raw, np.uint8))[:pixels]
    return torch.from_numpy(bits.astype(bool)).view(side, side)
