"""What takes seconds on this page: measured once for all viewers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pages.components.explore.place import Place
from pages.components.kept import once

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.weights import LoadedModel

Counts = npt.NDArray[np.int64]

SEED = 0  # of the pictures that are measured: not those on the page


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
