"""Tab Rebuild: test pictures, or the viewer's own, through each model and back."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Literal

import streamlit as st

from gan_core.percent import percent
from pages.components import own_picture, sheets, text
from pages.components.compare_models import codes
from pages.components.compare_models.place import Place
from pages.components.own_picture import DRAW, UPLOAD
from pages.components.pictures import data_url, row_of
from pages.components.sheets import Sheet

if TYPE_CHECKING:
    from torch import Tensor

TEST = "Test pictures"
SHOWN = 10
_TILE, _GAP = 84, 10
_WIDTHS = (2.3, 7.6, 1.5)
WORDS = (
    "Each model squeezes a picture into a code of {size} numbers and draws it again from the code alone. An "
    "autoencoder is trained for just that, and comes closest. A VAE gives some sharpness away for a tidy "
    "code space. A GAN never learned the way from picture to code: its code is searched for, downhill from "
    "many random ones, which takes seconds for what an encoder does at once."
)


def show(where: Place) -> None:
    """The pictures on top, what each model makes of them below."""
    way = st.segmented_control(
        "What to rebuild", [TEST, DRAW, UPLOAD], default=TEST, required=True, key="rebuild_way",
        label_visibility="collapsed",
    )  # fmt: skip
    if way == TEST:
        x, y = pictures(where)
        _rows(where, x, y, ("test", where.dataset, where.seed))
    else:
        _own(where, str(way))
    latent = where.models[0].loaded.family.latent
    assert latent is not None
    st.caption(WORDS.format(size=latent.z_dim))


def pictures(where: Place) -> tuple[Tensor, Tensor | None]:
    """Test pictures `(n, C, H, W)` in [-1, 1], one of each class if there are any, and their classes."""
    from gan_core.images import from_uint8

    test, order = where.test(), chosen(where)
    return from_uint8(test.images[order]), None if test.labels is None else test.labels[order]


def chosen(where: Place) -> Tensor:
    """Numbers of these test pictures `(n,)`."""
    import torch

    from gan_core.evaluation.real import one_of_each

    return one_of_each(where.test(), SHOWN, torch.Generator().manual_seed(where.seed))


def names(where: Place, y: Tensor | None) -> list[str]:
    """What test pictures of classes y `(n,)` are called in a choice; by their number if there are none."""
    if y is None:
        return [str(number) for number in range(1, SHOWN + 1)]
    known = where.models[0].loaded.card.data.class_names
    return [known[int(c)] for c in y]


def _own(where: Place, way: str) -> None:
    left, right = st.columns([1, 3.4], gap="large")
    with left:
        own = own_picture.ask(way, "compare", where.dataset)
    with right:
        if own.data is None:
            st.info(
                "Draw something; every model rebuilds it." if own.drawn else "Choose a picture first.",
                icon=":material/draw:",
            )
            return
        y = _class_of(where) if any(model.loaded.family.num_classes for model in where.models) else None
        x = own_picture.as_sample(own, pictures(where)[0])
        _rows(where, x[None], y, ("own", x.numpy().tobytes(), None if y is None else int(y)))


def _class_of(where: Place) -> Tensor:
    """What the viewer's picture shows, for models that must be told."""
    import torch

    names = where.models[0].loaded.card.data.class_names
    shown = st.selectbox(
        "It shows", range(len(names)), format_func=lambda index: names[index], key="compare_class",
        help="One of the models draws what it is told to, and must be told.",
    )  # fmt: skip
    return torch.tensor([shown or 0])


def _rows(where: Place, x: Tensor, y: Tensor | None, key: Hashable) -> None:
    show_row("Given", "", x, "real")
    for model in where.models:
        found = codes.rebuilt(model, x, y, key)
        error = float(found.errors.mean())
        show_row(model.title, codes.how(model), found.images, "fake", f"{percent(error, 1)} off")


def show_row(
    title: str, below: str, x: Tensor | Sheet, colour: Literal["real", "fake"], said: str = ""
) -> None:
    """One row: whose pictures, the pictures, and what is said of them.

    Args:
        title: Name of the row.
        below: In small letters under it.
        x: Pictures `(N, C, H, W)` in [-1, 1], or a sheet of them.
        colour: Real or made.
        said: Behind the pictures, in one line or more.
    """
    from gan_core.images import png, to_uint8

    name, row, number = st.columns(_WIDTHS, vertical_alignment="center")
    words = f'<span class="{colour}">{text.escape(title)}</span><small>{text.escape(below)}</small>'
    name.html(f'<div class="compare-label">{words}</div>')
    is_sheet = isinstance(x, Sheet)
    shown = sheets.address(x) if is_sheet else data_url(png(row_of(to_uint8(x), _TILE, _GAP)))
    width: Literal["stretch"] | int = 110 if not is_sheet and len(x) == 1 else "stretch"
    row.image(shown, width=width, alt=f"{title} {below}".strip())
    number.html(f'<p class="compare-number">{text.escape(said).replace(chr(10), "<br>")}</p>')
