"""Directions in latent space that a user has named, kept beside the runs."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from gan_core.runs.files import write_atomically
from gan_core.settings import Settings, UserError

FILE = "directions.json"
LONGEST_NAME = 40  # characters
_MOST = 500
_LOCK = threading.Lock()  # of the viewers of one web process, the only one that writes


class SavedDirection(Settings):
    """One named direction.

    Attributes:
        source: Name of the weights, or id of the run, whose latents it moves.
        name: What the user calls it.
        step: One standard deviation along it, as the text of a latent in a link.
    """

    source: str
    name: str
    step: str


def saved_directions(root: Path, source: str) -> list[SavedDirection]:
    """The directions saved for a source, oldest first; none if there is no file yet.

    Args:
        root: Folder of the run store.
        source: Name of the weights, or id of the run.

    Raises:
        UserError: The file is damaged.
    """
    return [direction for direction in _read(root / FILE) if direction.source == source]


def save_direction(root: Path, direction: SavedDirection) -> SavedDirection:
    """Adds a direction, its name cleaned of what cannot be printed.

    Args:
        root: Folder of the run store.
        direction: What to add.

    Raises:
        UserError: The name is empty, too long or taken; there are too many; or the file is damaged or cannot
            be written: it is then left as it is.
    """
    name = " ".join("".join(c if c.isprintable() else " " for c in direction.name).split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise UserError(f"a direction's name has 1 to {LONGEST_NAME} characters, got {len(name)}")
    direction = direction.changed(name=name)
    with _LOCK:
        known = _read(root / FILE)
        if any(other.source == direction.source and other.name == name for other in known):
            raise UserError(f"a direction is already called '{name}'; choose another name")
        if len(known) >= _MOST:
            raise UserError(f"{_MOST} directions are saved already; delete one first")
        _write(root / FILE, [*known, direction])
    return direction


def delete_direction(root: Path, source: str, name: str) -> None:
    """Forgets a saved direction; harmless if it is gone.

    Raises:
        UserError: The file is damaged or cannot be written.
    """
    with _LOCK:
        known = _read(root / FILE)
        kept = [direction for direction in known if (direction.source, direction.name) != (source, name)]
        if len(kept) < len(known):
            _write(root / FILE, kept)


def _read(path: Path) -> list[SavedDirection]:
    try:
        values: Any = json.loads(path.read_bytes())
        return [SavedDirection.parse(value) for value in values]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError):
        raise UserError(f"the file of saved directions '{path.name}' is damaged; move it away") from None


def _write(path: Path, directions: list[SavedDirection]) -> None:
    try:
        write_atomically(path, json.dumps([d.model_dump() for d in directions], indent=1).encode())
    except OSError as error:
        raise UserError(f"the direction could not be saved ({error.strerror}); make room") from None
