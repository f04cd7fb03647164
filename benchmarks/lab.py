"""The lab as its users start it: `streamlit run app.py` in a process of its own, over an empty run store."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks import processes
from benchmarks.training import wait_until
from gan_core.runs.launcher import Launcher
from gan_core.runs.records import ENDED, Run
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig

ROOT = Path(__file__).resolve().parents[1]
WORKER = "gan_core.runs.worker"
GRACE_S = 20.0  # for a process that was asked to end
IDLE_S = 0.3  # without using the processor, after which a worker counts as waiting


class Lab:
    """A web process on a free port; ended with everything it started when the `with` block is left.

    Attributes:
        store: Its run store, in a temporary folder.
        url: Where it answers.
        pid: Its process.
        started: When it was started, Unix time in seconds.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gan-bench-")
        self.store = RunStore(Path(self._folder.name) / "runs")
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._command = [
            sys.executable, "-m", "streamlit", "run", "app.py",
            "--server.address", "127.0.0.1", "--server.port", str(port), "--server.headless", "true",
        ]  # fmt: skip
        self._log = Path(self._folder.name) / "server.log"

    def __enter__(self) -> Self:
        environment = {**os.environ, "GAN_RUNS_DIR": str(self.store.root)}
        with self._log.open("wb") as log:
            self.started = time.time()
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        self.pid = self._process.pid
        try:
            wait_until(self._answers, "the web server")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(
                f"the web server ended with {self._process.returncode}: {self._log.read_text()}"
            )
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5):
                return True
        except (urllib.error.URLError, ConnectionError):
            return False

    def _end(self) -> None:
        """Ends the web process; its workers end by themselves when it is gone, or are killed."""
        started = processes.children(self.pid, "")
        self._process.terminate()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        try:
            wait_until(lambda: not any(map(processes.exists, started)), "the end of the workers", GRACE_S)
        except RuntimeError:
            for pid in filter(processes.exists, started):
                os.kill(pid, signal.SIGKILL)
        self.store.close()
        self._folder.cleanup()

    # --- runs -----------------------------------------------------------------------------------------------

    def template(self, config: RunConfig) -> str:
        """A run that was never started, whose settings a new run takes; returns its id."""
        run_id = self.store.create(config)
        self.store.set_state(run_id, "stopped")
        return run_id

    def submit(self, config: RunConfig) -> str:
        """Queues a run, which the web process starts once somebody has opened a page; returns its id."""
        return Launcher(self.store).submit(config)  # not started: it only writes to the store

    def wait_until_trained(self, run_id: str, steps: int = 10) -> None:
        """Waits until the run has done `steps` more steps."""
        goal = self.store.get(run_id).step + steps
        wait_until(lambda: self._run(run_id).step >= goal, f"step {goal} of a run", 120)

    def _run(self, run_id: str) -> Run:
        run = self.store.get(run_id)
        if run.state in ENDED:
            raise RuntimeError(f"the run has ended: {run.state}, {run.error}")
        return run

    def worker(self, run_id: str) -> int:
        """The process that trains the run."""
        pid = self._run(run_id).pid
        assert pid is not None, "a run that trains has a worker"
        return pid

    def end(self, run_id: str) -> None:
        """Stops the run and waits until its worker is gone too."""
        worker = self.worker(run_id)
        self.store.send(run_id, "stop")
        wait_until(lambda: self.store.get(run_id).state in ENDED, "a run to stop")
        wait_until(lambda: not processes.exists(worker), "a worker to end")

    def wait_for_spare(self) -> None:
        """Waits until a worker without a run has loaded its libraries and is idle."""
        wait_until(self._has_spare, "a warm worker")

    def _has_spare(self) -> bool:
        busy = {run.pid for run in self.store.runs() if run.state not in ENDED}
        return any(self._is_warm(pid) for pid in processes.children(self.pid, WORKER) if pid not in busy)

    def _is_warm(self, worker: int) -> bool:
        """Whether the worker has left its imports behind, after which it makes itself nice, and is idle."""
        try:
            if processes.niceness(worker) <= processes.niceness(self.pid):
                return False
            before = processes.cpu_seconds(worker)
            time.sleep(IDLE_S)
            return processes.cpu_seconds(worker) == before
        except FileNotFoundError:  # it has ended
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
