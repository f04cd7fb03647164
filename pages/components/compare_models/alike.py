"""Tab Find alike: the test pictures nearest to one, in pixels and in what each model makes of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.percent import percent
from pages.components import kept, own_picture
from pages.components.compare_models import place, rebuild
from pages.components.compare_models.place import Model, Place
from pages.components.explore import place as address
from pages.components.own_picture import DRAW, UPLOAD, OwnPicture

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.data import ImageDataset
    from gan_core.evaluation.retrieval import Representation

TEST = rebuild.TEST
_NAMES = {"codes": "its codes", "d": "what its D sees", "q": "what its Q reads"}
WORDS = (
    "Searching by image: every test picture is turned into numbers, and those nearest to the numbers of "
    "yours are shown. “Of its class” says how many of the ten nearest are of the picture's own class, on "
    "average over test pictures. A code that rebuilds well need not search well: nobody asked it to keep "
    "classes apart."
)


def show(where: Place) -> None:
    """Which picture on top, one row of its nearest for each way to see it below."""
    test = where.test()
    with st.container(horizontal=True, vertical_alignment="center"):
        way = st.segmented_control(
            "Picture to search for", [TEST, DRAW, UPLOAD], default=TEST, required=True, key="alike_way",
            label_visibility="collapsed",
        )  # fmt: skip
        index = _test_picture(where, test) if way == TEST else None
    if index is not None:
        _rows(where, test, test.images[index], index)
    else:
        left, right = st.columns([1, 4], gap="large")
        with left:
            own = own_picture.ask(str(way), "alike", where.dataset)
        with right:
            _own(where, test, own)
    st.caption(WORDS)


def _own(where: Place, test: ImageDataset, own: OwnPicture) -> None:
    from gan_core.images import to_pixels

    if own.data is None:
        st.info("Draw or choose a picture; the test pictures most like it appear.", icon=":material/draw:")
        return
    x = own_picture.as_sample(own, rebuild.pictures(where)[0])
    _rows(where, test, to_pixels(x[None])[0], None)


def _test_picture(where: Place, test: ImageDataset) -> int:
    """Number of the test picture that is searched for."""
    numbers = rebuild.chosen(where)
    labels = rebuild.names(where, None if test.labels is None else test.labels[numbers])
    key = f"compare_query:{address.version()}"
    usual = place.read_index(where.link, "query", len(numbers), 0)
    shown = st.selectbox(
        "Picture", range(len(numbers)), usual, key=key, format_func=lambda index: f"Picture: {labels[index]}",
        on_change=lambda: address.remember(query=str(st.session_state[key])), width=180,
        label_visibility="collapsed", help="A test picture of this class; the seed above chooses which.",
    )  # fmt: skip
    return int(numbers[shown or 0])


def _rows(where: Place, test: ImageDataset, picture: Tensor, index: int | None) -> None:
    """One row for pixels, then those of each model.

    Args:
        where: The page's place.
        test: What is searched.
        picture: uint8 `(C, H, W)`.
        index: Its number in `test`, if it is one of them.
    """
    from gan_core.evaluation.retrieval import PIXELS, representations

    _row(where, test, None, PIXELS, picture, index)
    for model in where.models:
        for representation in representations(model.loaded.family):
            _row(where, test, model, representation, picture, index)


def _row(
    where: Place,
    test: ImageDataset,
    model: Model | None,
    way: Representation,
    picture: Tensor,
    index: int | None,
) -> None:
    """The picture, then its nearest."""
    import torch

    from gan_core.evaluation.retrieval import NEIGHBOURS, retrieval_precision
    from gan_core.images import from_uint8
    from gan_core.metrics import others_nearest

    key = (where.dataset, where.shape, None if model is None else model.source.key, way.kind)
    features = kept.once(("alike", *key), lambda report: way.of(test.images, report))
    if index is None:  # searched for as one more
        with torch.no_grad():
            features = torch.cat([features, way.read(picture[None])])
    query = torch.tensor([len(features) - 1 if index is None else index])
    nearest = others_nearest(features, query, NEIGHBOURS)[0]
    share = kept.once(("alike precision", *key), lambda report: retrieval_precision(way, test, report))
    title = "Pixels" if model is None else model.title
    below = "raw brightness" if model is None else _NAMES[way.kind]
    said = "" if share is None else f"{percent(share)} of its class"
    images = torch.cat([picture[None], test.images[nearest]])
    rebuild.show_row(title, below, from_uint8(images), "real" if model is None else "fake", said)
