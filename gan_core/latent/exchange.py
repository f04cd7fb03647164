"""Latents as text that can be sent to somebody: JSON for people, a short string for links."""

from __future__ import annotations

import base64
import binascii
import json

import numpy as np
import torch
from torch import Tensor

from gan_core.settings import UserError

MAX_TEXT = 200_000  # characters that are looked at
_LIMIT = 1e3  # no latent of any law has a value this large


def to_json(z: Tensor, source: str | None = None) -> str:
    """A latent `(z_dim,)` as JSON, with every digit that float32 has.

    Args:
        z: The latent.
        source: Name of the weights or run it belongs to.
    """
    values = [float(f"{value:.9g}") for value in z.tolist()]
    return json.dumps(({} if source is None else {"source": source}) | {"z": values})


def to_link(z: Tensor) -> str:
    """A latent `(z_dim,)` as characters that an address may hold, bit for bit."""
    raw = z.detach().to(torch.float32).cpu().numpy().astype("<f4").tobytes()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_text(text: str, z_dim: int) -> Tensor:
    """Reads what `to_json` or `to_link` wrote, or a plain list of numbers.

    Args:
        text: What somebody pasted.
        z_dim: Numbers the latent must have.

    Returns:
        `(z_dim,)` float32.

    Raises:
        UserError: It is no latent, has another length, or holds a value that is no finite, sensible number.
    """
    text = text.strip()
    if not text:
        raise UserError("there is nothing to read; paste a latent as JSON or as the text of a link")
    if len(text) > MAX_TEXT:
        raise UserError(f"the text has {len(text):,} characters; a latent has at most {MAX_TEXT:,}")
    values = _from_json(text) if text[0] in "[{" else _from_link(text)
    if len(values) != z_dim:
        raise UserError(f"a latent of this generator has {z_dim} numbers, got {len(values)}")
    if not np.isfinite(values).all():
        raise UserError("a latent must hold finite numbers, but this one holds NaN or infinity")
    if np.abs(values).max(initial=0) > _LIMIT:
        raise UserError(f"a latent must hold numbers from {-_LIMIT:,.0f} to {_LIMIT:,.0f}")
    return torch.from_numpy(values.astype(np.float32))


def _from_json(text: str) -> np.ndarray:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("the text is no JSON that can be read; copy the whole latent again") from None
    values = read.get("z") if isinstance(read, dict) else read
    if not isinstance(values, list):
        raise UserError('the JSON holds no latent; it must be a list of numbers, or {"z": [numbers]}')
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        raise UserError("a latent must hold numbers only; this list holds something else")
    try:
        return np.array([float(value) for value in values], np.float64)
    except OverflowError:
        raise UserError("a latent must hold finite numbers; one here is far too large") from None


def _from_link(text: str) -> np.ndarray:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise UserError("the text is neither JSON nor the latent of a link; copy it again") from None
    if not raw or len(raw) % 4:
        raise UserError("the latent of the link is cut short; copy the whole link again")
    return np.frombuffer(raw, "<f4").astype(np.float64)
