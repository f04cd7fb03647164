"""Images in memory to another size."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_BLOCK = 2048  # images resized at once: 64 MB of float32 at 64 × 64, two temporaries


def fit_images(images: Tensor, size: int) -> Tensor:
    """Square images of side `size`: 28-pixel images become 32 by a black border, all others are resampled.

    Args:
        images: `(N, C, H, W)` uint8, square.
        size: Side wanted, in pixels.
    """
    native = images.shape[-1]
    if size == native:
        return images
    if (native, size) == (28, 32):
        return F.pad(images, (2, 2, 2, 2))
    return _resample(images, size)


def _resample(images: Tensor, size: int) -> Tensor:
    """Bicubic resampling, antialiased when shrinking, `(N, C, H, W)` to `(N, C, size, size)` uint8."""
    resized = torch.empty(*images.shape[:2], size, size, dtype=torch.uint8)
    for start in range(0, len(images), _BLOCK):
        block = images[start : start + _BLOCK].to(torch.float32)
        block = F.interpolate(block, size=(size, size), mode="bicubic", antialias=True, align_corners=False)
        resized[start : start + _BLOCK] = block.round_().clamp_(0, 255)  # bicubic overshoots at edges
    return resized
