"""A worker as its launcher sees it: started, given a run, and asked how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import gan_core
from gan_core.runs.processes import available_cores

NICENESS = 10  # the browser and the web process come first
SHOWN_ERROR = 300  # characters of stderr
LARGEST_KEPT = 2**25  # bytes of a freed block that is kept for the next step; glibc takes no more
MOST_KEPT = 2**29  # bytes kept in all


def worker_command(root: Path) -> list[str]:
    """How to start a worker on the store under `root`."""
    return [sys.executable, "-m", "gan_core.runs.worker", "--root", str(root)]


class WorkerProcess:
    """Starts a worker, which loads its libraries and waits for a run.

    It gets a session of its own, so that Ctrl-C in the terminal reaches the launcher only; it ends when the
    pipe to its stdin does, be it closed or because this process is gone.

    Args:
        command: Program and arguments.

    Raises:
        OSError: The program cannot be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.run_id: str | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - a full pipe would stop the worker
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._stderr,
            env=worker_environment(),
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    def give(self, run_id: str) -> None:
        """Tells it which run to train.

        Raises:
            OSError: It has ended.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(f"{run_id}\n".encode())
        self._process.stdin.flush()
        self.run_id = run_id

    def hang_up(self) -> None:
        """Ends its stdin: it saves a checkpoint, marks its run interrupted and ends."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended already
            self._process.stdin.close()

    def wait(self, timeout: float) -> None:
        """Waits for its end, at most `timeout` seconds."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)

    def kill(self) -> None:
        """Ends it at once if it still runs."""
        if self.is_alive:
            self._process.kill()
        self._process.wait()
        self.hang_up()

    @property
    def failure(self) -> str:
        """How it ended without ending its run, in one sentence."""
        code = self._process.returncode
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            reason = "most likely because the memory ran out" if name == "SIGKILL" else f"by signal {name}"
            return f"its worker process was killed, {reason}; resume it from its last checkpoint"
        message = self._last_error_line() or f"exit code {code}"
        return f"its worker process ended too early ({message}); resume it from its last checkpoint"

    def _last_error_line(self) -> str:
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").split("\n")
        return next((line.strip()[:SHOWN_ERROR] for line in reversed(lines) if line.strip()), "")


def worker_environment() -> dict[str, str]:
    """The worker's environment; torch reads some of it only once, when it is imported."""
    package_home = str(Path(gan_core.__file__).parents[1])
    paths = [package_home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        # Unless the user has set them:
        "OMP_NUM_THREADS": str(available_cores()),
        # By default the C library gives what a step frees back to the system, which must clear it again for
        # the next step: two thousand page faults a step.
        "MALLOC_MMAP_THRESHOLD_": str(LARGEST_KEPT),
        "MALLOC_TRIM_THRESHOLD_": str(MOST_KEPT),
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # 2 MB pages, where Linux lends them on request
        **os.environ,
        # Threads that spin while they wait starve the other processes; some tenths of a millisecond of it
        # cost nobody much, and without them each of a step's hundreds of parallel regions wakes a thread.
        "OMP_WAIT_POLICY": "passive",
        "GOMP_SPINCOUNT": "30000",
        "PYTHONPATH": os.pathsep.join(paths),
    }
