"""The latent space in a real browser: a picture that follows the hand, a link to it, a drawn digit found."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE_S, Lab, Viewer

expect.set_options(timeout=1000 * PATIENCE_S)


def picture(page: Page) -> Locator:
    return page.get_by_alt_text("Generated picture")


def batch(page: Page) -> Locator:
    return page.get_by_alt_text("The same moves on 16 other pictures")


def address(image: Locator) -> str:
    return image.get_attribute("src") or ""


def middle(place: Locator) -> tuple[float, float]:
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_picture_follows_the_hand_and_a_link_shows_it(shared_lab: Lab, viewers: list[Viewer]) -> None:
    teacher, student = viewers
    page = teacher.open(f"{shared_lab.url}/explore?source=dcgan-digits&seed=5")
    slider = page.get_by_role("slider", name=re.compile(r"^1\."))
    first, others = address(picture(page)), address(batch(page))

    x, y = middle(slider)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=5)
    expect(picture(page)).not_to_have_attribute("src", first)  # the button is still down
    expect(batch(page)).not_to_have_attribute("src", others)
    assert "move=" not in page.evaluate("location.href")
    page.mouse.up()
    expect(page).to_have_url(re.compile("move="))

    settled, link = address(picture(page)), page.url
    slider.press("ArrowRight")  # and without a mouse
    expect(picture(page)).not_to_have_attribute("src", settled)
    expect(page).not_to_have_url(link)
    settled = address(picture(page))
    pad = page.get_by_role("slider", name="Two directions at once")
    for tenths in (1, 2, 3):
        pad.press("ArrowUp")
        expect(pad).to_have_attribute("aria-valuetext", re.compile(rf"2\. .* \+0\.{tenths} σ"))
    expect(picture(page)).not_to_have_attribute("src", settled)
    expect(page).to_have_url(re.compile(r"move=[\d.]+%2C0\.3"))

    same = student.open(page.url)
    expect(picture(page)).to_have_attribute("src", address(picture(same)))
    expect(batch(page)).to_have_attribute("src", address(batch(same)))
    assert teacher.complaints + student.complaints == []
    shared_lab.assert_no_traceback()


def test_a_cell_of_the_map_and_a_drawn_digit_are_gone_to(shared_lab: Lab, viewers: list[Viewer]) -> None:
    viewer = viewers[0]
    page = viewer.open(f"{shared_lab.url}/explore?source=dcgan-digits&tab=map")
    first = address(picture(page))
    page.mouse.click(*middle(page.locator(".latent-map")))
    expect(picture(page)).not_to_have_attribute("src", first)
    expect(page).to_have_url(re.compile("z="))
    chosen = address(picture(page))

    page.get_by_text("Find me", exact=True).click()
    sheet = page.locator(".sketch canvas")
    x, y = middle(sheet)
    page.mouse.move(x, y - 90)
    page.mouse.down()
    page.mouse.move(x + 5, y + 90, steps=10)
    page.mouse.up()
    page.get_by_role("button", name="Find it").click()
    page.get_by_role("button", name="Continue from here").click()
    expect(picture(page)).not_to_have_attribute("src", chosen)
    assert viewer.complaints == []
    shared_lab.assert_no_traceback()
