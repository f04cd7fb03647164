"""What takes seconds: measured once for all viewers, with a bar that says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.components.explore.place import Place

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.data.progress import Progress
    from gan_core.weights import LoadedModel

T = TypeVar("T")
Counts = npt.NDArray[np.int64]

SEED = 0  # of the pictures that are measured: not those on the page
_KEPT = 48


@st.cache_resource(show_spinner=False)
def _kept() -> dict[Hashable, Any]:
    return {}


def once(key: Hashable, make: Callable[[Progress], T]) -> T:
    """What `make` returns, made once for each key while it is remembered; a bar tells how far it is.

    Args:
        key: Everything that the result depends on.
        make: Makes it; told where to report.

    Raises:
        UserError: What `make` raises; nothing is remembered then.
    """
    kept = _kept()
    if key not in kept:
        bar = st.progress(0.0, "Starting")
        try:
            made = make(lambda words, share: _tell(bar, words, share))
        finally:
            bar.empty()
        while len(kept) >= _KEPT:
            kept.pop(next(iter(kept)), None)
        kept[key] = made
    return cast(T, kept[key])


def _tell(bar: Any, words: str, share: float) -> None:
    bar.progress(min(max(share, 0.0), 1.0), words)


def pictures(where: Place, loaded: LoadedModel, n: int) -> Tensor:
    """Some pictures of each kind, uint8 `(kinds * n, C, H, W)`, kind by kind."""
    from gan_core.evaluation.labels import pictures_of_kinds

    return once(("pictures", where.key, n), lambda report: pictures_of_kinds(loaded.family, n, SEED, report))


def counts(
    where: Place, loaded: LoadedModel, classify: Callable[[Tensor], Tensor], classes: int, n: int
) -> Counts:
    """How often each class is recognised in n pictures of each kind `(kinds, classes)`."""
    from gan_core.asking import num_kinds
    from gan_core.evaluation.labels import recognised_kinds

    made = pictures(where, loaded, n)
    kinds = num_kinds(loaded.family)
    return once(
        ("counts", where.key, n), lambda report: recognised_kinds(made, classify, kinds, classes, report)
    )
