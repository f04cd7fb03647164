"""Drawing in a real browser: a digit appears on the page, and a link shows it to somebody else."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE_S, Lab, Viewer

expect.set_options(timeout=1000 * PATIENCE_S)


def made(page: Page) -> Locator:
    return page.get_by_alt_text(re.compile("^Made,"))


def test_a_drawn_one_becomes_a_picture_that_a_link_shows(shared_lab: Lab, viewers: list[Viewer]) -> None:
    student, neighbour = viewers
    page = student.open(f"{shared_lab.url}/translate?source=pix2pix-digits")
    expect(made(page)).to_be_visible()  # it opens on a result
    real = page.get_by_alt_text(re.compile("^Real,"))
    first = real.get_attribute("src") or ""
    page.get_by_role("button", name="Next").click()
    expect(real).not_to_have_attribute("src", first)

    page.get_by_role("radio", name="Draw", exact=True).click()
    expect(page.get_by_text("Draw something on the left")).to_be_visible()
    box = page.locator(".sketch canvas").bounding_box()
    assert box is not None
    x, top, bottom = box["x"] + box["width"] / 2, box["y"] + 40, box["y"] + box["height"] - 40
    page.mouse.move(x, top)
    page.mouse.down()
    page.mouse.move(x, bottom, steps=6)
    page.mouse.up()
    expect(made(page)).to_be_visible()
    expect(made(page)).to_have_attribute("alt", re.compile("Seen as 1"))
    expect(page).to_have_url(re.compile("from=draw.*marks="))

    same = neighbour.open(page.url)
    expect(made(same)).to_have_attribute("src", made(page).get_attribute("src") or "")
    assert student.complaints + neighbour.complaints == []
    shared_lab.assert_no_traceback()
