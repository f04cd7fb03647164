"""The Pyramid page from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources, text
from pages.components.explore import bar, place
from pages.components.explore.place import Place
from pages.components.pyramid import board, choice
from pages.components.sources import Source

if TYPE_CHECKING:
    from gan_core.family import Family
    from gan_core.weights import LoadedModel

NOTHING = (
    "No generator that draws from coarse to fine is here yet: train a LAPGAN on the Train page, three "
    "minutes on the small digits will do."
)


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    known = sources.find(_has_levels)
    if not known:
        st.title("Pyramid", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link(
            "pages/train.py", label="Train: small digits", icon=":material/play_circle:",
            query_params={"new": "", "family": _some_family(), "data": "digits", "preset": "classroom"},
        )  # fmt: skip
        return
    where = place.read(link, known)
    place.remember(source=where.source.name, step=None if where.step is None else str(where.step))
    loaded, problem = _loaded(where)
    levels = 0 if loaded is None or loaded.family.pyramid is None else len(loaded.family.pyramid.sides)
    now = choice.read(link, where, levels)
    _top(where, known, now)
    if where.notice:
        st.info(where.notice, icon=":material/link_off:")
    if loaded is None:
        st.error(actions.sentence(text.escape_markdown(str(problem))), icon=":material/error:")
        return
    board.show(where, loaded, now)


def _has_levels(cls: type[Family]) -> bool:
    from gan_core.family import Family

    return cls.build_up is not Family.build_up


def _some_family() -> str:
    from gan_core.families import FAMILIES

    return next(name for name, cls in FAMILIES.items() if _has_levels(cls))


def _loaded(where: Place) -> tuple[LoadedModel | None, UserError | None]:
    try:
        return place.loaded(where), None
    except UserError as error:
        return None, error


def _top(where: Place, known: list[Source], now: choice.Choice) -> None:
    with st.container(key="pyramid_top"):
        columns = iter(st.columns([*bar.widths(where)[:-1], 1.2, 2.6], vertical_alignment="bottom"))
        bar.show(where, known, columns, lambda seed: choice.to_seed(now, seed))
        key = f"pyramid_rows:{place.version()}"
        next(columns).number_input(
            "Pictures", choice.FEWEST, choice.MOST, now.rows, key=key,
            on_change=lambda: place.go(rows=str(st.session_state[key])), help="Rows: each is one picture.",
        )  # fmt: skip
