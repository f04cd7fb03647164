"""Runs every test: the journeys in a browser, which mostly wait, beside the types and all other tests.

python scripts/run_tests.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

NICENESS = 10  # of everything but the journeys: a page that is waited for comes first
PROCESSES = 2
BROWSER_TESTS = "tests/e2e"
PYTEST = (sys.executable, "-m", "pytest")
JOURNEYS = (*PYTEST, BROWSER_TESTS)
OTHERS = (
    (sys.executable, "-m", "mypy"),
    (*PYTEST, "--ignore", BROWSER_TESTS, "--numprocesses", str(PROCESSES), "--dist", "loadfile"),
)


def run(aside: Sequence[str], commands: Sequence[Sequence[str]]) -> int:
    """Runs commands one after the other, another one aside, and shows what that one says when it has ended.

    Args:
        aside: Runs meanwhile.
        commands: The first that fails is the last that is run.

    Returns:
        The exit status of the first that failed; 0: none did.
    """
    with tempfile.TemporaryFile() as output:
        meanwhile = subprocess.Popen(aside, stdout=output, stderr=subprocess.STDOUT)
        try:
            status = 0
            for command in commands:
                status = status or subprocess.run(command, preexec_fn=_give_way).returncode
            status = meanwhile.wait() or status
        finally:
            meanwhile.kill()
        output.seek(0)
        sys.stdout.buffer.write(output.read())
        sys.stdout.flush()
    return status


def _give_way() -> None:
    os.nice(NICENESS)


if __name__ == "__main__":
    sys.exit(run(JOURNEYS, OTHERS))
