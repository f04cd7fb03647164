"""The Compare page from top to bottom."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources, text
from pages.components.compare_models import alike, between, numbers, place, plane, rebuild, samples
from pages.components.compare_models.place import LARGEST_SEED, MOST, Place
from pages.components.explore import place as address
from pages.components.explore import tools
from pages.components.sources import Source

NOTHING = (
    "No generator of images is here yet: train one on the Train page, or fetch the folder `weights` of the "
    "project again."
)
TABS: dict[str, tuple[str, Callable[[Place], None]]] = {
    "rebuild": ("Rebuild", rebuild.show),
    "samples": ("Samples", samples.show),
    "between": ("In between", between.show),
    "alike": ("Find alike", alike.show),
    "plane": ("A code of two numbers", plane.show),
    "numbers": ("Figures, and what each is for", numbers.show),
}
_TAB = "compare_tab"


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    known = sources.find()
    if not known:
        st.title("Compare", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link("pages/train.py", label="Train a VAE", icon=":material/play_circle:")
        return
    found, notice = place.chosen(link, known)
    address.remember(models=",".join(source.name for source in found))
    with st.container(key="compare_top"):
        _top_bar(known, found, place.read_seed(link))
    tools.show_problem()
    if notice:
        st.info(notice, icon=":material/link_off:")
    asked = link.get("tab", "")
    chosen = st.segmented_control(
        "What to compare", list(TABS), default=asked if asked in TABS else "rebuild", required=True, key=_TAB,
        format_func=lambda name: TABS[name][0], label_visibility="collapsed",
        on_change=lambda: address.remember(tab=st.session_state[_TAB]),
    )  # fmt: skip
    try:
        models = place.load(found)
        if chosen in ("rebuild", "between") and (warning := place.sizes_differ(models)):
            st.info(text.escape_markdown(warning), icon=":material/straighten:")
        with st.container(key="compare_stage"):
            TABS[str(chosen)][1](Place(models, place.read_seed(link), link))
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")


def _top_bar(known: Sequence[Source], found: Sequence[Source], seed: int) -> None:
    """Which models, which seed."""
    titles = {source.name: source.title for source in known}
    version = address.version()
    models, number, button = st.columns([6.4, 1.25, 1.1], vertical_alignment="bottom")
    key = f"compare_models:{version}"
    models.multiselect(
        "Models", list(titles), [source.name for source in found], format_func=lambda name: titles[name],
        max_selections=MOST, key=key, placeholder="Choose up to four",
        on_change=lambda: address.go(models=",".join(st.session_state[key])),
        help="Up to four that learned the same images: trained weights, then your own runs.",
    )  # fmt: skip
    seed_key = f"compare_seed:{version}"
    number.number_input(
        "Seed", 0, LARGEST_SEED, seed, key=seed_key,
        on_change=lambda: address.go(seed=str(st.session_state[seed_key])),
        help="Names the test pictures and the random codes; the same seed gives the same ones.",
    )  # fmt: skip
    button.button(
        "Others", icon=":material/casino:", key="compare_random", width="stretch",
        on_click=lambda: address.go(seed=str(secrets.randbelow(LARGEST_SEED + 1))),
        help="Other test pictures and other random codes.",
    )  # fmt: skip
