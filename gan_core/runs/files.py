"""A run's folder, and how files are replaced so that a kill at any instant leaves a whole one."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

from gan_core.runs.records import Identity
from gan_core.settings import UserError

RESERVE = 256 * 1024  # bytes; writing a run's last state to the database takes some ten pages of 4 KiB
MAX_HEAD = 100_000_000  # bytes; safetensors itself reads no larger head


class RunFolder:
    """Names of the files in a run's folder.

    Attributes:
        path: The folder.
        identity: The run's config and name, beside the database.
        latest: Newest checkpoint, replaced every few seconds.
        checkpoints: Folder of `<step>.safetensors`, kept to branch from.
        snapshots: Folder of `<step>.npz`, the timeline.
        real_examples: Real images shown beside the generated ones.
        reserve: Takes up room while the run trains; deleted on a full disk, it leaves the database enough
            to say so.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.identity = path / "run.json"
        self.latest = path / "latest.safetensors"
        self.checkpoints = path / "checkpoints"
        self.snapshots = path / "snapshots"
        self.real_examples = self.snapshots / "real.npz"
        self.reserve = path / "reserve"

    def checkpoint(self, step: int) -> Path:
        """File of the checkpoint kept at `step`."""
        return self.checkpoints / f"{step:09d}.safetensors"

    def snapshot(self, step: int) -> Path:
        """File of the snapshot taken at `step`."""
        return self.snapshots / f"{step:09d}.npz"

    def kept_steps(self) -> list[int]:
        """Steps of the kept checkpoints, ascending."""
        return _steps(self.checkpoints.glob("*.safetensors"))

    def checkpoint_steps(self) -> list[int]:
        """Steps of all checkpoints, the latest included, ascending."""
        latest = checkpoint_step(self.latest)
        return sorted({*self.kept_steps(), *(() if latest is None else (latest,))})

    def checkpoint_values(self, step: int) -> dict[str, Any]:
        """What the checkpoint at `step` holds beside tensors, e.g. its settings; empty if there is none."""
        kept = self.checkpoint(step)
        if kept.exists():
            return _read_values(kept)
        return _read_values(self.latest) if checkpoint_step(self.latest) == step else {}

    def snapshot_steps(self) -> list[int]:
        """Steps of the snapshots, ascending."""
        return _steps(self.snapshots.glob("*.npz"))

    def write_identity(self, identity: Identity) -> None:
        """Writes or replaces `run.json`."""
        write_atomically(self.identity, identity.model_dump_json(indent=1, exclude_unset=True).encode())

    def read_identity(self) -> Identity | None:
        """Content of `run.json`; None if it is missing, damaged or of another version."""
        try:
            return Identity.parse(json.loads(self.identity.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def start_from(self, parent: RunFolder, step: int) -> None:
        """Makes the parent's checkpoint of `step` this run's own, independent of the parent's later fate.

        Raises:
            UserError: The parent has no such checkpoint, or it is damaged.
        """
        for source in (parent.checkpoint(step), parent.latest):
            try:
                link_or_copy(source, self.latest)
            except FileNotFoundError:
                continue
            if checkpoint_step(self.latest) == step:  # the parent may have replaced its latest one meanwhile
                return
        others = ", ".join(str(other) for other in parent.checkpoint_steps() if other != step) or "none"
        problem = "is damaged" if parent.checkpoint(step).exists() else "does not exist"
        raise UserError(f"the run's checkpoint at step {step} {problem}; it has others at: {others}")


def _steps(paths: Iterable[Path]) -> list[int]:
    return sorted(int(path.stem) for path in paths if path.stem.isdigit())


def checkpoint_step(path: Path) -> int | None:
    """Step of a checkpoint, read from the head of the file; None if there is none or its head is damaged."""
    metadata = _read_metadata(path)
    step = metadata.get("step", "")
    return int(step) if step.isdigit() else None


def _read_values(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(_read_metadata(path).get("state", "{}"))
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _read_metadata(path: Path) -> dict[str, str]:
    """The text entries in the head of a safetensors file."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            head = json.loads(file.read(min(length, MAX_HEAD)))
        return {str(key): str(value) for key, value in head["__metadata__"].items()}
    except (OSError, struct.error, ValueError, KeyError, TypeError, AttributeError):
        return {}


def link_or_copy(source: Path, target: Path) -> None:
    """Gives the file a second name, or copies it where the file system has no hard links; replaces `target`.

    Checkpoints are never changed in place, so sharing their content is safe.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(target)
    temporary.unlink(missing_ok=True)
    try:
        try:
            os.link(source, temporary)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(
            missing_ok=True
        )  # still there after an error, or if both names were one file already


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Writes or replaces a file so that at any instant the old one or the new one is there, whole."""
    replace_atomically(path, lambda file: file.write(content), durable=durable)


def replace_atomically(path: Path, write: Callable[[IO[bytes]], object], *, durable: bool = True) -> None:
    """Lets `write` fill a temporary file and renames it to `path`; after an error only the old file is left.

    Args:
        path: The file; its folder is created where missing.
        write: Writes the content.
        durable: Whether it must also survive a loss of power, not only of the process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    try:
        with temporary.open("wb") as file:
            write(file)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def make_durable(path: Path) -> None:
    """Waits until a file that was written before would survive a loss of power."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def remove_leftovers(folder: Path) -> None:
    """Deletes the temporary files a killed process left under the folder."""
    for path in folder.rglob(".*.tmp"):
        path.unlink(missing_ok=True)
