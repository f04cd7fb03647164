"""The web process's side of the lab: starts the engine processes and asks them."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from gan_core.lab.limits import FORGET_S
from gan_core.runs.processes import available_cores
from gan_core.runs.worker_process import worker_environment
from gan_core.settings import UserError

START_S = 90.0  # for an engine to load its libraries on a busy machine
ANSWER_S = 10.0
_COMMAND = (sys.executable, "-m", "gan_core.lab.engine")


class _Process:
    """One engine process and the answers it still owes."""

    def __init__(self, command: Sequence[str]) -> None:
        environment = {
            **worker_environment(),
            "OMP_NUM_THREADS": "1",
        }  # small matrices gain nothing from more
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
        )
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._owed: dict[int, tuple[threading.Event, list[dict[str, Any]]]] = {}
        self.is_alive = True
        self.has_answered = False
        threading.Thread(target=self._listen, name="lab", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """The engine's answer; None: it has ended, or answers too late."""
        arrived, box = threading.Event(), list[dict[str, Any]]()
        number = next(self._numbers)
        line = json.dumps({"n": number, **request}) + "\n"
        try:
            with self._lock:
                if not self.is_alive:
                    return None
                self._owed[number] = arrived, box
                assert self._process.stdin is not None
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()
        except OSError:
            self.is_alive = False
            return None
        arrived.wait(ANSWER_S if self.has_answered else START_S)
        with self._lock:
            self._owed.pop(number, None)
        return box[0] if box else None

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            self.has_answered = True
            with self._lock:
                arrived, box = self._owed.pop(answer.pop("n"), (threading.Event(), []))
            box.append(answer)
            arrived.set()
        with self._lock:
            self.is_alive = False
            for arrived, _ in self._owed.values():
                arrived.set()
        self._process.wait()


class LabClient:
    """Asks engines for visitors of one web process.

    Engines are started when they are needed, at most one for every two cores; a visitor stays with one.

    Args:
        limit: Most engine processes; None: half the cores, at least 1.
        command: How to start one.
    """

    def __init__(self, limit: int | None = None, command: Sequence[str] = _COMMAND) -> None:
        self._limit, self._command = limit or max(1, available_cores() // 2), command
        self._lock = threading.Lock()
        self._engines: list[_Process] = []
        self._places: dict[str, tuple[_Process, float]] = {}

    def ask(self, visitor: str, **request: Any) -> dict[str, Any]:
        """The frame of a visitor's game; see `gan_core.lab.engine.Engine.answer`.

        Raises:
            UserError: The request cannot be fulfilled, in one sentence.
        """
        engine = self._engine_of(visitor)
        answer = engine.ask({"id": visitor, **request})
        if answer is None:
            if engine.is_alive:
                raise UserError("the lab is too busy to answer just now; wait a moment")
            raise UserError("the lab's process has ended, and your game with it; press Reset to begin again")
        if "problem" in answer:
            raise UserError(answer["problem"])
        frame: dict[str, Any] = answer["frame"]
        return frame

    def close(self) -> None:
        """Ends all engines."""
        with self._lock:
            engines, self._engines, self._places = self._engines, [], {}
        for engine in engines:
            engine.close()

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes that run."""
        return [engine.pid for engine in self._engines if engine.is_alive]

    def _engine_of(self, visitor: str) -> _Process:
        now = time.monotonic()
        with self._lock:
            self._engines = [engine for engine in self._engines if engine.is_alive]
            self._places = {
                name: (engine, asked)
                for name, (engine, asked) in self._places.items()
                if engine.is_alive and now - asked <= FORGET_S
            }
            engine = self._places[visitor][0] if visitor in self._places else self._freest()
            self._places[visitor] = engine, now
            return engine

    def _freest(self) -> _Process:
        load = dict.fromkeys(self._engines, 0)
        for engine, _ in self._places.values():
            load[engine] += 1
        free = min(load, key=lambda engine: load[engine]) if load else None
        if free is not None and (load[free] == 0 or len(load) >= self._limit):
            return free
        started = _Process(self._command)
        self._engines.append(started)
        return started
