"""The lab in a real browser: draw something, watch G learn it, hand out the link."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PATIENCE_S, Lab, Viewer

expect.set_options(timeout=1000 * PATIENCE_S)


def draw_a_line(page: Page) -> None:
    """Near the upper right corner of the board, where no fake is at first."""
    box = page.locator(".drawing-board canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.4 * box["height"], steps=6)
    page.mouse.up()


def test_a_drawing_is_learned_and_its_link_shows_it_to_others(lab: Lab, viewers: list[Viewer]) -> None:
    teacher, student = viewers
    page = teacher.open(f"{lab.url}/lab?data=drawn&slow=1&layers=real,fake,field,centres")
    expect(page.locator(".number")).to_have_text(re.compile("D 1"))  # slow motion waits for nobody
    page.get_by_role("button", name="Pause").click()
    draw_a_line(page)
    expect(page).to_have_url(re.compile("drawing="))
    reached = page.locator(".reached")
    expect(reached).to_have_text("0 %")
    expect(page.get_by_label("Modes", exact=True)).to_be_disabled()
    page.get_by_label("Slow motion").uncheck()
    page.get_by_role("button", name="Play").click()
    expect(reached).to_have_text(re.compile(r"^([3-9]\d|100) %$"))
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_label("Gradients").check()
    expect(page).to_have_url(re.compile("pull"))

    other = student.open(page.url)
    expect(other.locator(".lab2d")).to_have_attribute("data-frames", re.compile(r"\d"))
    expect(other.get_by_label("Gradients")).to_be_checked()
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".counter")).to_have_text("000,000")
    assert teacher.complaints + student.complaints == []
    lab.assert_no_traceback()
