"""A real Chromium without a window, and what it reports about the curves it draws."""

import os
from types import TracebackType
from typing import Self

from ensure_browser import playwright_browser, system_browser
from playwright.sync_api import BrowserContext, Page, ViewportSize, sync_playwright

PATIENCE_S = 60
VIEWPORT = ViewportSize(width=1280, height=720)

# Runs in the page before its own scripts. Times are Unix milliseconds, taken after the frame was painted.
# A chart's redraw is seen by the clearing of its canvas; it counts if the chart's description, which holds
# the newest step and values, is another one than before. Its first point is drawn when there is colour below
# the legend: axes and reference lines are grey.
REPORTER = """
(() => {
  const report = window.benchmark = {clicked: null, drawn: null, redraws: []};
  const now = () => performance.timeOrigin + performance.now();
  const LEGEND = 26, FIRST_PANEL = 0.33, COLOURED = 60;
  addEventListener('click', event => {
    report.clicked = performance.timeOrigin + event.timeStamp;
    report.drawn = null;
  }, true);
  report.afterPaint = action => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => action(now());
    channel.port2.postMessage(null);
  });
  const isColoured = canvas => {
    const top = Math.round(LEGEND * devicePixelRatio);
    const end = Math.round(canvas.height * FIRST_PANEL);
    const {data} = canvas.getContext('2d').getImageData(0, top, canvas.width, end - top);
    for (let i = 0; i < data.length; i += 4) {
      const [red, green, blue, opacity] = data.subarray(i, i + 4);
      if (opacity > 0 && Math.max(red, green, blue) - Math.min(red, green, blue) > COLOURED) return true;
    }
    return false;
  };
  let words = null, waiting = false;
  const redrawn = canvas => report.afterPaint(time => {
    waiting = false;
    const chart = canvas.closest('.st-key-curves [aria-label]');
    if (!chart || chart.ariaLabel === words) return;
    words = chart.ariaLabel;
    report.redraws.push(time);
    if (report.drawn === null && isColoured(canvas)) report.drawn = time;
  });
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    clear.apply(this, box);
    if (waiting || !this.canvas.closest || !this.canvas.closest('.st-key-curves')) return;
    waiting = true;
    redrawn(this.canvas);
  };
})();
"""

# Resolves to the time after the first frame in which the condition holds.
WATCH = """
([condition, patience]) => new Promise((resolve, reject) => {
  const holds = new Function('return ' + condition), end = performance.now() + 1000 * patience;
  const look = () => {
    if (holds()) return window.benchmark.afterPaint(resolve);
    if (performance.now() > end) return reject(new Error('waited in vain for ' + condition));
    requestAnimationFrame(look);
  };
  look();
})
"""


class Screen:
    """One tab.

    Attributes:
        page: Playwright's page.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE_S)
        self.page.add_init_script(REPORTER)

    def open(self, address: str) -> None:
        """Goes to a page, without waiting for what its scripts do."""
        self.page.goto(address, wait_until="commit")

    def time_of(self, condition: str) -> float:
        """Unix time in seconds after the first frame in which a JavaScript expression is true."""
        milliseconds: float = self.page.evaluate(WATCH, [condition, PATIENCE_S])
        return milliseconds / 1000

    def press(self, key: str, text: str) -> None:
        """Clicks the button with a widget key as soon as it says `text` and can be pressed."""
        self.page.locator(f".st-key-{key} button:visible:not([disabled])", has_text=text).click()

    def follow_link(self, text: str) -> None:
        """Clicks the first link with this text."""
        self.page.get_by_role("link", name=text, exact=True).first.click()

    @property
    def clicked(self) -> float:
        """Unix time of the last click, in seconds."""
        milliseconds: float = self.page.evaluate("window.benchmark.clicked")
        return milliseconds / 1000

    def first_point(self) -> float:
        """Waits for the first point of a curve drawn since the last click; Unix time in seconds."""
        self.page.wait_for_function("window.benchmark.drawn !== null")
        milliseconds: float = self.page.evaluate("window.benchmark.drawn")
        return milliseconds / 1000

    @property
    def redraws(self) -> list[float]:
        """When the curves of the losses were drawn with new values so far; Unix times in seconds."""
        milliseconds: list[float] = self.page.evaluate("window.benchmark.redraws")
        return [time / 1000 for time in milliseconds]

    def wait_for_redraws(self, count: int) -> None:
        """Waits until the curves were redrawn `count` more times."""
        goal = len(self.redraws) + count
        self.page.wait_for_function("goal => window.benchmark.redraws.length >= goal", arg=goal)

    def close(self) -> None:
        """Closes the tab and forgets what it has kept."""
        self.page.context.close()


class Browser:
    """Chromium, running while the `with` block lasts."""

    def __enter__(self) -> Self:
        program = system_browser() or playwright_browser()
        if program is None:
            raise SystemExit("no Chromium or Chrome is installed; run scripts/ensure_browser.py")
        # The superuser, e.g. of a container, has no sandbox to offer.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=program, args=arguments)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._chromium.close()
        self._playwright.stop()

    def screen(self, address: str) -> Screen:
        """A new tab with an empty cache, at an address."""
        screen = Screen(self._chromium.new_context(viewport=VIEWPORT, color_scheme="light"))
        screen.open(address)
        return screen
