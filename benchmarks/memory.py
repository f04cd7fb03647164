"""Memory of the web process with one session, of each further session, and of the worker."""

import statistics
import time

from benchmarks import processes
from benchmarks.browser import Browser
from benchmarks.figures import Bar, say, tell
from benchmarks.lab import Lab
from benchmarks.options import Options
from benchmarks.start import DIGITS, HEADING, has_digits
from benchmarks.watchers import Watchers

FURTHER = 10
LOOKS = 20  # at a memory that moves a little all the time
WEB, SESSION, WORKER = Bar("at most", 450.0), Bar("at most", 5.0), Bar("at most", 900.0)


def measure(options: Options) -> None:
    """Prints peaks and growth while a run trains; MB are 10^6 bytes."""
    with Lab() as lab:
        with Browser() as browser:
            screen = browser.screen(lab.url)
            screen.time_of(DIGITS if has_digits() else HEADING)
            run_id = lab.submit(options.config)
            screen.follow_link("Train")  # in the same session
            screen.wait_for_redraws(4)
            time.sleep(options.seconds)
            screen.close()
        tell("web process, one session, peak resident (VmHWM)", processes.peak_mb(lab.pid), "MB", WEB)
        say(f"  private to it (USS): {processes.private_mb(lab.pid):.0f} MB")
        _sessions(lab, run_id, options)
        say(f"dcgan on {options.dataset}, batch {options.batch_size}, {lab.store.get(run_id).precision}:")
        worker = lab.worker(run_id)
        tell("worker, peak resident (VmHWM)", processes.peak_mb(worker), "MB", WORKER)
        say(f"  private to it (USS): {processes.private_mb(worker):.0f} MB")


def _sessions(lab: Lab, run_id: str, options: Options) -> None:
    """Tells what further sessions on the Train page of a live run add."""
    with Watchers.of_page(lab.url, 1, "train", f"run={run_id}") as first:
        first.wait_until_following()
        start = _resident(lab, options.seconds)
        alone = _resident(lab, options.seconds)
        with Watchers.of_page(lab.url, FURTHER, "train", f"run={run_id}") as others:
            others.wait_until_following()
            crowd = _resident(lab, options.seconds)
            peak = processes.peak_mb(lab.pid)
    say(f"resident with 1 session: {start:.1f} MB, {options.seconds:.0f} s later {alone:.1f} MB")
    say(f"resident with {1 + FURTHER} sessions: {crowd:.1f} MB, peak {peak:.1f} MB")
    tell("web process, each further session", (crowd - alone) / FURTHER, "MB", SESSION)


def _resident(lab: Lab, seconds: float) -> float:
    """Median of the web process's resident memory over some seconds, in MB."""
    looks = []
    for _ in range(LOOKS):
        time.sleep(seconds / LOOKS)
        looks.append(processes.resident_mb(lab.pid))
    return statistics.median(looks)
