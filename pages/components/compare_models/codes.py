"""Codes of pictures: by a model's encoder or, where it has none, by a search, done once for everyone."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from pages.components import kept
from pages.components.compare_models.place import Model

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.data.progress import Progress
    from gan_core.latent.rebuilding import Rebuilt


def rebuilt(model: Model, x: Tensor, y: Tensor | None, key: Hashable) -> Rebuilt:
    """What a model makes of pictures.

    Args:
        model: Any on the page.
        x: `(N, C, H, W)` in [-1, 1].
        y: Their classes `(N,)`, which a family with classes is told; None: not known.
        key: Names the pictures among all there are.

    Raises:
        UserError: The search cannot look for such a picture.
    """
    from gan_core.latent.rebuilding import encoded, searched

    family = model.loaded.family
    if family.can_encode:
        return encoded(family, x)
    words = f"{model.title} has no encoder: looking for codes"

    def search(report: Progress) -> Rebuilt:
        report(words, 0.0)
        return searched(family, x, y=y, on_progress=lambda share: report(words, share))

    return kept.once(("searched codes", model.source.key, key), search)


def how(model: Model) -> str:
    """How the model comes to codes, in a few words."""
    return "by its encoder" if model.encodes else "by a search: it has no encoder"
