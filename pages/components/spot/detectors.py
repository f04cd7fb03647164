"""The training of the detectors, in a process of its own: once for all visitors, who see how far it is."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gan_core.runs.worker_process import NICENESS, worker_environment

if TYPE_CHECKING:
    from gan_core.evaluation.spotting import Spotting

_ROOT = Path(__file__).resolve().parents[3]
_TRAININGS: dict[tuple[str, ...], Training] = {}  # one for each data set at most
_ONE_AT_A_TIME = threading.Lock()


def command(names: Sequence[str]) -> list[str]:
    """What a process is started with; it tells on standard error what it does, a line each time."""
    return [sys.executable, "-m", "gan_core", "spot", *names, "--json"]


class Training:
    """A process that trains the detectors.

    Attributes:
        table: What it found; None while it trains, or if it failed.
        problem: Why it ended without a table; None: it did not.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._told: list[str] = []
        self.table: Spotting | None = None
        self.problem: str | None = None
        # Two threads wait for each other, and beside a run that trains a step takes twenty times as long.
        environment = {**worker_environment(), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            command(names), cwd=_ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if hasattr(os, "setpriority"):
            with suppress(ProcessLookupError):  # it has ended already
                os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        atexit.register(self.stop)
        self._thread = threading.Thread(target=self._read, name="detectors", daemon=True)
        self._thread.start()

    @property
    def share(self) -> float:
        """The part of the detectors that are trained, 0 to 1."""
        begun = sum(line.startswith("Training") for line in self._told)
        return max(0, begun - 1) / len(self._names)

    def wait(self) -> None:
        """Returns once it has ended."""
        self._thread.join()

    def stop(self) -> None:
        """Ends the process if it still works."""
        self._process.kill()

    def _read(self) -> None:
        from gan_core.evaluation.spotting import Spotting

        process = self._process
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stderr:
            self._told.append(line.strip())
        result = process.stdout.read()
        if process.wait() == 0:
            found = json.loads(result)
            self.table = Spotting(tuple(found["names"]), tuple(map(tuple, found["told_apart"])))
        else:
            mistakes = [line.removeprefix("Error: ") for line in self._told if line.startswith("Error: ")]
            self.problem = mistakes[-1] if mistakes else "the process that trained them was ended; try again"
        atexit.unregister(self.stop)


def of(names: tuple[str, ...]) -> Training:
    """The one training of these generators' detectors; it begins with the first call."""
    with _ONE_AT_A_TIME:
        if names not in _TRAININGS:
            _TRAININGS[names] = Training(names)
        return _TRAININGS[names]


def forget(names: tuple[str, ...]) -> None:
    """Lets the next call begin anew, after one that failed."""
    _TRAININGS.pop(names, None)
