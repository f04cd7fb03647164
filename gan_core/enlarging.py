"""Enlarging pictures of any size: by a rule, and by a family that has learned to."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.capabilities import Translation
from gan_core.family import Family

RULES = ("nearest", "bicubic")
WARM_UP, TRAINED = "warm-up", "trained"
TITLES = {"nearest": "Nearest pixel", "bicubic": "Bicubic", WARM_UP: "SRResNet", TRAINED: "SRGAN"}
TILE = 64  # pixels of the small picture along a tile's side
_LUMA = (0.299, 0.587, 0.114)  # shares of red, green and blue in brightness, ITU-R BT.601


def methods_of(family: Family) -> tuple[str, ...]:
    """Ways to enlarge, the plainest first: two rules, and the networks of the family."""
    return (*RULES, *((WARM_UP,) if family.has_warm_up else ()), TRAINED)


def reduce(x: Tensor, scale: int) -> Tensor:
    """Pictures `(N, C, H, W)` with each square of `scale` pixels averaged; an incomplete one is cut off."""
    return F.avg_pool2d(x, scale)


def enlarge(family: Family, low_res: Tensor, method: str) -> Tensor:
    """Pictures `(N, C, scale H, scale W)` in [-1, 1] of small ones.

    A family of grey pictures enlarges the brightness of a coloured one; its colours are enlarged by the
    bicubic rule, since eyes hardly see how sharp they are. One of coloured pictures gives grey ones for grey.

    Args:
        family: One that enlarges, in evaluation mode.
        low_res: `(N, C, H, W)` in [-1, 1], C = 1 or 3, of any height and width.
        method: One of `methods_of`.
    """
    scale = _translation(family).scale
    if method in RULES:
        return by_rule(low_res, scale, method)
    channels, wanted = low_res.shape[1], family.data.shape[0]
    if channels == wanted:
        return _by_network(family, low_res, method)
    if channels == 1:
        return _by_network(family, low_res.expand(-1, wanted, -1, -1), method).mean(1, keepdim=True)
    luma = _luma(low_res)
    colours = by_rule(low_res - luma, scale, "bicubic", bounded=False)
    return (_by_network(family, luma, method) + colours).clamp(-1, 1)


def by_rule(low_res: Tensor, scale: int, rule: str, *, bounded: bool = True) -> Tensor:
    """Enlarged by copying the nearest pixel, or by bicubic interpolation, cut to [-1, 1] where `bounded`."""
    if rule == "nearest":
        return F.interpolate(low_res, scale_factor=scale, mode="nearest")
    made = F.interpolate(low_res, scale_factor=scale, mode="bicubic", align_corners=False)
    return made.clamp(-1, 1) if bounded else made


def in_tiles(
    network: Callable[[Tensor], Tensor], x: Tensor, *, scale: int, reach: int, tile: int = TILE
) -> Tensor:
    """What `network` makes of pictures too large to compute at once: the same as in one piece, tile by tile.

    Each tile is computed with a margin of `reach` pixels, which is then cut off, so no seam can show.

    Args:
        network: Maps `(N, C, h, w)` to `(N, C', scale h, scale w)`, by convolutions alone.
        x: `(N, C, H, W)`.
        scale: Times the result is higher and wider.
        reach: How far away a pixel can still matter.
        tile: Side of a tile without its margin.
    """
    height, width = x.shape[2:]
    rows = []
    for top in range(0, height, tile):
        row = []
        for left in range(0, width, tile):
            above, before = min(reach, top), min(reach, left)
            part = x[:, :, top - above : top + tile + reach, left - before : left + tile + reach]
            made = network(part)[:, :, scale * above :, scale * before :]
            row.append(made[:, :, : scale * min(tile, height - top), : scale * min(tile, width - left)])
        rows.append(torch.cat(row, dim=3))
    return torch.cat(rows, dim=2)


def _by_network(family: Family, low_res: Tensor, method: str) -> Tensor:
    network = family.translate_after_warm_up if method == WARM_UP else family.translate
    about = _translation(family)
    with torch.no_grad():
        return in_tiles(network, low_res, scale=about.scale, reach=about.reach)


def _translation(family: Family) -> Translation:
    if not family.can_enlarge or family.translation is None:
        raise ValueError(f"family '{family.name}' does not enlarge pictures")
    return family.translation


def _luma(x: Tensor) -> Tensor:
    """Brightness `(N, 1, H, W)` of coloured pictures `(N, 3, H, W)`."""
    return (x * x.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
