"""Ten pictures in a real browser: two players judge the same round, and the class's total counts both."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PATIENCE_S, Lab, Viewer

expect.set_options(timeout=1000 * PATIENCE_S)


def judge(page: Page, word: str) -> None:
    """Gives all ten pictures the same answer and asks for the truth."""
    for picture in range(10):
        page.get_by_role("radio", name=word).nth(picture).click()
        left = 9 - picture
        wanted = f"Show the truth: {left} still to judge" if left else "Show the truth"
        expect(page.get_by_role("button", name=wanted)).to_be_visible()
    page.get_by_role("button", name="Show the truth").click()
    expect(page.get_by_text(re.compile("You judged .* of 10 rightly"))).to_be_visible()


def test_a_class_plays_the_same_round(shared_lab: Lab, viewers: list[Viewer]) -> None:
    teacher, student = viewers
    page = teacher.open(f"{shared_lab.url}/game?source=dcgan-digits&seed=2")
    expect(page.get_by_role("button", name="10 still to judge")).to_be_disabled()
    judge(page, "Real")
    expect(page.get_by_text("1 round so far")).to_be_visible()
    other = student.open(page.url)
    judge(other, "Fake")
    # One says real to all, the other fake: together they are right about every second picture.
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("50\u00a0%")
    expect(page.get_by_text("2 rounds so far")).to_be_visible()
    page.get_by_role("button", name="Next round").click()
    expect(page).to_have_url(re.compile("seed=3"))
    expect(page.get_by_role("button", name="10 still to judge")).to_be_visible()
    assert teacher.complaints + student.complaints == []
    shared_lab.assert_no_traceback()
