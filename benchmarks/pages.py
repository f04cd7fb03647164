"""From the click on a page's link to that page complete on the screen of a real browser, for every page."""

import json
from pathlib import Path

from benchmarks.browser import Browser, Screen
from benchmarks.figures import Bar, tell_each
from benchmarks.lab import Lab
from benchmarks.options import Options
from pages.components.shell import PAGES, PageInfo

WARM = Bar("at most", 1.5)
AT_REST = "document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'"
PICTURES = "[...document.images].every(image => image.complete)"
CHARTS = "[...document.querySelectorAll('.stPlotlyChart')].every(chart => chart.querySelector('.main-svg'))"


def measure(options: Options) -> None:
    """Prints the waiting times of each page, which another visit has opened before."""
    home, *others = PAGES
    with Browser() as browser, Lab() as lab:
        screen = browser.screen(lab.url)
        for page in others:
            _opened(screen, home, lab.url)
            _follow(screen, page)
        for page in others:
            waits = []
            for _ in range(options.repeats):
                _opened(screen, home, lab.url)
                waits.append(_follow(screen, page))
            tell_each(page.title, waits, "s", WARM)
        screen.close()


def _opened(screen: Screen, page: PageInfo, address: str) -> None:
    screen.open(address)
    screen.time_of(_is_open(page))


def _follow(screen: Screen, page: PageInfo) -> float:
    """Seconds from the click on the page's link until its script rests, with all pictures and charts."""
    screen.follow_link(page.title)
    return screen.time_of(_is_open(page)) - screen.clicked


def _is_open(page: PageInfo) -> str:
    """JavaScript that is true once the page is complete; of pages only the first has digits to draw again."""
    first = page is PAGES[0]
    there = json.dumps("/" if first else f"/{Path(page.path).stem}")
    digits = "document.querySelector('.st-key-digits img')"
    complete = f"{AT_REST} && {PICTURES} && {CHARTS}"
    return f"location.pathname === {there} && {complete} && {'' if first else '!'}{digits}"
