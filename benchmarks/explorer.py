"""How soon the Explore page draws what its sliders say, in a real browser: after a release, in a drag."""

import math
import re
import statistics
import time
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from benchmarks.browser import Browser, Screen
from benchmarks.figures import Bar, per_second, say, tell, tell_quantiles
from benchmarks.lab import Lab
from benchmarks.options import Options
from benchmarks.training import wait_until

RELEASED, RELEASED_MOST, FRAMES = Bar("at most", 0.15), Bar("at most", 0.3), Bar("at least", 15.0)
SLIDERS = re.compile(r"^1\.")  # the first direction
EVENTS_PER_S = 60  # of the mouse: no hand and no browser reports more
QUIET_S = 0.5  # without a new picture, after which everything asked for is drawn

# Notes each new picture with the time after the frame in which it was first painted, and each release.
REPORTER = """
(() => {
  const report = window.explorer = {painted: [], released: null};
  const last = {};
  const look = () => {
    for (const name of ['large', 'batch']) {
      const image = document.querySelector('.st-key-explore_' + name + ' img');
      if (!image || image.src === last[name]) continue;
      const picture = last[name] = image.src;
      image.decode().then(() => window.benchmark.afterPaint(time => {
        if (image.src === picture) report.painted.push([name, time, picture]);
      }), () => {});  // replaced before it was decoded: nobody saw it
    }
  };
  new MutationObserver(look).observe(
    document, {subtree: true, childList: true, attributes: true, attributeFilter: ['src']});
  for (const kind of ['pointerup', 'mouseup']) {
    addEventListener(kind, event => { report.released = performance.timeOrigin + event.timeStamp; }, true);
  }
})();
"""

Painted = tuple[str, float, str]  # "large" or "batch", Unix time in seconds, the picture itself


def measure(options: Options) -> None:
    """Prints the wait after a release, the pictures per second of a drag, and that the last one is right."""
    query = f"source=dcgan-{options.dataset}&seed=5"
    with Lab() as lab, Browser() as browser:
        screen = explore(browser, f"{lab.url}/explore?{query}")
        waits = [_release(screen, number) for number in range(-2, 2 * options.repeats)][2:]
        tell_quantiles("slider released: until its picture is painted", waits, "s", RELEASED, RELEASED_MOST)
        for number in range(1, options.drags + 1):
            _drag(browser, screen, f"drag {number}", options.seconds)


def explore(browser: Browser, address: str) -> Screen:
    """The Explore page in a new tab, with its pictures drawn."""
    screen = browser.screen("about:blank")
    screen.page.add_init_script(REPORTER)
    screen.open(address)
    screen.page.wait_for_function("window.explorer?.painted.some(([name]) => name === 'batch')")
    return screen


def painted(screen: Screen) -> list[Painted]:
    """Every picture painted so far."""
    found: list[tuple[str, float, str]] = screen.page.evaluate("window.explorer.painted")
    return [(name, milliseconds / 1000, picture) for name, milliseconds, picture in found]


def _wait_until_settled(screen: Screen) -> None:
    """Waits until the address names the sliders' values and nothing new was painted for a while."""
    wait_until(lambda: _told(screen) == _shown(screen), "the address to name the sliders' values")
    while True:
        before = len(painted(screen))
        time.sleep(QUIET_S)
        if len(painted(screen)) == before:
            return


def _told(screen: Screen) -> list[float]:
    """Moves in the address, without zeros at the end."""
    text = parse_qs(urlsplit(screen.page.url).query).get("move", [""])[0]
    return [float(part) for part in text.split(",")] if text else []


def _shown(screen: Screen) -> list[float]:
    """Values of the sliders, without zeros at the end."""
    sliders = screen.page.locator(".latent-pad input")  # in a shadow root, which document does not look into
    values: list[float] = sliders.evaluate_all("inputs => inputs.map(input => Number(input.value))")
    while values and values[-1] == 0:
        values.pop()
    return values


def _release(screen: Screen, number: int) -> float:
    """Pulls the first slider somewhere in one quick movement; seconds from letting go to its picture."""
    mouse, slider = screen.page.mouse, screen.page.get_by_role("slider", name=SLIDERS)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    y, share = box["y"] + box["height"] / 2, 0.1 + 0.8 * ((number * 0.618) % 1)
    _wait_until_settled(screen)
    now = slider.evaluate("input => (Number(input.value) - input.min) / (input.max - input.min)")
    mouse.move(box["x"] + 8 + now * (box["width"] - 16), y)
    mouse.down()
    mouse.move(box["x"] + share * box["width"], y, steps=4)
    mouse.up()
    released: float = screen.page.evaluate("window.explorer.released") / 1000
    _wait_until_settled(screen)
    last = [time for name, time, _ in painted(screen) if name == "large"][-1]
    return last - released


def _drag(browser: Browser, screen: Screen, title: str, seconds: float) -> None:
    """Leads the point on the pad about for some seconds; tells how many different batches were painted."""
    pad = screen.page.locator(".latent-pad .pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    x, y, reach = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, 0.42 * box["width"]
    mouse, before = screen.page.mouse, len(painted(screen))
    mouse.move(x, y)
    mouse.down()
    start = time.monotonic()
    events, turn = 0, 0.0
    while turn < seconds:
        mouse.move(x + reach * math.sin(2.1 * turn), y + reach * math.sin(3.3 * turn + 1))
        events += 1
        time.sleep(max(0.0, start + events / EVENTS_PER_S - time.monotonic()))
        turn = time.monotonic() - start
    batches = [(picture, time) for name, time, picture in painted(screen)[before:] if name == "batch"]
    during = sorted(dict(reversed(batches)).values())  # where the path crosses itself, a batch comes again
    mouse.move(x + 0.3 * box["width"], y - 0.2 * box["height"])  # the last position, which must win
    mouse.up()
    _wait_until_settled(screen)
    say(f"{title}: {events / turn:.0f} mouse events/s, {len(batches)} batches painted")
    tell("  different batches of 16 painted under the hand", per_second(during), "/s", FRAMES)
    gaps = [b - a for a, b in pairwise(during)]
    say(f"  between two of them: median {statistics.median(gaps):.3f} s, longest {max(gaps):.3f} s")
    _check_newest(browser, screen)


def _check_newest(browser: Browser, screen: Screen) -> None:
    """After a drag the pictures must be those of the last position, which its link draws from scratch."""
    expected = [1.8, 1.2]  # 0.3 of the side across and 0.2 up, of 6 standard deviations
    told = _told(screen)
    if any(abs(value - wanted) > 0.05 for value, wanted in zip(told, expected, strict=False)):
        raise RuntimeError(f"the sliders stand at {told[:2]}, but the hand let go at {expected}")
    fresh = explore(browser, screen.page.url)
    _wait_until_settled(fresh)
    ours, theirs = ({name: picture for name, _, picture in painted(s)} for s in (screen, fresh))
    fresh.close()
    if ours != theirs:
        raise RuntimeError("the pictures after the drag are not those of its last position")
    say("  the pictures after it belong to its last position: yes")
