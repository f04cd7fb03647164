"""The lab as a user starts it, in a process of its own, and a real browser to look at it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from ensure_browser import playwright_browser, system_browser  # noqa: E402

PATIENCE_S = 60.0  # reached only if something never happens
GRACE_S = 30.0  # for workers to write their last checkpoint
_PROBE = re.compile(
    r"/_stcore/(health|host-config)"
)  # Streamlit looks for its server at each level of the path


@dataclass
class Lab:
    """A running web process.

    Attributes:
        url: Where it answers.
        log: What it has printed.
        runs: Its folder of runs.
    """

    url: str
    log: Path
    runs: Path

    def assert_no_traceback(self) -> None:
        assert "Traceback" not in self.log.read_text(), self.log.read_text()[-4000:]


@pytest.fixture
def lab(tmp_path: Path, shared_data: Path) -> Iterator[Lab]:
    """A fresh lab with an empty store; ended together with its workers."""
    with _started(tmp_path, shared_data) as found:
        yield found


@pytest.fixture(scope="session")
def shared_lab(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Lab]:
    """One lab for all journeys that start no training: they may see each other's runs, but look for none."""
    with _started(tmp_path_factory.mktemp("shared-lab"), shared_data) as found:
        yield found


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that is empty at first: what one lab has decoded and timed, the next one finds."""
    return tmp_path_factory.mktemp("data")


@contextmanager
def _started(folder: Path, data: Path) -> Iterator[Lab]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    found = Lab(f"http://127.0.0.1:{port}", folder / "server.log", folder / "runs")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    with found.log.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
            env={**os.environ, "GAN_RUNS_DIR": str(found.runs), "GAN_DATA_DIR": str(data)},
        )  # fmt: skip
    try:
        _wait_until_it_answers(found, process)
        yield found
    finally:
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(lab: Lab, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None, lab.log.read_text()
        assert time.monotonic() < deadline, "the web server did not answer"
        try:
            with urllib.request.urlopen(f"{lab.url}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = system_browser() or playwright_browser()
    if program is None:
        pytest.skip("no Chromium or Chrome is here; run scripts/ensure_browser.py")
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@dataclass
class Viewer:
    """One person with a browser of their own.

    Attributes:
        context: Their browser.
        complaints: What went wrong in it: script errors, failed requests to the lab.
    """

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """A new tab at an address."""
        page = self.context.new_page()
        page.set_default_timeout(1000 * PATIENCE_S)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(address)
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _PROBE.search(message.location.get("url", "")):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


@pytest.fixture
def viewers(chromium: Browser) -> Iterator[list[Viewer]]:
    """Two people with a projector's window each."""
    size = {"width": 1280, "height": 720}
    people = [Viewer(chromium.new_context(viewport=size, accept_downloads=True)) for _ in range(2)]
    yield people
    for person in people:
        person.context.close()
