"""A sentence typed in a real browser: the picture changes, and a link shows it to somebody else."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from gan_core.runs.store import RunStore
from tests.e2e.conftest import PATIENCE_S, Lab, Viewer
from tests.small_runs import small_talker

expect.set_options(timeout=1000 * PATIENCE_S)


def picture(page: Page) -> Locator:
    return page.get_by_alt_text(re.compile("^Stage II: picture"))


def test_a_typed_sentence_changes_the_picture_also_of_a_link(shared_lab: Lab, viewers: list[Viewer]) -> None:
    run = small_talker(RunStore(shared_lab.runs))
    student, neighbour = viewers
    page = student.open(f"{shared_lab.url}/caption?source={run}")
    expect(picture(page)).to_be_visible()  # it opens on a result
    first = picture(page).get_attribute("src") or ""

    sentence = page.get_by_role("textbox", name="Sentence")
    sentence.fill("a tiny violet eight on the left")
    sentence.press("Enter")
    expect(picture(page)).not_to_have_attribute("src", first)
    expect(page.get_by_text("“a tiny violet eight on the left”")).to_be_visible()
    expect(page.get_by_text("Before, the same noise")).to_be_visible()
    expect(page).to_have_url(re.compile("say=a"))

    same = neighbour.open(page.url)
    expect(picture(same)).to_have_attribute("src", picture(page).get_attribute("src") or "")

    sentence = page.get_by_role("textbox", name="Sentence")
    sentence.fill("a tiny violet horse")
    sentence.press("Enter")
    expect(page.get_by_text("“horse”")).to_be_visible()
    assert student.complaints + neighbour.complaints == []
    shared_lab.assert_no_traceback()
