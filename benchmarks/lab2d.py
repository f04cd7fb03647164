"""Measures the 2-D lab: training steps without drawing, and pictures drawn by a browser meanwhile.

python benchmarks/lab2d.py [--seconds 10] [--rounds 3]
"""

import argparse
import shlex
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.browser import Browser, Screen
from benchmarks.figures import Bar, say, tell_median
from benchmarks.lab import Lab
from gan_core.lab.client import LabClient

STEPS, FRAMES = Bar("at least", 1000), Bar("at least", 8)
WARM_UP_S = 3.0
_PENALISED = {"r1_gamma": 0.1, "r2_gamma": 0.1, "relativistic": True}
# By autograd: instance noise this faint changes nothing but the way the gradients are computed.
_AUTOGRAD = {"instance_noise": 1e-6}
_GAMES = {
    "default networks (2 x 64 units each, batch 128, Adam)": ({}, STEPS),
    "the same with R1, R2 and pairing": (_PENALISED, None),
    "default networks, gradients by autograd": (_AUTOGRAD, None),
}
_ALL_LAYERS = "real,fake,field,pull,sheet,centres,best,gap"


def main() -> None:
    """Prints all figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    say("$ " + shlex.join(["python", *sys.argv]))
    for name, (settings, bar) in _GAMES.items():
        rates = [undrawn(settings, options.seconds) for _ in range(options.rounds)]
        tell_median(f"Undrawn, {name}", rates, "steps/s", bar)
    with Lab() as lab, Browser() as browser:
        for name, layers in (("the first layers", "real,fake,field"), ("every layer", _ALL_LAYERS)):
            measured = [drawn(browser, lab, layers, options.seconds) for _ in range(options.rounds)]
            bar = FRAMES if layers != _ALL_LAYERS else None
            tell_median(f"Drawn while training, {name}", [frames for frames, _ in measured], "frames/s", bar)
            say(f"  meanwhile {statistics.median(steps for _, steps in measured):.0f} steps/s")


def undrawn(settings: dict[str, object], seconds: float) -> float:
    """Steps a second of a game that is looked at twice."""
    client = LabClient(1)
    try:

        def step(*commands: str) -> int:
            frame = client.ask("benchmark", config={"settings": settings}, do=commands, speed=None, layers=[])
            return int(frame["step"])

        step("play")
        time.sleep(WARM_UP_S)
        before, start = step(), time.perf_counter()
        time.sleep(seconds)
        return (step() - before) / (time.perf_counter() - start)
    finally:
        client.close()


def drawn(browser: Browser, lab: Lab, layers: str, seconds: float) -> tuple[float, float]:
    """Frames painted and steps done a second, in a browser of its own."""
    screen = browser.screen(f"{lab.url}/lab?data=ring8&layers={layers}")
    try:
        screen.page.locator(".lab2d[data-step]:not([data-step='0'])").wait_for()
        time.sleep(WARM_UP_S)
        frames, steps = _painted(screen)
        start = time.perf_counter()
        time.sleep(seconds)
        later = _painted(screen)
        passed = time.perf_counter() - start
        return (later[0] - frames) / passed, (later[1] - steps) / passed
    finally:
        screen.close()


def _painted(screen: Screen) -> tuple[int, int]:
    """Frames painted so far, and the step of the newest."""
    stage = screen.page.locator(".lab2d")
    frames, step = (stage.get_attribute(name) for name in ("data-frames", "data-step"))
    return int(frames or 0), int(step or 0)


if __name__ == "__main__":
    main()
