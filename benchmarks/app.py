"""Measures the app as its users meet it; every section prints its figures and the bars they are held against.

python benchmarks/app.py [--only viewers,play,start,memory,controls,explorer,classroom,findme,pages]
                         [--dataset mnist] [--batch-size 64] [--rounds 6] [--seconds 15] [--repeats 10]
"""

import argparse
import os
import platform
import shlex
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import classroom, controls, explorer, findme, memory, pages, play, start, viewers
from benchmarks.figures import say
from benchmarks.options import Options
from gan_core.data import dataset_status
from gan_core.load import busy_seconds

SECTIONS: dict[str, tuple[str, Callable[[Options], None]]] = {
    "viewers": ("(b) training speed while the Train page is watched", viewers.measure),
    "play": ("(c) Play to the first point drawn", play.measure),
    "start": ("(d) start of the app to the first page drawn", start.measure),
    "memory": ("(e) memory", memory.measure),
    "controls": ("(f) controls and redraws", controls.measure),
    "explorer": ("(h) pictures that follow the sliders", explorer.measure),
    "classroom": ("(i) thirty visitors who drag", classroom.measure),
    "findme": ("(j) a latent for a drawing", findme.measure),
    "pages": ("(q) every page opened from the first", pages.measure),
}


def main() -> None:
    """Runs the chosen sections one after the other."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # ends what it has started
    arguments = _arguments()
    options = Options(
        arguments.dataset, arguments.batch_size, arguments.rounds, arguments.seconds, arguments.repeats
    )
    say("$ " + shlex.join(["python", *sys.argv]))
    say(_machine())
    for name in arguments.only:
        title, measure = SECTIONS[name]
        say(f"\n{title}")
        measure(options)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", type=_sections, default=list(SECTIONS), help="sections, separated by commas"
    )
    here = "mnist" if dataset_status("mnist") == "ready" else "digits"
    parser.add_argument(
        "--dataset", default=here, help="by default mnist if it is on this machine, else digits"
    )
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--repeats", type=int, default=10)
    return parser.parse_args()


def _sections(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in SECTIONS]:
        raise argparse.ArgumentTypeError(
            f"unknown section '{unknown[0]}'; sections are {', '.join(SECTIONS)}"
        )
    return names


def _machine(seconds: float = 2.0) -> str:
    """The machine, and how busy it is with other things before anything is measured."""
    before = busy_seconds() or 0.0  # these benchmarks run on Linux, which tells
    time.sleep(seconds)
    foreign = ((busy_seconds() or 0.0) - before) / seconds
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    return (
        f"{len(os.sched_getaffinity(0))} cores of {processor or platform.machine()}, "
        f"Python {platform.python_version()}; other programs keep {foreign:.2f} cores busy"
    )


if __name__ == "__main__":
    main()
