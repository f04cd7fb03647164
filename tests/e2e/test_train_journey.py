"""The first lesson in a real browser: train on digits, stop, look back, take the film home, go on."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE_S, Lab, Viewer

expect.set_options(timeout=1000 * PATIENCE_S)

STEPS = 500
SLOW_MS = 4000 * PATIENCE_S  # as many training steps, on a machine that others keep busy
NEWEST_STEP = r"at step ([\d,]+)"
FIRST_PICTURE = re.compile("at step 0 and")


def transport(page: Page, label: str) -> Locator:
    return page.locator(".st-key-transport_bar").get_by_role("button", name=label, exact=True)


def state(page: Page) -> Locator:
    return page.locator(".counter .pill")


def curve_step(page: Page) -> int:
    """Newest step drawn in the chart of the losses, from its description."""
    words = page.locator(".st-key-curves [aria-label]").first.get_attribute("aria-label") or ""
    found = re.search(NEWEST_STEP, words)
    return int(found[1].replace(",", "")) if found else 0


def wait_for_curve_beyond(page: Page, step: int) -> None:
    page.wait_for_function(
        """([pattern, step]) => [...document.querySelectorAll('.st-key-curves [aria-label]')].some(chart => {
             const found = chart.ariaLabel.match(new RegExp(pattern));
             return found && Number(found[1].replaceAll(',', '')) > step;
           })""",
        arg=[NEWEST_STEP, step],
    )


def picture(page: Page) -> Locator:
    return page.get_by_alt_text(re.compile("^Generated samples at step"))


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_test_id("stSelectbox").filter(has=page.get_by_role("combobox", name=label))
    box.get_by_role("button", name="Open").click()
    page.get_by_role("option", name=option, exact=True).click()


def set_steps(page: Page, steps: int) -> None:
    field = page.get_by_role("spinbutton", name="Steps", exact=True)
    field.fill(str(steps))
    field.press("Enter")
    expect(page.get_by_text(f"{steps:,} steps, batches of")).to_be_visible()


def start(page: Page, steps: int) -> None:
    """From a new run's settings to curves that grow."""
    choose(page, "Data set", "Digits (small)")
    set_steps(page, steps)
    transport(page, "Play").click()
    expect(state(page)).to_have_text("Training")
    wait_for_curve_beyond(page, 0)


def test_a_lesson_from_play_to_the_end(lab: Lab, viewers: list[Viewer], tmp_path: Path) -> None:
    teacher = viewers[0]
    page = teacher.open(f"{lab.url}/train?new=")  # a link to an inner page, on a server that has shown none
    expect(page.get_by_test_id("stTopNavLink").filter(has_text="Home")).to_be_visible()
    assert "new=" in page.url
    start(page, STEPS)
    wait_for_curve_beyond(page, curve_step(page))

    transport(page, "Pause").click()
    expect(state(page)).to_have_text("Paused")
    counter = page.locator(".counter b").inner_text()
    expect(picture(page)).not_to_have_attribute("alt", FIRST_PICTURE)
    newest = picture(page).get_attribute("src") or ""

    slider = page.get_by_role("slider", name="Snapshot")
    slider.focus()
    slider.press("Home")
    expect(page.locator(".timeline .step")).to_have_text("step 000,000")
    expect(picture(page)).to_have_attribute("alt", FIRST_PICTURE)
    expect(picture(page)).not_to_have_attribute("src", newest)
    page.get_by_role("button", name="Live", exact=False).click()
    expect(picture(page)).not_to_have_attribute("alt", FIRST_PICTURE)

    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Timeline as film (GIF)").click()
    download.value.save_as(tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        assert film.format == "GIF"
        assert film.n_frames > 1
        film.seek(film.n_frames - 1)
        film.load()

    page.reload()
    expect(state(page)).to_have_text("Paused")
    assert page.locator(".counter b").inner_text() == counter

    transport(page, "Play").click()
    expect(state(page)).to_have_text("Finished", timeout=SLOW_MS)
    expect(page.locator(".counter b")).to_have_text(f"000,{STEPS}")
    expect(transport(page, "Continue")).to_be_enabled()
    assert teacher.complaints == []
    lab.assert_no_traceback()


def test_a_run_outlives_its_viewer_and_has_several(lab: Lab, viewers: list[Viewer]) -> None:
    teacher, student = viewers
    page = teacher.open(f"{lab.url}/train?new=")
    start(page, 100_000)
    done = curve_step(page)
    page.close()

    others = student.open(f"{lab.url}/train")  # no link to the run: the living one is found
    expect(state(others)).to_have_text("Training")
    wait_for_curve_beyond(others, done)

    page = teacher.open(others.url)
    transport(page, "Pause").click()
    expect(state(others)).to_have_text("Paused")
    expect(state(page)).to_have_text("Paused")
    before = page.locator(".counter b").inner_text()
    transport(others, "Step").click()
    expect(page.locator(".counter b")).not_to_have_text(before)
    assert teacher.complaints + student.complaints == []
    lab.assert_no_traceback()


def test_one_step_starts_a_new_run_that_waits(lab: Lab, viewers: list[Viewer]) -> None:
    page = viewers[0].open(f"{lab.url}/train?new=")
    transport(page, "Step").click()
    expect(state(page)).to_have_text("Paused")
    expect(page.locator(".counter b")).to_have_text("000,001")
    transport(page, "D only").click()
    expect(page.locator(".counter b")).to_have_text("000,002")
    assert viewers[0].complaints == []
    lab.assert_no_traceback()
