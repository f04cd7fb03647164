"""What runs of the kitchen look like: before their first step, and how many modes their points reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan_core.building import FindReader, build_trainer
from gan_core.data import PointDataset, load_dataset
from gan_core.metrics import mode_coverage
from gan_core.runs.snapshots import Snapshotter
from gan_core.settings import RunConfig
from gan_core.trainer import FLOAT32


class Reached(NamedTuple):
    """Modes that points reach: how many, of how many, and the share of points near one, 0 to 1."""

    modes: int
    of: int
    sharp: float


def first_snapshot(config: RunConfig, find_reader: FindReader | None = None) -> dict[str, NDArray[Any]]:
    """What a run will show at step 0; see `gan_core.runs.snapshots.Snapshotter`.

    Args:
        config: Resolved or not.
        find_reader: Finds the classifier for a family that compares features of one.

    Raises:
        UserError: Something in the config is wrong, or its data are not on this machine.
    """
    trainer = build_trainer(config, precision=FLOAT32, threads=1, find_reader=find_reader)
    taken = Snapshotter(trainer).take()
    assert taken is not None, "families of the kitchen make examples"
    return taken


def modes_reached(
    dataset: str, points: NDArray[np.float32], drawing: Sequence[Sequence[float]] | None = None
) -> Reached | None:
    """Modes within three deviations of which at least one point lies; None if the data are one piece.

    Args:
        dataset: Name or path of data of points.
        points: Generated `(n, 2)`.
        drawing: Points of the strokes for the data set `drawn`.

    Raises:
        UserError: The data are gone.
    """
    data = load_dataset(dataset, drawing=drawing)
    if not isinstance(data, PointDataset) or data.centres is None or data.std is None:
        return None
    found = mode_coverage(points, data.centres, data.std)
    return Reached(found.covered, len(data.centres), found.high_quality)
