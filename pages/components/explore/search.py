"""Tabs "Find me" and "Fill in": a latent for a picture of one's own, or for what is left of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec

import streamlit as st

from gan_core.percent import percent
from gan_core.settings import UserError
from pages.components import actions, own_picture, sources, text
from pages.components.explore import boards, place, stage, tools
from pages.components.explore.place import Place
from pages.components.own_picture import DRAW, UPLOAD, OwnPicture
from pages.components.pictures import data_url, row_of

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.weights import LoadedModel

P = ParamSpec("P")

_FOUND, _FILLED = "explore_found", "explore_filled"


@dataclass(frozen=True)
class Result:
    """What a search gave.

    Attributes:
        key: Place of the generator it was made with.
        z: The latent.
        pictures: Pictures in a row, as an address.
        words: What they are, in their order.
        error: Difference to the picture asked for, as a share of the range of brightness.
    """

    key: tuple[str, int | None, int]
    z: Tensor
    pictures: str
    words: str
    error: float


def find_me(where: Place) -> None:
    """Draw or upload a picture; the generator's best match, and its latent."""
    loaded = place.loaded(where)
    left, right = st.columns([1, 2], gap="large")
    with left:
        way = st.segmented_control(
            "Picture", [DRAW, UPLOAD], default=DRAW, required=True, key="find_way",
            label_visibility="collapsed",
        )  # fmt: skip
        own = own_picture.ask(str(way), "find", where.source.name)
        wanted = st.button("Find it", type="primary", icon=":material/search:", key="find_go")
    with right:
        if wanted:
            _told(_find, where, loaded, own)
        _show(where, _FOUND, "Draw something, press “Find it”, and the generator looks for the latent of it.")


def _told(search: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Runs a search; a mistake becomes one sentence."""
    try:
        search(*args, **kwargs)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")


def _find(where: Place, loaded: LoadedModel, own: OwnPicture) -> None:
    from gan_core.latent.search import find

    samples = sources.drawn(loaded, place.neighbours(where, loaded), stage.class_of(where, loaded))
    target = own_picture.as_sample(own, samples)
    bar = st.progress(0.0, "Looking for the latent")
    found = find(
        loaded.family, target, judge=sources.judge(loaded.card.dataset), y=stage.class_of(where, loaded),
        on_progress=lambda share: bar.progress(share, "Looking for the latent"),
    )  # fmt: skip
    bar.empty()
    _keep(where, _FOUND, found.z, [target, found.image], "Yours, and the generator's", found.error)


def fill_in(where: Place) -> None:
    """Paint out a part of the picture above; the generator completes it."""
    from gan_core.images import png, to_uint8

    loaded = place.loaded(where)
    z: Tensor = st.session_state[stage.EDITED]
    picture = sources.drawn(loaded, z[None], stage.class_of(where, loaded))[0]
    ground = data_url(png(to_uint8(picture[None])[0]))
    left, right = st.columns([1, 2], gap="large")
    with left:
        data = boards.show_sketch(
            "Picture to paint a part out of", key=f"fill_sheet:{hash(ground)}", ink="#a33ebd",
            paper="#000000", width=0.16, ground=ground,
        )  # fmt: skip
        wanted = st.button("Fill it in", type="primary", icon=":material/auto_fix:", key="fill_go")
    with right:
        if wanted:
            _told(_fill, where, loaded, picture, data)
        _show(where, _FILLED, "Paint over a part of the picture; the generator completes it from the rest.")


def _fill(where: Place, loaded: LoadedModel, picture: Tensor, data: bytes | None) -> None:
    import torch

    from gan_core.latent.search import completed, fill_in

    if data is None:
        raise UserError("nothing is painted out yet; paint over a part of the picture first")
    known = ~own_picture.painted(data, picture.shape[-1])
    bar = st.progress(0.0, "Completing")
    found = fill_in(
        loaded.family, picture, known, y=stage.class_of(where, loaded), seed=1,
        on_progress=lambda done: bar.progress(done, "Completing"),
    )  # fmt: skip
    bar.empty()
    hidden = torch.where(known, picture, torch.zeros(()))
    whole = completed(picture, known, found.image)
    words = "What was left, completed, and the generator's own picture"
    _keep(where, _FILLED, found.z, [hidden, whole, found.image], words, found.error)


def _keep(where: Place, slot: str, z: Tensor, pictures: list[Tensor], words: str, error: float) -> None:
    import torch

    from gan_core.images import png, to_uint8

    row = data_url(png(row_of(to_uint8(torch.stack(pictures)), side=168, gap=12)))
    st.session_state[slot] = Result(where.key, z, row, words, error)


def _show(where: Place, slot: str, otherwise: str) -> None:
    """The last result with this generator."""
    result = st.session_state.get(slot)
    if result is None or result.key != where.key:
        st.html(f'<p class="quiet">{text.escape(otherwise)}</p>')
        return
    st.html(f'<div class="heading">{text.escape(result.words)}</div>')
    st.image(result.pictures, alt=result.words)
    st.html(f'<p class="quiet">Difference where known: {percent(result.error)} of the full range.</p>')
    st.button(
        "Continue from here", icon=":material/tune:", on_click=tools.go_to, args=(result.z,),
        key=f"go:{slot}", help="Shows this latent above, with all its sliders.",
    )  # fmt: skip
