"""Moving the divider in a real browser, by mouse and by keyboard: the picture changes with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from gan_core.runs.store import RunStore
from tests.e2e.conftest import PATIENCE_S, Lab, Viewer
from tests.small_runs import small_run

expect.set_options(timeout=1000 * PATIENCE_S)


def pixels(wipe: Locator) -> bytes:
    """The picture under the divider as the screen shows it, without the labels and the divider itself."""
    wipe.evaluate("e => e.querySelectorAll('.bar, span').forEach(x => { x.style.display = 'none'; })")
    return wipe.screenshot()


def test_the_divider_uncovers_the_picture_below(
    shared_lab: Lab, viewers: list[Viewer], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run(RunStore(Path(shared_lab.runs)), "srgan", blocks=1, discriminator_width=4, head_width=8)
    student, neighbour = viewers
    page = student.open(f"{shared_lab.url}/sharpen?source={run}")
    wipe, divider = (
        page.locator(".wipe"),
        page.get_by_role("slider", name=re.compile("^Divider between Bicubic")),
    )
    expect(divider).to_have_value("50")
    expect(page.get_by_alt_text("True picture")).to_be_visible()
    half = pixels(wipe)
    box = wipe.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], y, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"at=(8|9)\d"))
    wide = pixels(wipe)
    assert wide != half

    divider.focus()
    page.keyboard.press("Home")
    expect(divider).to_have_value("0")
    expect(page).to_have_url(re.compile(r"at=0\b"))
    assert pixels(wipe) not in (half, wide)

    page.get_by_text("True picture", exact=True).first.click()
    expect(page.get_by_role("slider", name=re.compile("^Divider between True picture"))).to_be_visible()
    same = neighbour.open(page.url)
    expect(same.get_by_role("slider", name=re.compile("^Divider between True picture"))).to_have_value("0")
    assert student.complaints + neighbour.complaints == []
    shared_lab.assert_no_traceback()
