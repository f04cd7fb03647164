"""From the start of the app to the first page with generated digits on the screen of a real browser."""

from benchmarks.browser import Browser
from benchmarks.figures import say, tell_each
from benchmarks.lab import Lab
from benchmarks.options import Options
from gan_core.weights import WEIGHTS_DIR

HEADING = "document.querySelector('h1')"
DIGITS = "[...document.querySelectorAll('.st-key-digits img')].some(i => i.complete && i.naturalWidth)"


def has_digits() -> bool:
    """Whether the weights that draw the first page's digits are there."""
    return any(WEIGHTS_DIR.glob("dcgan-*.safetensors"))


def measure(options: Options) -> None:
    """Prints the waiting times from the start of the process; the browser is running before."""
    if not has_digits():
        say(f"not measured: {WEIGHTS_DIR.name}/ has no DCGAN, so the first page has no digits")
        return
    headings, digits = [], []
    with Browser() as browser:
        for _ in range(options.starts):
            with Lab() as lab:  # returns when the server answers; the browser would be refused before
                screen = browser.screen(lab.url)
                headings.append(screen.time_of(HEADING) - lab.started)
                digits.append(screen.time_of(DIGITS) - lab.started)
                screen.close()
            say(f"start {len(digits)}: heading after {headings[-1]:.2f} s, digits after {digits[-1]:.2f} s")
    tell_each("app start to the first page's heading", headings, "s")
    tell_each("app start to its generated digits", digits, "s")
