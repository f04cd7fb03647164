from __future__ import annotations

import base64
import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from pages.components import sheets
from pages.components.colours import score_colour
from pages.components.pictures import TILE_PIXELS, Pixels

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 1), np.uint8)
FACTOR = TILE_PIXELS // 16
SCORES = np.array([0.0, 0.25, np.nan, 0.75, 1.0, 0.5], np.float32)


def _svg(address: str) -> ET.Element:
    kind, _, data = address.partition(";base64,")
    assert kind == "data:image/svg+xml"
    return ET.fromstring(base64.b64decode(data))


def _texts(address: str) -> dict[str, tuple[float, float]]:
    found = _svg(address).iterfind(".//{*}text")
    return {str(text.text): (float(text.attrib["x"]), float(text.attrib["y"])) for text in found}


def test_scores_are_bars_below_each_tile_on_a_transparent_ground() -> None:
    picture = sheets.drawn(sheets.tiles(IMAGES, SCORES, columns=3))
    assert picture.shape[2] == 4
    tile = picture[:TILE_PIXELS, :TILE_PIXELS]
    assert (tile[..., :3] == IMAGES[0].repeat(FACTOR, 0).repeat(FACTOR, 1)).all()
    assert (tile[..., 3] == 255).all()
    assert (picture[0, TILE_PIXELS + 1 : TILE_PIXELS + 10, 3] == 0).all()
    bar = TILE_PIXELS + 6
    assert tuple(picture[bar, TILE_PIXELS + 16 + 10, :3]) == score_colour(0.25)
    right_end_of_second = TILE_PIXELS + 16 + TILE_PIXELS - 4
    assert picture[bar, right_end_of_second, 3] == 80  # the empty part of the bar
    third = 2 * (TILE_PIXELS + 16)
    assert (picture[bar, third : third + TILE_PIXELS, 3] == 0).all()  # one D does not judge


@pytest.mark.parametrize("images", [IMAGES, np.concatenate([IMAGES, 255 - IMAGES, IMAGES // 2], axis=3)])
def test_what_the_page_shows_holds_the_same_pictures_and_numbers(images: Pixels) -> None:
    sheet = sheets.tiles(images, SCORES, columns=3)
    root = _svg(sheets.address(sheet))
    assert (root.attrib["width"], root.attrib["height"]) == tuple(
        str(FACTOR * side) for side in sheet.pixels.shape[1::-1]
    )
    held = next(root.iterfind(".//{*}image")).attrib["href"]
    picture = Image.open(io.BytesIO(base64.b64decode(held.partition(";base64,")[2])))
    np.testing.assert_array_equal(np.asarray(picture.convert("RGBA")), sheet.pixels)
    assert [text.text for text in root.iterfind(".//{*}text")] == ["0.00", "0.25", "0.75", "1.00", "0.50"]
    bars = [path.attrib for path in root.iterfind(".//{*}path") if "fill" in path.attrib]
    assert bars[1]["fill"] == "#" + bytes(score_colour(0.25)).hex()
    assert f"h{0.25 * TILE_PIXELS:.1f}v" in bars[1]["d"]


def test_without_scores_only_the_pictures_are_laid_out() -> None:
    with_scores, without = (sheets.tiles(IMAGES, scores, 3) for scores in (SCORES, None))
    assert without.pixels.shape[0] < with_scores.pixels.shape[0]
    assert not _texts(sheets.address(without))


def test_words_and_scores_move_with_their_pictures() -> None:
    one = sheets.with_words(sheets.tiles(IMAGES[:1], SCORES[:1], 1), ["a <3", "below"], 2)
    other = sheets.with_words(sheets.tiles(IMAGES[1:2], SCORES[1:2], 1), ["beside"], 2)
    assert one.pixels.shape == other.pixels.shape  # with as much room for words, however many there are
    alone, both = _texts(sheets.address(one)), _texts(sheets.address(sheets.beside(one, other)))
    assert set(both) == {"0.00", "0.25", "a <3", "below", "beside"}
    assert {words: both[words] for words in alone} == alone
    across = TILE_PIXELS + sheets.BETWEEN
    assert both["beside"] == (both["a <3"][0] + across, both["a <3"][1])
    assert both["0.25"] == (both["0.00"][0] + across, both["0.00"][1])
    below = _texts(sheets.address(sheets.stacked([one, other])))
    assert below["0.25"][0] == below["0.00"][0]
    assert below["0.25"][1] == below["0.00"][1] + FACTOR * one.pixels.shape[0]
    assert below["below"][1] > below["a <3"][1] > TILE_PIXELS


@pytest.mark.parametrize("side", [7, 14, 28, 32, 64, 200])
def test_gaps_are_whole_pixels_of_pictures_of_any_size(side: int) -> None:
    sheet = sheets.tiles(np.zeros((4, side, side, 3), np.uint8), np.full(4, 0.5, np.float32), 2)
    gap = sheet.pixels.shape[1] - 2 * side
    assert gap >= 1
    assert (sheet.pixels[:side, side : side + gap, 3] == 0).all()
    below = sheet.pixels.shape[0] - 2 * side - gap
    assert below * sheet.factor >= sheets.BELOW - sheet.factor  # room for bars and numbers
    assert sheets.drawn(sheet).shape[:2] == tuple(sheet.factor * n for n in sheet.pixels.shape[:2])
