"""Trained networks by whatever names them: a name in weights/, a path, or a run."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import NamedTuple

from gan_core import weights
from gan_core.runs.files import RunFolder
from gan_core.runs.records import Run, UnknownRunError
from gan_core.runs.store import RunStore
from gan_core.settings import UserError
from gan_core.weights.card import SUFFIX
from gan_core.weights.files import LoadedModel, load_file
from gan_core.weights.of_runs import load_checkpoint


class RunCheckpoint(NamedTuple):
    """A run and the file of one of its checkpoints."""

    run: Run
    path: Path


def load(source: str | Path, store: RunStore | None = None, *, step: int | None = None) -> LoadedModel:
    """Loads trained networks, ready to generate or classify.

    Args:
        source: A name in the weights folder, the path of a .safetensors file with its card, or a run's id.
        store: Where to look for runs; None: only files are looked for.
        step: Of a run, the step of the checkpoint to take; None: the latest.

    Returns:
        The family, in evaluation mode, frozen, on the CPU; a run's with the averaged weights of its samples.

    Raises:
        UserError: Nothing has this name, or it is damaged or does not fit this version.
    """
    found = resolve(source, store, step=step)
    return load_checkpoint(found.run, found.path) if isinstance(found, RunCheckpoint) else load_file(found)


def resolve(
    source: str | Path, store: RunStore | None = None, *, step: int | None = None
) -> Path | RunCheckpoint:
    """What `source` names: a weights file, or a run's checkpoint. The arguments are those of `load`.

    Raises:
        UserError: Nothing has this name, or the run has no such checkpoint yet.
    """
    path = Path(source).expanduser()
    if path.suffix == SUFFIX:
        if not path.is_file():
            raise UserError(f"there is no file '{source}'; give the path of a {SUFFIX} file with its card")
        return path
    names = sorted(file.stem for file in weights.WEIGHTS_DIR.glob(f"*{SUFFIX}"))
    if str(source) in names:
        return weights.WEIGHTS_DIR / f"{source}{SUFFIX}"
    if store is not None:
        try:
            run = store.get(str(source))
        except UnknownRunError:
            raise _unknown_source(str(source), names) from None
        return RunCheckpoint(run, _checkpoint_path(RunFolder(store.folder(run.id)), step))
    raise _unknown_source(str(source), names)


def _unknown_source(source: str, names: list[str]) -> UserError:
    near = difflib.get_close_matches(source, names, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    return UserError(
        f"nothing is called '{source}'{hint}; give a name in weights/ ({', '.join(names) or 'none yet'}), "
        f"the id of a run, or the path of a {SUFFIX} file"
    )


def _checkpoint_path(folder: RunFolder, step: int | None) -> Path:
    if step is not None and folder.checkpoint(step).is_file():
        return folder.checkpoint(step)
    steps = folder.checkpoint_steps()
    if not steps:
        raise UserError("the run has no checkpoint yet; wait until it has trained for a few seconds")
    if step not in (None, steps[-1]):
        raise UserError(
            f"the run has no checkpoint at step {step}; its checkpoints are at: {', '.join(map(str, steps))}"
        )
    return folder.latest if folder.latest.is_file() else folder.checkpoint(steps[-1])
