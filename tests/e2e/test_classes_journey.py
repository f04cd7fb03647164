"""Asking for a class in a real browser: a number is written, changed, and shared by its link."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from gan_core.runs.store import RunStore
from tests.e2e.conftest import PATIENCE_S, Lab, Viewer
from tests.small_runs import small_run

expect.set_options(timeout=1000 * PATIENCE_S)


def line(page: Page) -> Locator:
    return page.get_by_alt_text("What was typed, in the generator's hand")


def address(image: Locator) -> str:
    return image.get_attribute("src") or ""


def test_a_number_is_written_and_a_link_shows_the_same(shared_lab: Lab, viewers: list[Viewer]) -> None:
    teacher, student = viewers
    run = small_run(RunStore(shared_lab.runs), "cgan")
    page = teacher.open(f"{shared_lab.url}/classes?source={run}")
    expect(page.get_by_alt_text("16 generated pictures: 7")).to_be_visible()

    page.get_by_text("Write", exact=True).click()
    first = address(line(page))
    field = page.get_by_role("textbox", name="Write")
    field.fill("417")
    field.press("Enter")
    expect(line(page)).not_to_have_attribute("src", first)
    expect(page).to_have_url(re.compile("text=417"))

    changed = address(line(page))
    page.get_by_role("slider", name="Towards the next style").press("ArrowRight")  # without a mouse
    expect(line(page)).not_to_have_attribute("src", changed)
    expect(page).to_have_url(re.compile("towards=1"))

    same = student.open(page.url)
    expect(line(same)).to_have_attribute("src", address(line(page)))
    with page.expect_download() as download:
        page.get_by_role("button", name="Sheet (PNG)").click()
    assert download.value.suggested_filename == f"sheet-{run}.png"
    assert teacher.complaints + student.complaints == []
    shared_lab.assert_no_traceback()


def test_blends_and_the_check_of_the_label_are_a_click_away(shared_lab: Lab, viewers: list[Viewer]) -> None:
    viewer = viewers[0]
    run = small_run(RunStore(shared_lab.runs), "cgan")
    page = viewer.open(f"{shared_lab.url}/classes?source={run}&tab=mix&mix=3,8")
    row = page.get_by_alt_text("The blend of the slider in eleven styles")
    first = address(row)
    page.get_by_role("slider", name="Share of 8").press("ArrowRight")
    expect(row).not_to_have_attribute("src", first)
    expect(page).to_have_url(re.compile("share=51"))

    page.get_by_text("Does the label work?").click()
    expect(page.get_by_text("The label is ignored")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    page.get_by_text("Does it vary?").click()
    expect(page.get_by_text("Least varied is class")).to_be_visible()
    assert viewer.complaints == []
    shared_lab.assert_no_traceback()
