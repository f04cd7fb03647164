"""The run store: what pages, commands and workers know about runs, in a database and a folder per run."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gan_core.runs.database import Database
from gan_core.runs.files import RunFolder
from gan_core.runs.lifecycle import Lifecycle
from gan_core.runs.records import Identity, Run, RunStateError, read_config
from gan_core.runs.rows import insert_run, read_row, read_run
from gan_core.settings import RunConfig, UserError

ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that look like digits
MAX_NAME = 80  # characters of a run's name


class RunStore(Lifecycle):
    """All runs under one folder; safe to use from many threads and many processes at once.

    Every method may raise `gan_core.runs.database.StoreError`, a UserError, if the database is locked for
    longer than `timeout`, the disk is full, or the database turned out to be damaged and was replaced.

    Args:
        root: Folder of the store; None: GAN_RUNS_DIR, or `runs` in the working directory.
        timeout: Seconds to wait while another program writes.
    """

    def __init__(self, root: Path | None = None, *, timeout: float = 10.0) -> None:
        self.root = Path(root or os.environ.get("GAN_RUNS_DIR") or "runs").absolute()
        self._database = Database(self.root / "runs.sqlite3", timeout, self._list_folders)

    def close(self) -> None:
        """Closes the idle database connections."""
        self._database.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Joins all the writes of the block into one transaction."""
        with self._database.write():
            yield

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know about the store itself, e.g. that it was damaged, oldest first."""
        with self._database.read() as db:
            return tuple(row["text"] for row in db.execute("SELECT text FROM notices ORDER BY id"))

    def dismiss_notices(self) -> None:
        """Forgets the notices."""
        with self._database.write() as db:
            db.execute("DELETE FROM notices")

    # --- runs -----------------------------------------------------------------------------------------------

    def create(
        self, config: RunConfig, *, name: str | None = None, parent: tuple[str, int] | None = None
    ) -> str:
        """Queues a new run and returns its id.

        Args:
            config: What to train, resolved by whoever submits it.
            name: By default made from family and data set.
            parent: Run and step of the checkpoint it starts from, which it gets as its own.

        Raises:
            UnknownRunError: There is no such parent.
            UserError: The parent has no such checkpoint, or the name is empty or too long.
        """
        name = _checked_name(name if name is not None else f"{config.family} {Path(config.dataset).stem}")
        identity = Identity(
            id=self._new_folder(), name=name, created=time.time(), parent=parent, config=config
        )
        folder = RunFolder(self.folder(identity.id))
        try:
            if parent is not None:
                folder.start_from(RunFolder(self.folder(self.get(parent[0]).id)), parent[1])
            folder.write_identity(identity)
            with self._database.write() as db:
                insert_run(db, identity, "queued", 0 if parent is None else parent[1])
        except BaseException:
            shutil.rmtree(folder.path)
            raise
        return identity.id

    def get(self, run_id: str) -> Run:
        """The run called `run_id`.

        Raises:
            UnknownRunError: There is none.
        """
        with self._database.read() as db:
            return read_run(db, run_id)

    def runs(self) -> list[Run]:
        """All runs, newest first; those whose config this version cannot read are left out."""
        with self._database.read() as db:
            rows = db.execute("SELECT * FROM runs ORDER BY created DESC, rowid DESC").fetchall()
        return [Run.from_columns(dict(row)) for row in rows if _is_readable(row)]

    def queue_place(self, run_id: str) -> int | None:
        """Place in the queue from 1; None if the run does not wait."""
        with self._database.read() as db:
            waiting = db.execute(
                "SELECT id FROM runs WHERE state = 'queued' ORDER BY queued, rowid"
            ).fetchall()
        places = {row["id"]: place for place, row in enumerate(waiting, 1)}
        return places.get(run_id)

    def rename(self, run_id: str, name: str) -> None:
        """Gives the run another name.

        Raises:
            UnknownRunError: There is no such run.
            UserError: The name is empty or too long.
        """
        name = _checked_name(name)
        with self._database.write() as db:
            read_row(db, run_id)
            db.execute("UPDATE runs SET name = ? WHERE id = ?", (name, run_id))
            RunFolder(self.folder(run_id)).write_identity(read_run(db, run_id).identity)

    def delete(self, run_id: str) -> None:
        """Forgets the run and deletes its folder.

        Raises:
            UnknownRunError: There is no such run.
            RunStateError: A worker is busy with it.
        """
        self.reap()
        with self._database.write() as db:
            run = read_run(db, run_id)
            if run.is_active:
                raise RunStateError(f"run '{run.name}' is {run.state}; stop it before you delete it")
            # First of all: a folder without it is never listed again, whenever this is cut short.
            RunFolder(self.folder(run_id)).identity.unlink(missing_ok=True)
            for table in ("metrics", "events", "commands"):
                db.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
            db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        try:
            shutil.rmtree(self.folder(run_id))
        except FileNotFoundError:
            return
        except OSError as error:
            raise UserError(
                f"run '{run.name}' is gone, but not its folder {self.folder(run_id)}: {error}"
            ) from error

    def checkpoint_steps(self, run_id: str) -> list[int]:
        """Steps from which the run can be branched, ascending."""
        self.get(run_id)  # an id a user typed becomes a path only if a run has it
        return RunFolder(self.folder(run_id)).checkpoint_steps()

    # --- folders --------------------------------------------------------------------------------------------

    def _new_folder(self) -> str:
        """Makes a folder with a new name; the file system sees to it that nobody else has it."""
        while True:
            run_id = "".join(secrets.choice(ID_ALPHABET) for _ in range(6))
            try:
                self.folder(run_id).mkdir(parents=True)
            except FileExistsError:
                continue
            return run_id

    def _list_folders(self, db: sqlite3.Connection) -> int:
        """Lists the runs whose folders still hold their config as interrupted; returns how many."""
        folders = [RunFolder(path.parent) for path in sorted(self.root.glob("*/run.json"))]
        found = [(folder, identity) for folder in folders if (identity := folder.read_identity())]
        for folder, identity in found:
            step = max(folder.checkpoint_steps(), default=0)
            insert_run(db, identity.model_copy(update={"id": folder.path.name}), "interrupted", step)
        lost = "the run store was lost; resume the run from its last checkpoint"
        db.execute("UPDATE runs SET finished = ?, error = ?", (time.time(), lost))
        return len(found)


def _is_readable(row: sqlite3.Row) -> bool:
    try:
        read_config(row["config"])
    except UserError:
        return False
    return True


def _checked_name(name: str) -> str:
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not cleaned or len(cleaned) > MAX_NAME:
        raise UserError(f"a run's name has 1 to {MAX_NAME} characters, got {len(cleaned)}")
    return cleaned
