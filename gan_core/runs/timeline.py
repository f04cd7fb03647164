"""The snapshots a run leaves behind, to scrub through. Knows arrays and files, not networks."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_core.runs.files import RunFolder, write_atomically
from gan_core.runs.pacing import Thinning
from gan_core.settings import UserError

Snapshot = dict[str, NDArray[Any]]

LIMIT = 240  # snapshots kept of a run
SPACING_S = 0.25  # training time between them until there are too many


class Timeline:
    """Writes a run's snapshots and thins them as it gets long.

    Args:
        folder: The run's folder.
        seconds: Training time already behind a resumed run.
    """

    def __init__(self, folder: RunFolder, seconds: float = 0.0) -> None:
        self._folder = folder
        self._thinning = Thinning(LIMIT, SPACING_S, seconds)
        self._passing: int | None = None  # the newest snapshot, if it only stays until there is a newer one

    def add(self, step: int, seconds: float, snapshot: Mapping[str, NDArray[Any]]) -> None:
        """Stores the newest snapshot, taken at `step` after `seconds` of training."""
        folder = self._folder
        write_snapshot(folder.snapshot(step), snapshot)
        if self._passing not in (None, step):
            folder.snapshot(self._passing).unlink(missing_ok=True)
        if self._thinning.is_due(seconds):
            self._thinning.keep(seconds)
            self._passing = None
            for surplus in self._thinning.surplus(folder.snapshot_steps()):
                folder.snapshot(surplus).unlink(missing_ok=True)
        else:
            self._passing = step

    def forget_after(self, step: int) -> None:
        """Deletes the snapshots after `step`, since the run goes on from there."""
        for later in self._folder.snapshot_steps():
            if later > step:
                self._folder.snapshot(later).unlink(missing_ok=True)


def write_snapshot(path: Path, snapshot: Mapping[str, NDArray[Any]]) -> None:
    """Writes or replaces one snapshot; not flushed to the disk, since one picture may get lost."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **snapshot)
    write_atomically(path, buffer.getvalue(), durable=False)


def read_snapshot(folder: RunFolder, step: int | None = None) -> tuple[int, Snapshot]:
    """A snapshot and its step.

    Args:
        folder: The run's folder.
        step: Step it was taken at; None: the newest.

    Raises:
        UserError: There is no such snapshot (any more).
    """
    for _ in range(3):  # the newest may give way to a newer one just now
        steps = folder.snapshot_steps()
        if not steps:
            break
        chosen = steps[-1] if step is None else step
        try:
            return chosen, _read(folder.snapshot(chosen))
        except FileNotFoundError:
            if step is not None:
                break
    where = "yet" if step is None else f"at step {step}; choose another one"
    raise UserError(f"this run has no snapshot {where}")


def read_real_examples(folder: RunFolder) -> NDArray[np.uint8] | None:
    """Real images uint8 `(n, H, W, C)` to show beside the generated ones; None if there are none."""
    return _beside(folder, "real")


def read_conditions(folder: RunFolder) -> NDArray[np.uint8] | None:
    """Condition images uint8 `(n, H', W', C')` the generated ones are made of; None if there are none."""
    return _beside(folder, "conditions")


def read_captions(folder: RunFolder) -> NDArray[np.str_] | None:
    """The sentences `(n,)` the generated images are made of; None if there are none."""
    return _beside(folder, "captions")


def _beside(folder: RunFolder, name: str) -> NDArray[Any] | None:
    """What does not change from one snapshot to the next."""
    try:
        return _read(folder.real_examples).get(name)
    except FileNotFoundError:
        return None


def _read(path: Path) -> Snapshot:
    content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise UserError(f"the snapshot {path.name} is damaged; choose another one") from error
