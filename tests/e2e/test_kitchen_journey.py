"""Twins in a real browser: one click starts both, their numbers appear, and a closer look is a click away."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import PATIENCE_S, Lab, Viewer

expect.set_options(timeout=1000 * PATIENCE_S)


def test_twins_train_side_by_side_and_are_looked_at_closer(lab: Lab, viewers: list[Viewer]) -> None:
    teacher, student = viewers
    page = teacher.open(f"{lab.url}/kitchen?do=twins&own=high-generator-rate&steps=150")
    expect(page.get_by_alt_text("First run before its first step")).to_be_visible()  # it opens on a result

    page.get_by_role("button", name="Run both").click()
    expect(page.get_by_text("Finished", exact=True)).to_have_count(2)
    expect(page.locator(".kitchen-count b").filter(has_text=re.compile(r"\d of 8 modes"))).to_have_count(2)
    expect(page.get_by_text("Modes reached")).to_be_visible()
    expect(page).to_have_url(re.compile("runs="))
    shown = page.locator(".kitchen-count b").all_inner_texts()

    same = student.open(page.url)
    expect(same.locator(".kitchen-count b")).to_have_text(shown)

    closer = page.get_by_role("link", name="Look closer")
    expect(closer).to_have_count(1)
    closer.click()
    expect(page.get_by_text("modes made")).to_have_count(2)
    expect(page).to_have_url(re.compile("collapse.*with="))
    page.get_by_text("When it was lost").click()
    expect(page.get_by_text("Open on the Train page")).to_have_count(2)
    assert teacher.complaints + student.complaints == []
    lab.assert_no_traceback()
