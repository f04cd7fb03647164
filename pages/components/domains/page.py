"""The Both ways page from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources, text
from pages.components.domains import pictures, plane
from pages.components.sources import Source
from pages.components.translate import place, stage
from pages.components.translate.place import Place

if TYPE_CHECKING:
    from gan_core.weights import LoadedModel

NOTHING = {
    "pictures": "No network that turns digits into scenes and back is here yet: train a DiscoGAN on the "
    "Train page, three minutes on the small digits will do, or fetch the folder `weights` again.",
    "modes": "No network that takes 5 modes to 10 is here yet: train a DiscoGAN on the data set *5 modes and "
    "10 modes*, or fetch the folder `weights` again.",
}
TABS: dict[str, tuple[str, Literal["images", "points"]]] = {
    "pictures": ("Digits and scenes", "images"),
    "modes": ("5 modes and 10 modes", "points"),
}
_SHOW: dict[str, Callable[[Place, LoadedModel, Mapping[str, str]], None]] = {
    "pictures": pictures.show,
    "modes": plane.show,
}
_TAB = "domains_tab"


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    asked = link.get("tab", "")
    tab = st.segmented_control(
        "What to translate", list(TABS), default=asked if asked in TABS else "pictures", required=True,
        key=_TAB, format_func=lambda name: TABS[name][0], label_visibility="collapsed",
        on_change=lambda: place.go(
            tab=st.session_state[_TAB], source=None, step=None, way=None, number=None, direction=None
        ),
        help="Pictures, or the paper's experiment with points, in which every mode can be followed.",
    )  # fmt: skip
    found = sources.find(lambda cls: cls.can_translate_back, kinds=(TABS[tab][1],))
    known = sources.here_first(found)
    if not known:
        st.info(NOTHING[tab], icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        return
    _draw(tab, link, known)


def _draw(tab: str, link: Mapping[str, str], known: list[Source]) -> None:
    where = place.read(link, known)
    place.remember(source=where.source.name, step=None if where.step is None else str(where.step))
    if where.notice:
        st.info(where.notice, icon=":material/link_off:")
    try:
        loaded: LoadedModel | None = place.loaded(where)
    except UserError as error:
        loaded, problem = None, error
    with st.container(key="translate_top"):
        stage.top_bar(where, known, loaded)
    if loaded is None:
        tell(problem)
        return
    try:
        _SHOW[tab](where, loaded, link)
    except UserError as error:
        tell(error)


def tell(error: UserError) -> None:
    """What went wrong, in one sentence."""
    st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
