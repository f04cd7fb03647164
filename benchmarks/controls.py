"""How soon a training run obeys, and how often a real browser redraws its curves."""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

from benchmarks.browser import Browser, Screen
from benchmarks.figures import Bar, per_second, tell, tell_each
from benchmarks.lab import Lab
from benchmarks.options import Options
from benchmarks.training import wait_until
from benchmarks.watchers import Watchers
from gan_core.runs.records import Run

OBEYED, REDRAWN = Bar("at most", 0.5), Bar("at least", 2.0)
POLLS_S = 0.3  # commands come at any instant between a worker's looks at its commands


def measure(options: Options) -> None:
    """Prints the delay of each command, of Pause and Play in the browser, and the rate of redraws."""
    with Lab() as lab:
        run_id = lab.submit(options.config)
        with Watchers.of_page(lab.url, 1, "train", f"run={run_id}"):
            lab.wait_until_trained(run_id)
            delays: dict[str, list[float]] = defaultdict(list)
            for _ in range(options.repeats):
                _command_all(lab, run_id, delays)
        for command, values in delays.items():
            tell_each(f"{command}: from the command to the state in the store", values, "s", OBEYED)
        with Browser() as browser:
            screen = browser.screen(f"{lab.url}/train?run={run_id}")
            screen.wait_for_redraws(4)
            _redraw(lab, run_id, screen, options.seconds)
            _click(screen, options.repeats)


def _command_all(lab: Lab, run_id: str, delays: dict[str, list[float]]) -> None:
    """Pauses, steps, resumes and stops the run, and has it go on from its checkpoint afterwards."""
    delays["pause"].append(_obeyed(lab, run_id, "pause", lambda before, now: now.state == "paused"))
    delays["step"].append(_obeyed(lab, run_id, "step", lambda before, now: now.step == before.step + 1))
    delays["resume"].append(_obeyed(lab, run_id, "resume", lambda before, now: now.state == "running"))
    lab.wait_until_trained(run_id, 3)
    delays["stop"].append(_obeyed(lab, run_id, "stop", lambda before, now: now.state == "stopped"))
    lab.store.requeue(run_id)
    lab.wait_until_trained(run_id)


def _obeyed(lab: Lab, run_id: str, command: str, is_obeyed: Callable[[Run, Run], bool]) -> float:
    """Sends a command at an arbitrary instant; seconds until the store shows the run as it asks."""
    time.sleep(random.uniform(0, POLLS_S))
    before, start = lab.store.get(run_id), time.perf_counter()
    lab.store.send(run_id, command)
    wait_until(lambda: is_obeyed(before, lab.store.get(run_id)), f"{command} to be obeyed")
    return time.perf_counter() - start


def _redraw(lab: Lab, run_id: str, screen: Screen, seconds: float) -> None:
    """Tells how often the curves of the losses are drawn with new values, and how often there are any."""
    before, (_, last_row) = len(screen.redraws), lab.store.metrics_since(run_id)
    time.sleep(seconds)
    times, (rows, _) = screen.redraws[before:], lab.store.metrics_since(run_id, last_row)
    tell("redraws of the curves with new values", per_second(times), "/s", REDRAWN)
    tell("  longest time between two redraws", max((b - a for a, b in pairwise(times)), default=seconds), "s")
    tell("  steps recorded by the worker meanwhile", len({step for step, _, _ in rows}) / seconds, "/s")


def _click(screen: Screen, repeats: int) -> None:
    """Tells how long a click on Pause or Play takes to show in the button's own words."""
    waits: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeats):
        for button, other in (("Pause", "Play"), ("Play", "Pause")):
            screen.press("transport_play", button)
            shown = screen.time_of(
                f"document.querySelector('.st-key-transport_play button')?.innerText.includes('{other}')"
            )
            waits[button].append(shown - screen.clicked)
    for button, values in waits.items():
        tell_each(f"click on {button}: until the page shows it", values, "s", OBEYED)
