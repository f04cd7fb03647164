"""Finds a Chromium for the browser tests and benchmarks, or installs one.

Order: GAN_BROWSER, a Chromium or Chrome on PATH, Playwright's own, the system package, Playwright's download.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from system_packages import apt_install

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def works(browser: str | Path | None) -> bool:
    """Whether the program is there and starts; Ubuntu's `chromium-browser` may be only a hint to use snap."""
    if browser is None or shutil.which(browser) is None:
        return False
    return subprocess.run([browser, "--version"], capture_output=True).returncode == 0


def system_browser() -> str | None:
    """Path of an installed browser: the one GAN_BROWSER names, or the first on PATH that starts."""
    named = os.environ.get("GAN_BROWSER")
    if named:
        return named if works(named) else None
    return next((shutil.which(name) for name in BROWSERS if works(shutil.which(name))), None)


def playwright_browser() -> str | None:
    """Path of the browser Playwright downloaded earlier, if it starts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if works(path) else None


def main() -> int:
    """Exit code 0 if a browser is there afterwards."""
    browser = system_browser() or playwright_browser()
    if browser is None:
        print("No Chromium or Chrome is on this machine; the browser tests need one.", flush=True)
        apt_install("chromium")
        browser = system_browser()
    if browser is None:
        print("Downloading Playwright's Chromium into your user cache.", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
        browser = playwright_browser()
    if browser is None:
        print("No browser could be installed: install Chromium, or set GAN_BROWSER to one.", file=sys.stderr)
        return 1
    print(f"Browser for the tests: {browser}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
