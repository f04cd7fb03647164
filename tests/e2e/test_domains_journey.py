"""A digit on its way to a scene and back, in a real browser: it is drawn, and its colours are drawn anew."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE_S, Lab, Viewer

expect.set_options(timeout=1000 * PATIENCE_S)


def picture(page: Page, title: str) -> Locator:
    return page.get_by_alt_text(re.compile(f"^{title}"))


def test_a_drawn_one_becomes_a_scene_in_any_colours(shared_lab: Lab, viewers: list[Viewer]) -> None:
    student, _ = viewers
    page = student.open(f"{shared_lab.url}/domains?source=discogan-digits")
    expect(picture(page, "Back as a digit")).to_be_visible()  # it opens on a result
    page.get_by_role("radio", name="Draw", exact=True).click()
    expect(page.get_by_text("Draw a digit on the left")).to_be_visible()
    box = page.locator(".sketch canvas").bounding_box()
    assert box is not None
    x, top, bottom = box["x"] + box["width"] / 2, box["y"] + 40, box["y"] + box["height"] - 40
    page.mouse.move(x, top)
    page.mouse.down()
    page.mouse.move(x, bottom, steps=6)
    page.mouse.up()
    scene = picture(page, "As a scene")
    expect(scene).to_have_attribute("alt", re.compile("Seen as 1"))
    first = scene.get_attribute("src") or ""
    page.get_by_role("button", name="Random").click()
    expect(scene).not_to_have_attribute("src", first)
    expect(page).to_have_url(re.compile("from=draw.*seed=|seed=.*from=draw"))
    assert student.complaints == []
    shared_lab.assert_no_traceback()
