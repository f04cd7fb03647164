"""The first page in a real browser: digits that change on a click, and the way to the Train page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from gan_core.weights import WEIGHTS_DIR
from tests.e2e.conftest import PATIENCE_S, Lab, Viewer

expect.set_options(timeout=1000 * PATIENCE_S)


def test_digits_change_on_a_click_and_a_link_keeps_them(lab: Lab, viewers: list[Viewer]) -> None:
    if not any(WEIGHTS_DIR.glob("dcgan-*.safetensors")):
        pytest.skip("no generator is shipped in weights/")
    teacher, student = viewers
    page = teacher.open(lab.url)
    digits = page.get_by_alt_text(re.compile("generated digits"))
    first = digits.get_attribute("src") or ""
    digits.locator("xpath=ancestor::*[contains(@class, 'st-key-digits')]").click()
    expect(digits).not_to_have_attribute("src", first)
    expect(page).to_have_url(re.compile(r"seed=\d+"))

    same = student.open(page.url).get_by_alt_text(re.compile("generated digits"))
    expect(same).to_have_attribute("src", digits.get_attribute("src") or "")

    page.get_by_role("button", name="Train one yourself").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    assert teacher.complaints + student.complaints == []
    lab.assert_no_traceback()
