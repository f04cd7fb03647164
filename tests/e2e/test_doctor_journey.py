"""The lesson that collapses on the ring, in a real browser: flagged, cured at one click, recovered."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import PATIENCE_S, Lab, Viewer
from tests.e2e.test_train_journey import SLOW_MS, state

expect.set_options(timeout=1000 * PATIENCE_S)


def test_the_collapse_of_the_lesson_is_flagged_and_cured_at_one_click(
    lab: Lab, viewers: list[Viewer]
) -> None:
    student = viewers[0]
    page = student.open(f"{lab.url}/kitchen?do=lessons&lesson=ring&seed=3")
    page.get_by_role("button", name="Run the lesson").click()
    expect(page.locator(".kitchen-doctor").nth(1)).to_have_text("Doctor: Mode collapse", timeout=SLOW_MS)
    expect(page.get_by_text("Finished", exact=True)).to_have_count(2, timeout=SLOW_MS)
    page.get_by_role("link", name="Cure it on the Train page").click()

    doctor = page.locator(".st-key-doctor")
    verdict = doctor.locator(".verdict").first
    expect(verdict).to_contain_text("Mode collapse")
    expect(verdict).to_contain_text(re.compile(r"at most [12345] of 8 modes"))
    expect(page.locator(".status")).to_contain_text("Mode collapse")
    expect(doctor).to_contain_text(re.compile(r"What to try\. Starts a new run from step [\d,]+"))
    ill = page.url
    doctor.get_by_role("button", name="Relativistic pairing on").click()
    expect(page).not_to_have_url(ill)
    expect(state(page)).to_have_text("Finished", timeout=SLOW_MS)
    expect(page.get_by_text(re.compile("[678] of 8 modes are reached"))).to_be_visible()
    expect(verdict).to_contain_text(re.compile("Learning|Healthy"))
    assert student.complaints == []
    lab.assert_no_traceback()
