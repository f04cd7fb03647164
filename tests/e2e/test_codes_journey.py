"""Codes in a real browser: sweep them, then draw a digit and have it read and drawn again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from gan_core.runs.store import RunStore
from tests.e2e.conftest import PATIENCE_S, Lab, Viewer
from tests.test_codes_page import add_run

expect.set_options(timeout=1000 * PATIENCE_S)


def test_a_drawn_digit_is_read_and_its_codes_are_swept(shared_lab: Lab, viewers: list[Viewer]) -> None:
    teacher, student = viewers
    run_id = add_run(RunStore(shared_lab.runs), 5, 10)
    page = teacher.open(f"{shared_lab.url}/codes?source={run_id}&seed=3")
    table = page.get_by_alt_text(re.compile("^Which kind: 3 rows of 10"))
    expect(table).to_be_visible()
    first = table.get_attribute("src") or ""
    page.get_by_role("slider", name="Noise").press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"psi=0\.95"))
    expect(table).not_to_have_attribute("src", first)

    page.get_by_text("Read a picture", exact=True).click()
    drawn_again = page.get_by_alt_text("The picture, and G's of its codes")
    expect(drawn_again).to_be_visible()  # of a test image
    page.get_by_role("radio", name="Draw", exact=True).click()
    expect(page.get_by_text("Draw something: Q reads its codes")).to_be_visible()
    sheet = page.locator(".sketch canvas")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y - 90)
    page.mouse.down()
    page.mouse.move(x + 5, y + 90, steps=10)
    page.mouse.up()
    expect(drawn_again).to_be_visible()
    expect(page.get_by_text(re.compile("Q says [A-J]"))).to_be_visible()
    expect(page.locator(".code-number")).to_have_count(2)
    expect(page).to_have_url(re.compile("tab=read"))
    expect(page).to_have_url(re.compile("way=draw"))

    same = student.open(page.url)
    expect(same.get_by_text("Draw something: Q reads its codes")).to_be_visible()
    assert teacher.complaints + student.complaints == []
    shared_lab.assert_no_traceback()
