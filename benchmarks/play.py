"""From the click on Play to the first point of a curve on the screen of a real browser."""

from benchmarks.browser import Browser, Screen
from benchmarks.figures import Bar, say, tell_each
from benchmarks.lab import Lab
from benchmarks.options import Options

WARM, COLD = Bar("at most", 2.0), Bar("at most", 6.0)


def measure(options: Options) -> None:
    """Prints the waiting times with a warm worker and right after the start of the web process."""
    with Browser() as browser:
        tell_each("Play to first curve point, warm", warm(browser, options), "s", WARM)
        tell_each("Play to first curve point, cold", cold(browser, options), "s", COLD)


def warm(browser: Browser, options: Options) -> list[float]:
    """Seconds waited when a worker has loaded its libraries already."""
    waits: list[float] = []
    with Lab() as lab:
        address = f"{lab.url}/train?new={lab.template(options.config)}"
        screen = browser.screen(address)
        for _ in range(options.repeats):
            screen.open(address)
            screen.page.locator(".st-key-transport_play").wait_for()  # the first page starts the launcher
            lab.wait_for_spare()
            waits.append(_play(lab, screen, f"warm {len(waits) + 1}"))
        screen.close()
    return waits


def cold(browser: Browser, options: Options) -> list[float]:
    """Seconds waited when Play is pressed as soon as it can be, in a web process that has just started."""
    waits: list[float] = []
    for _ in range(options.starts):
        with Lab() as lab:
            screen = browser.screen(f"{lab.url}/train?new={lab.template(options.config)}")
            waits.append(_play(lab, screen, f"cold {len(waits) + 1}"))
            say(f"  pressed {screen.clicked - lab.started:.1f} s after the app was started")
            screen.close()
    return waits


def _play(lab: Lab, screen: Screen, title: str) -> float:
    """Presses Play, prints what happened when, and ends the run so that the next one finds its place free."""
    screen.press("transport_play", "Play")
    drawn, clicked = screen.first_point(), screen.clicked
    run = lab.store.runs()[0]
    events, _ = lab.store.events_since(run.id)
    since = {event.detail["state"]: event.time - clicked for event in events if event.kind == "state"}
    say(
        f"{title}: queued after {run.created - clicked:.2f} s, "
        + ", ".join(f"{state} after {seconds:.2f} s" for state, seconds in since.items())
        + f", first point drawn after {drawn - clicked:.2f} s"
    )
    lab.end(run.id)
    return drawn - clicked
