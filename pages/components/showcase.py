"""What shipped weights come to, as one picture: for pages that open on something that already works."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components import colours, field, frames, gallery, sentences, sheets, text
from pages.components.charts import Spec
from pages.components.pictures import Numbers, data_url
from pages.components.sheets import Sheet
from pages.components.shell import dot, ground

if TYPE_CHECKING:
    from gan_core.family import Family
    from gan_core.weights import LoadedModel

TILES, COLUMNS = 16, 4
POINTS = 256
READ_ROWS, READ_COLUMNS = 2, 2  # of scenes that are read; what is read of one is long
THREE_WORDS = "what it was given, what it made of it, the real image"


@dataclass(frozen=True)
class Showcase:
    """A picture of what shipped weights do.

    Attributes:
        model: The weights.
        picture: Its address, or a chart.
        legend: How to read it; empty if it needs no words.
        is_wide: Whether it is to fill its column.
    """

    model: LoadedModel
    picture: str | Spec
    legend: str = ""
    is_wide: bool = False


def show(found: Showcase, width: int) -> None:
    """Draws the picture under the name of the weights.

    Args:
        found: The picture.
        width: Of one that does not fill its column, in pixels.
    """
    title = text.escape(found.model.card.title)
    st.html(f'<div class="heading">{dot("fake")}<span class="fake">Trained: {title}</span></div>')
    if found.legend:
        st.html(f'<p class="quiet">{found.legend}</p>')
    said = f"What {found.model.card.title} does"
    if isinstance(found.picture, str):
        st.image(found.picture, width="stretch" if found.is_wide else width, alt=said)
    else:
        across, down = field.SIZE
        st.echarts_chart(found.picture, key="showcase", width=across, height=down, alt=said)


def of(name: str) -> Showcase | None:
    """The picture of shipped weights; None if the examples it starts from are not on this machine.

    Raises:
        UserError: The file of the weights or their card is damaged.
    """
    from gan_core.data import dataset_status

    family, card = gallery.model(name)
    needs_examples = family.can_translate or family.data.kind == "points" or _reads(family)
    if needs_examples and dataset_status(card.dataset) != "ready":
        return None
    return _made(name, ground())


@st.cache_resource(show_spinner=False, max_entries=24)
def _made(name: str, shade: str) -> Showcase:
    """The picture on a page of this colour, made once for all viewers."""
    model = gallery.model(name)
    family = model.family
    if family.can_illustrate:
        legend = "In each three: the sketch, the picture, a real scene of the sentence."
        return Showcase(model, sheets.address(_sentences(name)), legend, is_wide=True)
    if family.can_translate:
        each = "the start, the other domain, and back" if family.can_translate_back else THREE_WORDS
        return Showcase(model, sheets.address(_threes(name)), f"In each three: {each}.", is_wide=True)
    if _reads(family):
        return Showcase(model, sheets.address(_named(model)), "Unseen pictures, and what it says of each.")
    if family.data.kind == "points":
        return Showcase(model, _points(model, shade), "Its points over real ones.")
    if family.data.kind == "sequences":
        return Showcase(model, _curves(model))
    return Showcase(model, sheets.address(sheets.tiles(gallery.samples(name, 0, TILES), None, COLUMNS)))


def _reads(family: Family) -> bool:
    return family.can_classify or family.can_read_attributes


def _threes(name: str) -> Sheet:
    """Threes of weights that translate."""
    return frames.threes(*gallery.translations(name, frames.THREES * frames.THREE_COLUMNS))


def _sentences(name: str) -> Sheet:
    """Sketches and pictures of weights that draw sentences, over captions never seen in training."""
    arrays, captions, real = gallery.illustrations(name, sentences.ROWS * sentences.COLUMNS)
    return sentences.sheet(arrays, captions, real)


def _named(model: LoadedModel) -> Sheet:
    """Test images with what a network reads in them."""
    import torch

    from gan_core.building import images_for
    from gan_core.images import to_uint8

    family = model.family
    images = images_for(family, model.card.dataset, "test")
    columns = READ_COLUMNS if family.can_read_attributes else COLUMNS
    real = images.batch(torch.arange(READ_ROWS * columns)).real
    with torch.no_grad():
        if family.can_read_attributes:
            words = [_described(family, row) for row in family.read_attributes(real).tolist()]
        else:
            named = family.class_logits(real).argmax(dim=1).tolist()
            words = [[images.class_names[y]] for y in named]
    room = max(map(len, words))
    each = [
        sheets.with_words(_widened(sheets.tiles(pixels[None], None, 1), COLUMNS // columns), lines, room)
        for pixels, lines in zip(to_uint8(real), words, strict=True)
    ]
    rows = (each[start : start + columns] for start in range(0, len(each), columns))
    return sheets.stacked([reduce(sheets.beside, row) for row in rows])


def _widened(sheet: Sheet, times: int) -> Sheet:
    """The sheet with room for longer words beside it."""
    room = (times - 1) * sheet.pixels.shape[1]
    return replace(sheet, pixels=np.pad(sheet.pixels, ((0, 0), (0, room), (0, 0))))


def _described(family: Family, values: list[int]) -> list[str]:
    """The attributes a reader gives a scene, a digit on each line."""
    told = {
        name: options[value] for (name, options), value in zip(family.data.attributes, values, strict=True)
    }
    digits = (" ".join(told[f"{what} {k}"] for what in ("size", "colour", "digit")) for k in (1, 2))
    return [*(digit for digit in digits if "none" not in digit), told["position"]]


def _points(model: LoadedModel, shade: str) -> Spec:
    import torch

    from gan_core.data import PointDataset, load_dataset

    data = load_dataset(model.card.dataset)
    assert isinstance(data, PointDataset)
    real = data.sample(POINTS, torch.Generator().manual_seed(0)).tolist()
    return field.field_chart([], real, _examples(model, POINTS).tolist(), data.extent, shade)


def _curves(model: LoadedModel) -> str:
    from gan_core.curves import curve_tiles
    from gan_core.images import png

    return data_url(png(curve_tiles(_examples(model, TILES), colours.rgb(colours.FAKE), COLUMNS)))


def _examples(model: LoadedModel, n: int) -> Numbers:
    """Generated examples that are no images, of seed 0."""
    import torch

    from gan_core.asking import ask_any

    with torch.no_grad():
        made = model.family.generate(*ask_any(model.family, n, torch.Generator().manual_seed(0)))
    points: Numbers = made.numpy()
    return points
