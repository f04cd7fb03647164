"""Left side of the Sharpen page: which picture is made small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import own_picture
from pages.components.explore import boards
from pages.components.translate import given as translate
from pages.components.translate import place
from pages.components.translate.place import Place

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.weights import LoadedModel

FINER = 2  # a drawing is kept with pixels half as wide as those of the network's pictures
LARGEST = 128  # pixels along a side of a picture that is enlarged: some seconds of one core
SHRINK_FIRST = "sharpen_shrink"


@dataclass(frozen=True)
class Given:
    """What is enlarged.

    Attributes:
        low_res: The small picture `(C, H, W)`.
        truth: The picture it was made from `(C, scale H, scale W)`; None: there is none.
        is_test: Whether that is a real image of the test split.
        is_own_kind: Whether it has the size of the network's pictures, so that a class can be read in it.
        y: Its class, where that is known.
        note: What the viewer should know about it, in one sentence.
    """

    low_res: Tensor
    truth: Tensor | None = None
    is_test: bool = False
    is_own_kind: bool = True
    y: int | None = None
    note: str | None = None


def show(where: Place, loaded: LoadedModel) -> Given | None:
    """Draws the controls and returns what they give; None: nothing yet.

    Raises:
        UserError: It cannot be used.
    """
    key = f"sharpen_way:{place.version()}"
    way = st.segmented_control(
        "Given", list(place.WAYS), default=where.way, required=True, key=key,
        format_func=translate.LABELS.__getitem__, label_visibility="collapsed",
        on_change=lambda: place.go(way=st.session_state[key], marks=None),
        help="Where the picture comes from that is made small and enlarged again.",
    )  # fmt: skip
    if way == "draw":
        return _drawn(where, loaded)
    if way == "upload":
        return _uploaded(loaded)
    return _tested(where, loaded)


def _tested(where: Place, loaded: LoadedModel) -> Given:
    from gan_core.images import from_uint8

    data = translate.test_images_of(where, loaded)
    number = min(where.number, len(data) - 1)
    translate.number_choice(number, len(data))
    y = None if data.labels is None else int(data.labels[number])
    return _made_small(loaded, from_uint8(data.images[number]), is_test=True, y=y)


def _made_small(
    loaded: LoadedModel, truth: Tensor, *, is_test: bool = False, is_own_kind: bool = True,
    y: int | None = None, note: str | None = None,
) -> Given:  # fmt: skip
    from gan_core.enlarging import reduce

    low_res = reduce(truth[None], place.translation(loaded).scale)[0]
    return Given(low_res, truth, is_test, is_own_kind, y, note)


def _drawn(where: Place, loaded: LoadedModel) -> Given | None:
    import torch.nn.functional as F

    from gan_core.conditions import from_text, to_text
    from gan_core.latent.pictures import as_sample

    sheet = f"sharpen_sheet:{where.source.name}"
    data = boards.show_sketch("Sheet to draw on", key=sheet, ink="#ffffff", paper="#000000", width=0.085)
    centre = own_picture.centre_choice(key="sharpen_centre")

    def strokes(drawing: bytes) -> str:
        finer = F.interpolate(translate.some_examples(where, loaded), scale_factor=FINER)
        picture = as_sample(own_picture.read(drawing, on_black=True), finer, centre=centre)
        return to_text(picture.mean(0) > 0)

    marks = translate.marks_of(where, sheet, data, strokes)
    if marks is None:
        return None
    channels, side, _ = loaded.card.data.shape
    drawn = from_text(marks, FINER * side).float()[None, None] * 2 - 1
    return _made_small(loaded, F.avg_pool2d(drawn, FINER)[0].expand(channels, -1, -1).contiguous())


def _uploaded(loaded: LoadedModel) -> Given | None:
    from gan_core.data.pictures import is_grey
    from gan_core.images import from_uint8

    data = own_picture.upload(
        key="sharpen_file", words="Any picture: small, large, grey or coloured. A large one is shrunk first."
    )
    shrink = st.toggle(
        "Shrink it first", True, key=SHRINK_FIRST,
        help="On: the picture is made small and enlarged again, so there is a truth to compare with. Off: it "
        "is enlarged beyond its own size.",
    )  # fmt: skip
    if data is None:
        return None
    scale = place.translation(loaded).scale
    pixels, original = own_picture.whole(data, LARGEST * (scale if shrink else 1))
    picture = from_uint8(pixels).permute(2, 0, 1)
    picture = picture[:1] if is_grey(pixels.numpy()) else picture
    height, width = picture.shape[1:]
    if min(height, width) < scale:
        raise UserError(
            f"the picture is {width} × {height} pixels, too few to be made {scale} times smaller; choose a "
            "larger one or switch “Shrink it first” off"
        )
    note = None
    if original != (width, height):
        note = f"The picture of {original[0]:,} × {original[1]:,} pixels was shrunk to {width} × {height}."
    if shrink:
        truth = picture[:, : height // scale * scale, : width // scale * scale]
        return _made_small(loaded, truth, is_own_kind=False, note=note)
    return Given(picture, is_own_kind=False, note=note)
