"""Left side of the Translate page: what the network is given."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import own_picture
from pages.components.explore import boards
from pages.components.pictures import data_url
from pages.components.translate import place
from pages.components.translate.place import Place

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.data import ImageDataset
    from gan_core.weights import LoadedModel

LABELS = {"test": "Test image", "draw": "Draw", "upload": "Upload"}
WORDS = {
    "outline": "outline", "sketch": "sketch", "partial": "picture with a part missing",
    "low_res": "small picture", "picture": "picture",
}  # fmt: skip
_LINES = ("outline", "sketch")
_PEN = {"strokes": "Strokes", "outline": "Outline"}


@dataclass(frozen=True)
class Given:
    """What the network is given.

    Attributes:
        x_condition: `(C', H', W')`.
        beside: The picture it was made from `(C, H, W)`; None: there is none.
        is_real: Whether that is a real image of the test split.
        y: Its class, where that is known.
    """

    x_condition: Tensor
    beside: Tensor | None = None
    is_real: bool = False
    y: int | None = None


def show(where: Place, loaded: LoadedModel) -> Given | None:
    """Draws the controls and returns what they give; None: nothing yet.

    Raises:
        UserError: It cannot be used.
    """
    kind = place.translation(loaded).kind
    ways = [way for way in place.WAYS if way != "draw" or kind in _LINES]
    key = f"translate_way:{place.version()}"
    way = st.segmented_control(
        "Given", ways, default=where.way if where.way in ways else "test", required=True, key=key,
        format_func=LABELS.__getitem__, label_visibility="collapsed",
        on_change=lambda: place.go(way=st.session_state[key], marks=None),
        help="Where the network gets its picture from.",
    )  # fmt: skip
    if way == "draw":
        return _drawn(where, loaded)
    if way == "upload":
        return _uploaded(where, loaded)
    return _tested(where, loaded)


# --- a test image ---


@st.cache_resource(show_spinner="Loading the test images", max_entries=4)
def test_images(dataset: str, name: str, step: int | None, rewinds: int) -> ImageDataset:
    """The test split at the size of a network, shared by all viewers.

    Raises:
        UserError: It is not on this machine, or does not fit the network.
    """
    from gan_core.building import images_for
    from gan_core.data import dataset_status
    from pages.components import sources

    if dataset_status(dataset) != "ready":
        raise UserError(
            f"the test images of '{dataset}' are not on this machine; draw or upload something, or train on "
            "that data set once, which fetches them"
        )
    return images_for(sources.model(name, step, rewinds).family, dataset, "test")


def test_images_of(where: Place, loaded: LoadedModel) -> ImageDataset:
    """The test split at the size of the network of a place."""
    return test_images(loaded.card.dataset, where.source.name, where.step, where.source.rewinds)


def _tested(where: Place, loaded: LoadedModel) -> Given:
    import torch

    from gan_core.translating import pairs

    data = test_images_of(where, loaded)
    number = min(where.number, len(data) - 1)
    number_choice(number, len(data))
    rng = torch.Generator().manual_seed(number)
    x_condition, real, y = pairs(loaded.family, data, torch.tensor([number]), rng)
    given = x_condition[0]
    if place.translation(loaded).kind == "partial":
        given = _with_hole(where, real[0], given, f"{where.source.name}:{number}")
    return Given(given, real[0], is_real=True, y=None if y is None else int(y[0]))


def number_choice(number: int, count: int) -> None:
    """Buttons to the neighbours, the number itself, and any other one."""
    key = f"translate_number:{place.version()}:{number}"

    def to(other: int) -> None:
        place.go(number=str(other % count), marks=None)

    st.number_input(
        f"Test image, 1 to {count:,}", 1, count, number + 1, key=key,
        on_change=lambda: to(int(st.session_state[key]) - 1),
        help="Images the network has never seen; what it is given is made from them.",
    )  # fmt: skip
    before, after, other = st.columns(3, gap="small")
    before.button(
        "Previous", icon=":material/chevron_left:", on_click=to, args=(number - 1,), width="stretch",
        key="translate_previous", help="The test image before this one.",
    )  # fmt: skip
    after.button(
        "Next", icon=":material/chevron_right:", on_click=to, args=(number + 1,), width="stretch",
        key="translate_next", help="The test image after this one.",
    )  # fmt: skip
    other.button(
        "Any", icon=":material/casino:", on_click=lambda: to(secrets.randbelow(count)), width="stretch",
        key="translate_any", help="Some other test image.",
    )  # fmt: skip


def _with_hole(where: Place, picture: Tensor, otherwise: Tensor, sheet: str) -> Tensor:
    """The picture with the part missing that was painted out, on the sheet or in the link.

    Args:
        where: The place.
        picture: `(C, H, W)`.
        otherwise: What is given if nothing is painted out.
        sheet: Identity of the sheet.
    """
    from gan_core.conditions import from_text, partial, to_text
    from gan_core.images import png, to_uint8

    st.html('<p class="quiet">Paint over what shall be missing.</p>')
    data = boards.show_sketch(
        "Picture to paint a part out of", key=f"translate_hole:{sheet}", ink="#a33ebd", paper="#000000",
        width=0.16, ground=data_url(png(to_uint8(picture[None])[0])),
    )  # fmt: skip
    side = picture.shape[-1]
    marks = marks_of(
        where, f"translate_hole:{sheet}", data, lambda drawn: to_text(own_picture.painted(drawn, side))
    )
    if marks is None:
        return otherwise
    return partial(picture[None], from_text(marks, side)[None, None])[0]


def marks_of(where: Place, sheet: str, data: bytes | None, make: Callable[[bytes], str]) -> str | None:
    """What is marked: on the sheet or, as long as nobody has touched that, in the link."""
    touched = f"{sheet}:touched"
    if data is not None:
        st.session_state[touched] = True
        marks: str | None = make(data)
    else:
        marks = None if st.session_state.pop(touched, False) else where.marks  # it was cleared, or is new
    if marks != where.marks:
        place.remember(marks=marks)
    return marks


# --- the viewer's own ---


def _drawn(where: Place, loaded: LoadedModel) -> Given | None:
    kind, pen = place.translation(loaded).kind, "outline"
    if kind == "outline":
        pen = st.segmented_control(
            "Pen", list(_PEN), default="strokes", required=True, key="translate_pen",
            format_func=_PEN.__getitem__,
            help="Strokes: draw the thing itself, its outline is taken. Outline: your lines are the outline.",
        )  # fmt: skip
    sheet = f"translate_sheet:{where.source.name}"
    data = boards.show_sketch(
        "Sheet to draw on", key=sheet, ink="#ffffff", paper="#000000",
        width=0.11 if pen == "strokes" else 0.04,
    )  # fmt: skip
    centre = own_picture.centre_choice(key="translate_centre")

    def lines(drawing: bytes) -> str:
        from gan_core.conditions import skeleton, to_text
        from gan_core.latent.pictures import as_sample

        examples = some_examples(where, loaded)
        picture = as_sample(own_picture.read(drawing, on_black=True), examples, centre=centre)
        if pen == "strokes":
            return to_text(_condition_of(loaded, picture)[0] > 0)
        return to_text(skeleton(picture[None])[0, 0] > 0)

    return _from_lines(where, loaded, marks_of(where, sheet, data, lines))


def _from_lines(
    where: Place, loaded: LoadedModel, marks: str | None, beside: Tensor | None = None
) -> Given | None:
    from gan_core.conditions import from_text

    if marks is None:
        return None
    marked = from_text(marks, loaded.card.data.shape[-1])
    if not marked.any():
        raise UserError("the drawing is empty; draw something first")
    return Given(marked[None].float() * 2 - 1, beside)


def _uploaded(where: Place, loaded: LoadedModel) -> Given | None:
    kind = place.translation(loaded).kind
    data = own_picture.upload(key="translate_file")
    centre = own_picture.centre_choice(key="translate_centre")
    if data is None:
        return _from_lines(where, loaded, where.marks) if kind in _LINES else None
    from gan_core.conditions import to_text
    from gan_core.latent.pictures import as_sample

    examples = some_examples(where, loaded)
    picture = as_sample(own_picture.read(data, on_black=False), examples, centre=centre)
    x_condition = _condition_of(loaded, picture)
    if kind in _LINES:
        place.remember(marks=to_text(x_condition[0] > 0))
    if kind == "partial":
        x_condition = _with_hole(where, picture, x_condition, f"{hash(data)}")
    return Given(x_condition, picture)


def _condition_of(loaded: LoadedModel, picture: Tensor) -> Tensor:
    import torch

    return loaded.family.condition_of(picture[None], torch.Generator().manual_seed(0))[0]


def some_examples(where: Place, loaded: LoadedModel) -> Tensor:
    """Some real images, which show how large and light things are; where none are at hand, a black one."""
    import torch

    from gan_core.images import from_uint8

    try:
        return from_uint8(test_images_of(where, loaded).images[:64])
    except UserError:
        return torch.full((1, *loaded.card.data.shape), -1.0)
