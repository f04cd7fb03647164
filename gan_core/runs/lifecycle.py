"""How a run moves from state to state, and who owns it meanwhile."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_core.runs.files import RunFolder
from gan_core.runs.journal import Journal
from gan_core.runs.processes import ProcessId, is_alive, this_process
from gan_core.runs.records import ACTIVE, Run, RunStateError, State, check_command, write_config
from gan_core.runs.rows import change_state, own, read_run, total_steps
from gan_core.settings import TrainingSettings

STALE_HEARTBEAT_S = 30.0  # silence after which a run on another machine counts as interrupted
GONE = "its worker process was killed or ran out of memory; resume it from its last checkpoint"
IS_ACTIVE = f"state IN ({', '.join(repr(state) for state in sorted(ACTIVE))})"


class Lifecycle(Journal):
    """The part of the run store that moves runs from state to state."""

    root: Path

    def folder(self, run_id: str) -> Path:
        """Folder of the run's files; see `gan_core.runs.files.RunFolder`."""
        return self.root / run_id

    def claim(self, run_id: str | None, limit: int) -> Run | None:
        """Takes a queued run for this process, so that nobody else starts it.

        Args:
            run_id: The run to take; None: the first of the queue.
            limit: Most runs that may be starting or running at once; paused ones do not count.

        Returns:
            The run, now `starting`; None if it does not wait (any more) or no place is free.
        """
        chosen = "state = 'queued'" + (" AND id = ?" if run_id else "")
        arguments = (run_id,) if run_id else ()
        query = f"SELECT id FROM runs WHERE {chosen} ORDER BY queued, rowid LIMIT 1"
        with self._database.read() as db:  # asking costs no write lock while nothing waits
            if db.execute(query, arguments).fetchone() is None:
                return None
        owner = this_process()
        with self._database.write() as db:
            busy = db.execute("SELECT count(*) FROM runs WHERE state IN ('starting', 'running')").fetchone()
            found = db.execute(query, arguments).fetchone()
            if found is None or busy[0] >= limit:
                return None
            own(db, found["id"], owner)
            change_state(db, found["id"], "starting", None)
            return read_run(db, found["id"])

    def adopt(self, run_id: str) -> Run | None:
        """Makes this process the owner of a run that was claimed for it; None if it is not `starting`."""
        with self._database.write() as db:
            run = read_run(db, run_id)
            if run.state != "starting":
                return None
            own(db, run_id, this_process())
            return read_run(db, run_id)

    def requeue(self, run_id: str, *, steps: int | None = None, minutes: float | None = None) -> None:
        """Queues an ended run again, to go on from its last checkpoint.

        Args:
            run_id: A finished, stopped, failed or interrupted run.
            steps: New total number of steps; None: as before.
            minutes: New total budget in minutes; None: as before.

        Raises:
            UnknownRunError: There is no such run.
            RunStateError: It has not ended, or its budget is spent and not raised.
        """
        self.reap()  # a run whose worker was killed a moment ago can be resumed at once
        with self._database.write() as db:
            run = read_run(db, run_id)
            if not run.can_resume:
                raise RunStateError(
                    f"run '{run.name}' is {run.state}; only a run that has ended can be resumed"
                )
            given = {"steps": steps, "minutes": minutes}
            values = run.config.training.model_dump(exclude_unset=True)
            values |= {key: value for key, value in given.items() if value is not None}
            config = run.config.model_copy(update={"training": TrainingSettings.parse(values)})
            _check_budget(run, config.training)
            db.execute(
                "UPDATE runs SET config = ?, total_steps = ?, queued = ?, finished = NULL WHERE id = ?",
                (write_config(config), total_steps(config.training), time.time(), run_id),
            )
            # Commands still there were meant for the worker that is gone.
            db.execute("DELETE FROM commands WHERE run_id = ?", (run_id,))
            change_state(db, run_id, "queued", None)
            RunFolder(self.folder(run_id)).write_identity(read_run(db, run_id).identity)

    def set_state(self, run_id: str, state: State, error: str | None = None) -> None:
        """Moves the run to another state, with an event; if it is there already, takes over `error`.

        Raises:
            UnknownRunError: There is no such run.
            RunStateError: The present state does not lead there.
        """
        with self._database.write() as db:
            change_state(db, run_id, state, error)

    def beat(self, run_id: str, *, step: int, seconds: float, images_per_s: float, pid: int) -> bool:
        """Says that the worker lives and how far it is.

        Returns:
            False if the run is no longer this process's: deleted, or taken over because it seemed dead.
        """
        with self._database.write() as db:
            done = db.execute(
                "UPDATE runs SET heartbeat = ?, step = ?, seconds = ?, images_per_s = ? "
                f"WHERE id = ? AND pid = ? AND {IS_ACTIVE}",
                (time.time(), step, seconds, images_per_s, run_id, pid),
            )
            return done.rowcount == 1

    def reclaim(self, run_id: str, state: State) -> bool:
        """Takes back a run that was marked interrupted although this process still works on it.

        That happens when the database was lost and listed anew, or when the machine slept for long.

        Returns:
            False if the run was deleted or someone has decided about it since.
        """
        me = this_process()
        with self._database.write() as db:
            done = db.execute(
                "UPDATE runs SET state = ?, pid = ?, process_start = ?, host = ?, error = NULL, "
                "finished = NULL WHERE id = ? AND state = 'interrupted'"
                " AND (pid IS NULL OR (pid = ? AND process_start = ?))",
                (state, *me, run_id, me.pid, me.start),
            )
            return done.rowcount == 1

    def describe(
        self,
        run_id: str,
        *,
        device: str | None = None,
        precision: str | None = None,
        total_steps: int | None = None,
        versions: Mapping[str, str] | None = None,
        activity: str | None = None,
    ) -> None:
        """Notes what the worker found out; what is None stays as it is."""
        given = {
            "device": device, "precision": precision, "total_steps": total_steps, "activity": activity,
            "versions": None if versions is None else json.dumps(dict(versions)),
        }  # fmt: skip
        changes = {column: value for column, value in given.items() if value is not None}
        if changes:
            with self._database.write() as db:
                columns = ", ".join(f"{column} = ?" for column in changes)
                db.execute(f"UPDATE runs SET {columns} WHERE id = ?", (*changes.values(), run_id))

    def rewind(self, run_id: str, step: int) -> None:
        """Takes back metrics and events after `step`, since the run goes on from a checkpoint made there."""
        with self._database.write() as db:
            taken = db.execute("DELETE FROM metrics WHERE run_id = ? AND step > ?", (run_id, step)).rowcount
            db.execute("DELETE FROM events WHERE run_id = ? AND step > ?", (run_id, step))
            db.execute(
                "UPDATE runs SET step = ?, rewinds = rewinds + ? WHERE id = ?", (step, taken > 0, run_id)
            )

    def reap(self) -> None:
        """Marks runs whose worker is gone as interrupted."""
        query = f"SELECT id, pid, process_start, host, heartbeat FROM runs WHERE {IS_ACTIVE}"
        with self._database.read() as db:
            rows = db.execute(query).fetchall()
        for row in rows:
            if _has_lost_its_worker(row):
                self.abandon(row["id"], row["pid"], GONE)

    def abandon(self, run_id: str, pid: int, error: str) -> None:
        """Marks the run interrupted, unless it has ended or `pid` was not the last process to own it.

        Args:
            run_id: The run; nothing happens if there is none.
            pid: The process that is gone.
            error: Why; takes the place of what `reap` noted, which knows less.
        """
        with self._database.write() as db:
            row = db.execute("SELECT state, pid, error FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None or row["pid"] != pid:
                return
            if row["state"] in ACTIVE or row["error"] == GONE:
                change_state(db, run_id, "interrupted", error)

    def send(self, run_id: str, command: str, **arguments: Any) -> None:
        """Asks the run's worker for something; see `gan_core.runs.records.CommandName`.

        To stop a run that still waits takes it out of the queue; to stop one that has ended changes nothing.

        Raises:
            UnknownRunError: There is no such run.
            RunStateError: The run has ended or not begun, so nobody would obey.
            UserError: Unknown command or wrong arguments.
        """
        name = check_command(command, arguments)
        with self._database.write() as db:
            run = read_run(db, run_id)
            if run.is_active:
                db.execute(
                    "INSERT INTO commands (run_id, name, arguments) VALUES (?, ?, ?)",
                    (run_id, name, json.dumps(arguments)),
                )
            elif name == "stop":
                if run.state == "queued":
                    change_state(db, run_id, "stopped", None)
            else:
                advice = "wait until it starts" if run.state == "queued" else "resume it first"
                raise RunStateError(f"run '{run.name}' is {run.state} and cannot {name}; {advice}")


def _check_budget(run: Run, training: TrainingSettings) -> None:
    """Raises RunStateError if the run could not do a single further step."""
    if training.minutes is not None:
        if run.seconds >= 60 * training.minutes:
            raise RunStateError(
                f"run '{run.name}' has spent its {training.minutes:g} minutes; give it more to go on"
            )
    elif training.steps is not None and run.step >= training.steps:
        raise RunStateError(
            f"run '{run.name}' has done all its {training.steps} steps; give it more than {run.step} to go on"
        )


def _has_lost_its_worker(row: sqlite3.Row) -> bool:
    alive = is_alive(ProcessId(row["pid"], row["process_start"], row["host"]))
    if alive is None:
        return bool(time.time() - row["heartbeat"] > STALE_HEARTBEAT_S)
    return not alive
