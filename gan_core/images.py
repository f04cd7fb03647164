"""The one place where float images in [-1, 1] and uint8 pictures meet; grids, PNG and GIF."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

Pixels = NDArray[np.uint8]


def to_uint8(x: Tensor) -> Pixels:
    """Float images `(N, C, H, W)` in [-1, 1] as uint8 `(N, H, W, C)`; values outside are clipped."""
    scaled = x.detach().float().clamp(-1.0, 1.0).add(1.0).mul(127.5).round().to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def to_pixels(x: Tensor) -> Tensor:
    """The same as a tensor `(N, C, H, W)` on the CPU: what data sets hold and extractors read."""
    return torch.from_numpy(to_uint8(x)).permute(0, 3, 1, 2).contiguous()


def from_uint8(pixels: Tensor) -> Tensor:
    """uint8 images of any layout as float32 in [-1, 1], same shape."""
    return pixels.to(torch.float32).div_(127.5).sub_(1.0)


def grid(images: Pixels, columns: int, *, scale: int = 1, gap: int = 1, background: int = 0) -> Pixels:
    """Lays images `(N, H, W, C)` out row by row.

    Args:
        images: uint8 pictures of equal size.
        columns: Pictures per row; the last row is filled up with the background.
        scale: Whole-number enlargement that keeps pixels crisp.
        gap: Pixels between pictures, after enlargement.
        background: Grey value, 0 to 255, of the gaps.

    Returns:
        uint8 `(H', W', C)`.
    """
    n, height, width, channels = images.shape
    rows = -(-n // columns)
    large = images.repeat(scale, axis=1).repeat(scale, axis=2)
    h, w = height * scale, width * scale
    sheet = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, channels), background, np.uint8)
    for index in range(n):
        top, left = (index // columns) * (h + gap), (index % columns) * (w + gap)
        sheet[top : top + h, left : left + w] = large[index]
    return sheet


def like(pixels: Pixels, others: Pixels) -> Pixels:
    """Pictures `(N, H, W, C)` with the size and channels of others, their pixels crisp."""
    (height, width, channels), (rows, columns, wanted) = pixels.shape[1:], others.shape[1:]
    row, column = np.arange(rows) * height // rows, np.arange(columns) * width // columns
    resized: Pixels = pixels[:, row][:, :, column]
    return resized if channels == wanted else resized[..., :1].repeat(wanted, axis=3)


def _picture(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def png(pixels: Pixels) -> bytes:
    """One picture `(H, W, C)`, uint8, as PNG; C = 1 or 3, or 2 or 4 with its opacity last."""
    buffer = io.BytesIO()
    _picture(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def gif(frames: Sequence[Pixels], fps: float = 10.0, hold_last_s: float = 1.5) -> bytes:
    """Pictures `(H, W, C)` of equal size as an endless GIF; the last one stays for `hold_last_s` seconds.

    Raises:
        ValueError: No frames.
    """
    if not frames:
        raise ValueError("a GIF needs at least one frame")
    pictures = [_picture(frame) for frame in frames]
    durations = [round(1000 / fps)] * (len(pictures) - 1) + [round(1000 * hold_last_s)]
    buffer = io.BytesIO()
    pictures[0].save(
        buffer, "GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0, disposal=1
    )
    return buffer.getvalue()


def fit_to(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Float images `(N, C, H, W)` with the channels and size of `shape`; gradients pass through."""
    if x.shape[1] != shape[0]:
        x = x.mean(1, keepdim=True).expand(-1, shape[0], -1, -1)
    if x.shape[2:] != shape[1:]:
        x = F.interpolate(x, shape[1:], mode="bilinear", antialias=True, align_corners=False)
    return x


def distorted(x: Tensor, rng: torch.Generator) -> Tensor:
    """Copies of images `(N, C, H, W)`, each turned, sheared, stretched and shifted on its own.

    Up to 20 degrees, a shear of 0.5, factors of 1.35 across and 1.22 along, and 0.15 of half the side. What
    comes in from outside has the median of the image's border.
    """
    u = torch.rand(len(x), 6, generator=rng, device=x.device) * 2 - 1
    turn, shear, across, along = (
        0.35 * u[:, 0],
        0.5 * u[:, 1],
        torch.exp(0.3 * u[:, 2]),
        torch.exp(0.2 * u[:, 3]),
    )
    cos, sin = torch.cos(turn), torch.sin(turn)
    rows = [across * cos, shear * cos - along * sin, 0.15 * u[:, 4]]
    rows += [across * sin, shear * sin + along * cos, 0.15 * u[:, 5]]
    background = border(x).median(dim=2).values[:, :, None, None]
    with torch.autocast(x.device.type, enabled=False):  # coordinates need float32
        where = F.affine_grid(torch.stack(rows, dim=1).view(-1, 2, 3), list(x.shape), align_corners=False)
        return F.grid_sample(x - background, where, align_corners=False) + background


def border(x: Tensor) -> Tensor:
    """The outermost pixels of images `(..., H, W)`, `(..., 2 H + 2 W - 4)`."""
    return torch.cat([x[..., 0, :], x[..., -1, :], x[..., 1:-1, 0], x[..., 1:-1, -1]], dim=-1)
