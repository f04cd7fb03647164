"""A picture of one's own, brought to what a generator draws: size, channels, ground, place of strokes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.images import fit_to
from gan_core.settings import UserError

MNIST_BOX = 20 / 28  # share of the side that a digit's bounding box takes in MNIST
_INK = 0.15  # brightness above the ground from which a pixel belongs to a stroke
_EMPTY = 0.02
_BLANK = 0.02  # spread of a picture, of the range of 2, below which there is nothing in it
_NOTHING = "the picture is empty; draw something, or choose a picture with something in it"


def refuse_blank(picture: Tensor) -> None:
    """Stops at a picture `(C, H, W)` in which there is nothing to see.

    Raises:
        UserError: It is of one brightness throughout.
    """
    if float(picture.max() - picture.min()) < _BLANK:
        raise UserError(_NOTHING)


def border_level(x: Tensor) -> float:
    """Median brightness of the outermost pixels of images `(N, C, H, W)`, in [-1, 1]."""
    rim = torch.cat([x[..., 0, :], x[..., -1, :], x[..., :, 0], x[..., :, -1]], dim=-1)
    return float(rim.median())


def as_sample(picture: Tensor, samples: Tensor, *, centre: bool) -> Tensor:
    """A picture of one's own as the generator would draw it.

    Args:
        picture: `(C, H, W)` in [-1, 1], any size, 1 or 3 channels.
        samples: Some pictures of the generator `(N, C', H', W')`.
        centre: Bring strokes to the middle and to the size they have in `samples`, where the ground is dark.

    Returns:
        `(C', H', W')`.

    Raises:
        UserError: There is no stroke to bring anywhere.
    """
    if not centre or border_level(samples) > -0.5:
        return like_samples(picture, samples)
    upright = like_samples(picture, samples.new_full((1, 1, 256, 256), -1.0))  # large still, light on dark
    return like_samples(centred(_on_black(upright), samples.shape[-1], stroke_box(samples)), samples)


def like_samples(picture: Tensor, samples: Tensor) -> Tensor:
    """A picture with the size, channels and ground of generated ones: dark on light becomes light on dark.

    Args:
        picture: `(C, H, W)` in [-1, 1], any size, 1 or 3 channels.
        samples: Some pictures of the generator `(N, C', H', W')`.

    Returns:
        `(C', H', W')`.
    """
    fitted = fit_to(picture[None], tuple(samples.shape[1:]))[0].clamp(-1, 1)
    ground, own = border_level(samples), border_level(fitted[None])
    opposite = abs(ground) > 0.5 and abs(own) > 0.2 and ground * own < 0  # a clear ground, and the other one
    return -fitted if opposite else fitted


def stroke_box(samples: Tensor) -> float:
    """Share of the side that the strokes of light-on-dark samples `(N, C, H, W)` take, in the median.

    It is the longer side of their bounding box: 20 of 28 pixels in MNIST, all of them in the small digits.
    """
    marked = (samples.mean(1) + 1) / 2 > _INK
    extents = []
    for lines in (marked.any(2), marked.any(1)):  # rows, then columns, that hold ink
        places = torch.arange(1, lines.shape[1] + 1, device=lines.device)
        last = (lines * places).amax(1)
        first = (lines * places.flip(0)).amax(1)
        extents.append((last + first - lines.shape[1]).clamp_min(0))
    longer = torch.stack(extents).amax(0)
    return float(longer[longer > 0].median()) / samples.shape[-1] if (longer > 0).any() else MNIST_BOX


def centred(strokes: Tensor, size: int, box: float = MNIST_BOX) -> Tensor:
    """Light strokes on black as data sets of characters hold them: of one size, centre of mass in the middle.

    Args:
        strokes: `(1, H, W)` in [-1, 1], drawn anywhere and at any size.
        size: Side wanted, in pixels.
        box: Share of the side that the strokes' bounding box shall take, above 0, at most 1.

    Returns:
        `(1, size, size)` in [-1, 1].

    Raises:
        UserError: There is no stroke.
    """
    ink = (strokes[0] + 1) / 2
    marked = ink > _INK
    if float(marked.float().mean()) < 1e-4 or float(ink.max()) < _EMPTY:
        raise UserError(_NOTHING)
    rows, columns = marked.any(1).nonzero()[:, 0], marked.any(0).nonzero()[:, 0]
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    share = box * size / max(cut.shape)
    height, width = (max(1, round(side * share)) for side in cut.shape)
    small = F.interpolate(
        cut[None, None], (height, width), mode="bilinear", antialias=True, align_corners=False
    )[0, 0]
    mass = small.sum().clamp_min(1e-6)
    middle_y = float((small.sum(1) * torch.arange(height)).sum() / mass)
    middle_x = float((small.sum(0) * torch.arange(width)).sum() / mass)
    top = min(max(round((size - 1) / 2 - middle_y), 0), size - height)
    left = min(max(round((size - 1) / 2 - middle_x), 0), size - width)
    sheet = torch.zeros(1, size, size)
    sheet[0, top : top + height, left : left + width] = small
    return sheet * 2 - 1


def _on_black(picture: Tensor) -> Tensor:
    """A picture whose ground, e.g. photographed paper, becomes black, and whose brightest pixel white."""
    ground, brightest = border_level(picture[None]), float(picture.max())
    if brightest - ground < _EMPTY:
        return torch.full_like(picture, -1.0)
    return ((picture - ground) / (brightest - ground)).clamp(0, 1) * 2 - 1
