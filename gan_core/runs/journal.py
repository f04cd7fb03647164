"""What runs write down and are told while they train: metrics, events, commands."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import Any

from gan_core.runs.database import Database
from gan_core.runs.records import Command, CommandName, Event, EventKind


class Journal:
    """The part of the run store that grows while a run trains."""

    _database: Database

    def add_metrics(self, run_id: str, rows: Sequence[tuple[int, str, float]]) -> None:
        """Appends `(step, name, value)` rows; values that are not finite are left out."""
        with self._database.write() as db:
            db.executemany(
                "INSERT INTO metrics (run_id, step, name, value) VALUES (?, ?, ?, ?)",
                [(run_id, step, name, value) for step, name, value in rows if math.isfinite(value)],
            )

    def metrics_since(self, run_id: str, rowid: int = 0) -> tuple[list[tuple[int, str, float]], int]:
        """Metric rows written after `rowid`, oldest first, and the rowid to ask with next time."""
        with self._database.read() as db:
            rows = db.execute(
                "SELECT id, step, name, value FROM metrics WHERE run_id = ? AND id > ? ORDER BY id",
                (run_id, rowid),
            ).fetchall()
        return [(row[1], row[2], row[3]) for row in rows], rows[-1][0] if rows else rowid

    def add_event(self, run_id: str, step: int, kind: EventKind, detail: Mapping[str, Any]) -> None:
        """Notes that something happened at `step`; see `gan_core.runs.records.Event` for `detail`."""
        with self._database.write() as db:
            insert_event(db, run_id, step, kind, detail)

    def events_since(self, run_id: str, rowid: int = 0) -> tuple[list[Event], int]:
        """Events after `rowid`, oldest first, and the rowid to ask with next time."""
        with self._database.read() as db:
            rows = db.execute(
                "SELECT * FROM events WHERE run_id = ? AND id > ? ORDER BY id", (run_id, rowid)
            ).fetchall()
        events = [Event(r["id"], r["step"], r["time"], r["kind"], json.loads(r["detail"])) for r in rows]
        return events, events[-1].id if events else rowid

    def is_waiting(self, run_id: str, command: CommandName) -> bool:
        """Whether such a command waits for the run's worker."""
        query = "SELECT 1 FROM commands WHERE run_id = ? AND name = ? LIMIT 1"
        with self._database.read() as db:
            return db.execute(query, (run_id, command)).fetchone() is not None

    def take_commands(self, run_id: str) -> list[Command]:
        """Removes and returns the commands waiting for the run, oldest first."""
        query = "SELECT id, name, arguments FROM commands WHERE run_id = ? ORDER BY id"
        with self._database.read() as db:  # asking ten times a second costs no write lock
            if db.execute(query, (run_id,)).fetchone() is None:
                return []
        with self._database.write() as db:
            rows = db.execute(query, (run_id,)).fetchall()
            db.execute("DELETE FROM commands WHERE run_id = ?", (run_id,))
        return [Command(row["id"], row["name"], json.loads(row["arguments"])) for row in rows]


def insert_event(
    db: sqlite3.Connection, run_id: str, step: int, kind: EventKind, detail: Mapping[str, Any]
) -> None:
    """Adds an event inside the caller's transaction."""
    db.execute(
        "INSERT INTO events (run_id, step, time, kind, detail) VALUES (?, ?, ?, ?, ?)",
        (run_id, step, time.time(), kind, json.dumps(dict(detail))),
    )
