"""Training speed with nobody, one and five watching the Train page, interleaved; and with a real browser."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks import processes
from benchmarks.browser import Browser
from benchmarks.figures import Bar, per_second, say, tell_median
from benchmarks.lab import Lab
from benchmarks.options import Options
from benchmarks.training import next_report, report_time
from benchmarks.watchers import Watchers
from pages.components.audience import ABSENT_S

NOBODY, CHROMIUM = "0 watchers", "1 Chromium here"
CROWDS = {NOBODY: 0, "1 watcher": 1, "5 watchers": 5}
BARS = {
    "1 watcher": Bar("at least", 0.95),
    "5 watchers": Bar("at least", 0.88),
    CHROMIUM: None,  # docs/adr/0024-watchers-have-their-own-machines.md
}


def measure(options: Options) -> None:
    """Prints steps per second of every round and the ratios to nobody watching."""
    rates: dict[str, list[float]] = {name: [] for name in (*CROWDS, CHROMIUM)}
    with Lab() as lab:
        run_id = lab.submit(options.config)
        with Watchers.of_page(lab.url, 1, "train", f"run={run_id}"):  # the first visitor starts the launcher
            lab.wait_until_trained(run_id)
        say(f"worker: {lab.store.get(run_id).precision}, batch {options.batch_size} of {options.dataset}")
        for number in range(1, options.rounds + 1):
            for name, count in CROWDS.items():
                with watched(lab, run_id, count) as seen:
                    rates[name].append(_rate(lab, run_id, f"round {number}, {name}", options.seconds, seen))
            with watched_by_chromium(lab, run_id) as seen:
                title = f"round {number}, {CHROMIUM}"
                rates[CHROMIUM].append(_rate(lab, run_id, title, options.seconds, seen))
    for name, bar in BARS.items():
        ratios = [theirs / alone for theirs, alone in zip(rates[name], rates[NOBODY], strict=True)]
        say(f"{name} / {NOBODY}, by round: " + ", ".join(f"{ratio:.3f}" for ratio in ratios))
        tell_median(f"{name} / {NOBODY}", ratios, "of the steps per second", bar)


@contextmanager
def watched(lab: Lab, run_id: str, count: int) -> Iterator[Callable[[], str]]:
    """Protocol watchers of a run; yields what tells how much they have got since then."""
    time.sleep(ABSENT_S)  # the watchers of the round before must be forgotten: one of these is to present
    with Watchers.of_page(lab.url, count, "train", f"run={run_id}") as watchers:
        watchers.wait_until_following()
        start, charts, received = time.monotonic(), watchers.total("echarts_chart"), watchers.received

        def seen() -> str:
            shares = (time.monotonic() - start) * count
            charts_per_s = (watchers.total("echarts_chart") - charts) / shares
            kilobytes_per_s = (watchers.received - received) / shares / 1000
            return f", {charts_per_s:.1f} charts/s and {kilobytes_per_s:.0f} kB/s each"

        yield seen if count else str


@contextmanager
def watched_by_chromium(lab: Lab, run_id: str) -> Iterator[Callable[[], str]]:
    """A real browser on this machine; yields what tells how often it has redrawn the curves since then."""
    with Browser() as browser:
        screen = browser.screen(f"{lab.url}/train?run={run_id}")
        screen.wait_for_redraws(4)
        before = len(screen.redraws)
        yield lambda: f", {per_second(screen.redraws[before:]):.2f} redraws/s"


def _rate(lab: Lab, run_id: str, title: str, seconds: float, seen: Callable[[], str]) -> float:
    """Measures and prints steps per second, and how many cores those involved have used."""
    pids = {"worker": lab.worker(run_id), "web process": lab.pid}
    start, before = time.monotonic(), {name: processes.cpu_seconds(pid) for name, pid in pids.items()}
    own = time.process_time()
    rate = steps_per_second(lab, run_id, seconds)
    elapsed = time.monotonic() - start
    cores = {name: (processes.cpu_seconds(pid) - before[name]) / elapsed for name, pid in pids.items()}
    cores["this benchmark"] = (time.process_time() - own) / elapsed
    used = ", ".join(f"{name} {share:.2f}" for name, share in cores.items())
    say(f"{title}: {rate:.2f} steps/s{seen()}; cores used: {used}")
    return rate


def steps_per_second(lab: Lab, run_id: str, seconds: float) -> float:
    """Steps per second of wall-clock time, between two reports of progress by the worker itself."""
    first = next_report(lab.store, run_id)
    time.sleep(seconds)
    last = next_report(lab.store, run_id)
    return (last.step - first.step) / (report_time(last) - report_time(first))
