"""The Codes page from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, services, sources, text
from pages.components.codes import information, kinds, place, reading, traversal
from pages.components.codes.place import Place
from pages.components.explore import bar
from pages.components.explore import place as address
from pages.components.sources import Source

if TYPE_CHECKING:
    from gan_core.family import Family

NOTHING = (
    "No generator with codes is here yet: train one on the Train page, a few minutes on the small digits "
    "will do, or fetch the folder `weights` of the project again."
)
TABS: dict[str, tuple[str, Callable[[Place], None]]] = {
    "sweep": ("Sweep the codes", traversal.show),
    "kinds": ("Kinds and classes", kinds.show),
    "information": ("How much is told", information.show),
    "read": ("Read a picture", reading.show),
}
_TAB = "codes_tab"


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    known = sources.find(_has_codes)
    if not known:
        _nothing_here(_without_checkpoint(link.get("source")))
        return
    where = place.read(link, known)
    step = None if where.explored.step is None else str(where.explored.step)
    address.remember(source=where.source.name, step=step)
    with st.container(key="codes_top"):
        _top_bar(where, known)
    if notice := _notice(link, where):
        st.info(notice, icon=":material/link_off:")
    asked = link.get("tab", "")
    chosen = st.segmented_control(
        "What to do", list(TABS), default=asked if asked in TABS else "sweep", required=True, key=_TAB,
        format_func=lambda name: TABS[name][0], label_visibility="collapsed",
        on_change=lambda: address.remember(tab=st.session_state[_TAB]),
    )  # fmt: skip
    with st.container(key="codes_stage"):
        _content(where, str(chosen), address.version())


@st.fragment
def _content(where: Place, name: str, drawn_version: int) -> None:
    if address.version() != drawn_version:
        st.rerun()
    try:
        TABS[name][1](where)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")


def _has_codes(family: type[Family]) -> bool:
    return family.can_read_codes


def _nothing_here(why: str | None) -> None:
    """What to do without any generator.

    Args:
        why: What the link names instead; None: nothing that will become one.
    """
    from gan_core.families import FAMILIES

    st.title("Codes", anchor=False)
    st.info(why or NOTHING, icon=":material/info:")
    family = next(cls for cls in FAMILIES.values() if _has_codes(cls))
    st.page_link(
        "pages/train.py", label=f"Train: {family.title}", icon=":material/play_circle:",
        query_params={"new": "", "family": family.name, "data": "digits", "preset": "default"},
    )  # fmt: skip


def _notice(link: Mapping[str, str], where: Place) -> str | None:
    """What the viewer should know about the link, in one sentence."""
    asked = link.get("source")
    if asked is None or asked == where.source.name:
        return where.explored.notice
    without = [source.title for source in sources.find() if source.name == asked]
    if without:
        return f"{text.escape_markdown(without[0])} has no codes; here is a generator that has."
    return _without_checkpoint(asked) or where.explored.notice


def _without_checkpoint(asked: str | None) -> str | None:
    """That the run a link names, which is no generator yet, will become one, if so."""
    from gan_core.families import FAMILIES

    run = next((run for run in services.store().runs() if run.id == asked), None)
    family = None if run is None else FAMILIES.get(run.config.family)
    if family is None or not _has_codes(family):
        return None
    return "This run has no checkpoint yet: let it train for a few seconds, then come back."


def _top_bar(where: Place, known: list[Source]) -> None:
    """Which generator, which seed."""
    columns = iter(st.columns(bar.widths(where.explored, 1.6), vertical_alignment="bottom"))
    bar.show(where.explored, known, columns)
