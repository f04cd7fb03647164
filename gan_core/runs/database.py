"""The SQLite file under the run store: pooled connections, short transactions, what can go wrong with it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from gan_core.settings import UserError

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, config TEXT NOT NULL,
    device TEXT, precision TEXT, step INTEGER NOT NULL DEFAULT 0, total_steps INTEGER,
    seconds REAL NOT NULL DEFAULT 0, images_per_s REAL NOT NULL DEFAULT 0,
    created REAL NOT NULL, queued REAL NOT NULL, started REAL, finished REAL, heartbeat REAL,
    pid INTEGER, process_start TEXT, host TEXT, error TEXT, activity TEXT,
    parent_id TEXT, parent_step INTEGER, versions TEXT NOT NULL DEFAULT '{}',
    rewinds INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX runs_by_state ON runs (state, queued);
CREATE TABLE metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, step INTEGER NOT NULL, name TEXT NOT NULL,
    value REAL NOT NULL
);
CREATE INDEX metrics_by_run ON metrics (run_id);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, step INTEGER NOT NULL, time REAL NOT NULL,
    kind TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX events_by_run ON events (run_id);
CREATE TABLE commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, name TEXT NOT NULL, arguments TEXT NOT NULL
);
CREATE INDEX commands_by_run ON commands (run_id);
CREATE TABLE notices (id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, text TEXT NOT NULL);
"""


class StoreError(UserError):
    """The run store's database cannot be used just now."""


class StoreLockedError(StoreError):
    """Another program holds the database for too long."""


class StoreFullError(StoreError):
    """No room on the disk."""


class StoreDamagedError(StoreError):
    """The database was damaged; it was kept aside and a new one has taken its place."""


class Database:
    """Connections to one SQLite file in WAL mode, each used by one thread at a time.

    Args:
        path: The file; created with its folder where missing.
        timeout: Seconds to wait for another writer.
        refill: Lists in a new database what is known without one; tells how many runs that is.
    """

    def __init__(self, path: Path, timeout: float, refill: Callable[[sqlite3.Connection], int]) -> None:
        self.path, self.timeout, self._refill = path, timeout, refill
        self._idle: list[tuple[int, sqlite3.Connection]] = []  # with the inode each was opened on
        self._lock = threading.Lock()
        self._local = threading.local()
        try:
            with self.read():
                pass
        except StoreDamagedError:  # the notice in the new database tells it
            with self.read():
                pass

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for a few reads; inside `write` of the same thread, that transaction's.

        Raises:
            StoreError: Locked, full, unreadable, or damaged, and then a new database is in place already.
        """
        inside = getattr(self._local, "connection", None)
        if inside is not None:
            yield inside
            return
        with self._guarded(), self._borrowed() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One short write transaction, rolled back if the block raises; nested blocks join the outer one.

        Raises:
            StoreError: As `read`.
        """
        inside = getattr(self._local, "connection", None)
        if inside is not None:
            yield inside
            return
        with self._guarded(), self._borrowed() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._local.connection = connection
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                self._local.connection = None
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Closes the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    # --- connections ----------------------------------------------------------------------------------------

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        inode, connection = self._take()
        try:
            yield connection
        except BaseException:
            connection.close()  # its state is unknown; the next caller opens a fresh one
            raise
        with self._lock:
            self._idle.append((inode, connection))

    def _take(self) -> tuple[int, sqlite3.Connection]:
        """An idle connection to the file that lies there now, or a new one."""
        current = self._inode()
        while True:
            with self._lock:
                pooled = self._idle.pop() if self._idle else None
            if pooled is None:
                break
            if pooled[0] == current:
                return pooled
            pooled[1].close()  # the file was deleted, or moved aside by another process
        connection = self._open()
        inode = self._inode()
        assert inode is not None, "opening creates the file"
        return inode, connection

    def _inode(self) -> int | None:
        try:
            return self.path.stat().st_ino
        except (FileNotFoundError, NotADirectoryError):
            return None

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turns SQLite's errors into sentences, and replaces a damaged database."""
        try:
            yield
        except sqlite3.Error as error:
            match _code(error):
                case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                    raise StoreLockedError(
                        f"the run store {self.path} has been held by another program for {self.timeout:g} s; "
                        "close that program and try again"
                    ) from error
                case sqlite3.SQLITE_FULL:
                    raise StoreFullError(
                        f"the disk that holds the run store {self.path} is full; free some space"
                    ) from error
                case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                    aside = self._replace_damaged()
                    raise StoreDamagedError(_damage_notice(self.path, aside)) from error
                case _ if isinstance(error, sqlite3.OperationalError):
                    raise StoreError(_unusable(self.path, error)) from error
                case _:
                    raise

    def _open(self) -> sqlite3.Connection:
        """Opens the file and creates its tables where they are missing.

        Raises:
            StoreError: The file comes from a newer version of this program.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(_unusable(self.path, error)) from error
        connection = sqlite3.connect(
            self.path, timeout=self.timeout, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            version = _version(connection)
            if version < SCHEMA_VERSION:
                connection.execute("PRAGMA journal_mode = WAL")
                self._create_tables(connection)
            elif version > SCHEMA_VERSION:
                raise StoreError(
                    f"the run store {self.path} was written by a newer version of this program; "
                    "update the program or set GAN_RUNS_DIR to another folder"
                )
            # In WAL mode a crash of the program loses nothing for that.
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _create_tables(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        if _version(connection) < SCHEMA_VERSION:  # another process may have been first
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            if found := self._refill(connection):
                listed = "1 run was" if found == 1 else f"{found} runs were"
                _add_notice(
                    connection, f"{listed} found without a database and listed as interrupted, without curves"
                )
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")

    # --- damage ---------------------------------------------------------------------------------------------

    def _replace_damaged(self) -> Path | None:
        """Moves the damaged file aside and starts a new one; None if another process has done so already."""
        self.close()
        # A second tiny database serves as a lock between processes that dies with its holder on every system.
        with closing(sqlite3.connect(self.path.with_name("recovery.lock"), timeout=60.0)) as lock:
            lock.isolation_level = None
            lock.execute("BEGIN EXCLUSIVE")
            if _is_healthy(self.path):
                return None
            aside = self._free_name()
            for suffix in (
                "-wal",
                "-shm",
                "",
            ):  # the main file last: moved halfway, it still counts as damaged
                with suppress(FileNotFoundError):
                    Path(f"{self.path}{suffix}").rename(f"{aside}{suffix}")
            with closing(self._open()) as connection:
                _add_notice(connection, _damage_notice(self.path, aside))
            return aside

    def _free_name(self) -> Path:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        names = (
            f"{self.path.name}.damaged-{stamp}{extra}" for extra in ("", *(f"-{n}" for n in range(1, 1000)))
        )
        return next(path for name in names if not (path := self.path.with_name(name)).exists())


def _unusable(path: Path, error: Exception) -> str:
    return f"the run store {path} cannot be used ({error}); set GAN_RUNS_DIR to a folder you can write to"


def _damage_notice(path: Path, aside: Path | None) -> str:
    kept = f"it was kept as {aside.name}" if aside else "it was kept aside"
    return (
        f"the run store {path} was damaged; {kept}, and a new one was started, "
        "which lists the runs whose folders remain as interrupted"
    )


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; extended codes carry it in their low byte."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _add_notice(connection: sqlite3.Connection, text: str) -> None:
    connection.execute("INSERT INTO notices (time, text) VALUES (?, ?)", (time.time(), text))


def _is_healthy(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file."""
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path, timeout=60.0)) as connection:
            return str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0]) == "ok"
    except sqlite3.DatabaseError as error:
        if _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return False
        raise
