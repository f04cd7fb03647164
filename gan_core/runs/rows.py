"""Rows of the runs table, read and changed inside the caller's transaction."""

from __future__ import annotations

import sqlite3
import time

from gan_core.runs.journal import insert_event
from gan_core.runs.processes import ProcessId
from gan_core.runs.records import (
    ENDED,
    NEXT_STATES,
    Identity,
    Run,
    RunStateError,
    State,
    UnknownRunError,
    write_config,
)
from gan_core.settings import TrainingSettings


def read_row(db: sqlite3.Connection, run_id: str) -> sqlite3.Row:
    """The run's row.

    Raises:
        UnknownRunError: There is no such run.
    """
    row: sqlite3.Row | None = db.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise UnknownRunError(run_id)
    return row


def read_run(db: sqlite3.Connection, run_id: str) -> Run:
    """The run called `run_id`.

    Raises:
        UnknownRunError: There is no such run.
    """
    return Run.from_columns(dict(read_row(db, run_id)))


def insert_run(db: sqlite3.Connection, identity: Identity, state: State, step: int) -> None:
    """Adds a run that has done `step` steps."""
    parent_id, parent_step = identity.parent or (None, None)
    values = {
        "id": identity.id,
        "name": identity.name,
        "state": state,
        "config": write_config(identity.config),
        "step": step,
        "total_steps": total_steps(identity.config.training),
        "created": identity.created,
        "queued": identity.created,
        "parent_id": parent_id,
        "parent_step": parent_step,
    }
    places = ", ".join(f":{column}" for column in values)
    db.execute(f"INSERT INTO runs ({', '.join(values)}) VALUES ({places})", values)


def change_state(db: sqlite3.Connection, run_id: str, state: State, error: str | None = None) -> None:
    """Moves the run to another state and notes an event; if it is there already, only takes over `error`.

    Raises:
        UnknownRunError: There is no such run.
        RunStateError: The present state does not lead there.
    """
    row = read_row(db, run_id)
    if row["state"] != state:
        if state not in NEXT_STATES[row["state"]]:
            raise RunStateError(f"run '{row['name']}' is {row['state']} and cannot become {state}")
        detail = {"state": state} if error is None else {"state": state, "error": error}
        insert_event(db, run_id, row["step"], "state", detail)
        if state in ENDED:
            db.execute("UPDATE runs SET finished = ?, images_per_s = 0 WHERE id = ?", (time.time(), run_id))
    db.execute("UPDATE runs SET state = ?, error = ?, activity = NULL WHERE id = ?", (state, error, run_id))


def own(db: sqlite3.Connection, run_id: str, owner: ProcessId) -> None:
    """Makes the process the owner of the run."""
    now = time.time()
    db.execute(
        "UPDATE runs SET pid = ?, process_start = ?, host = ?, started = ?, heartbeat = ? WHERE id = ?",
        (*owner, now, now, run_id),
    )


def total_steps(training: TrainingSettings) -> int | None:
    """Steps after which a run finishes; a budget of minutes takes precedence over one of steps."""
    return training.steps if training.minutes is None else None
