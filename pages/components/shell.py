"""What every page shares: its place in the app, the look, the warm-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from pages.components import colours, services, text
from pages.components.assets import FOLDER

APP_TITLE = "GAN lab"


@dataclass(frozen=True)
class PageInfo:
    """One page of the app.

    Attributes:
        path: Script, relative to the app.
        title: Name in the navigation.
        icon: Material icon.
        purpose: What one does there, in one sentence.
        section: Menu of the navigation it lies in; empty: it stands in the bar itself.
    """

    path: str
    title: str
    icon: str
    purpose: str
    section: str = ""


FAILING, INSIDE, TRANSFORM, LEARN = "When it fails", "Look inside", "Transform", "Learn"
PAGES: tuple[PageInfo, ...] = (
    PageInfo("pages/home.py", "Home", ":material/home:", "See what a trained GAN draws, and what a GAN is."),
    PageInfo(
        "pages/train.py", "Train", ":material/play_circle:",
        "Watch a GAN learn, live: pause it, step it, change its learning rates, scrub back through its past.",
    ),
    PageInfo(
        "pages/lab.py", "2-D lab", ":material/scatter_plot:",
        "See a whole GAN learn points you draw, layer by layer.",
    ),
    PageInfo(
        "pages/collapse.py", "Collapse", ":material/blur_off:",
        "See whether a generator makes everything there is: what is missing, what repeats, when it was lost.",
        FAILING,
    ),
    PageInfo(
        "pages/kitchen.py", "Kitchen", ":material/science:",
        "Cause mode collapse and cure it: one-click lessons, twin runs, small sweeps.",
        FAILING,
    ),
    PageInfo(
        "pages/explore.py", "Explore", ":material/explore:",
        "Move through what a trained generator can draw: drag its directions, walk, find your own digit.",
        INSIDE,
    ),
    PageInfo(
        "pages/classes.py", "Classes", ":material/category:",
        "Ask a generator for a class: write a number, blend a 3 with an 8, check that it obeys.",
        INSIDE,
    ),
    PageInfo(
        "pages/codes.py", "Codes", ":material/tune:",
        "See what the codes of a generator mean: sweep them, compare kinds with digits, read a drawing.",
        INSIDE,
    ),
    PageInfo(
        "pages/sequences.py", "Sequences", ":material/show_chart:",
        "Look into a generator with a memory: what it writes step by step, and what it remembers.",
        INSIDE,
    ),
    PageInfo(
        "pages/pyramid.py", "Pyramid", ":material/filter_none:",
        "See a picture built from coarse to fine: what each level adds, and what its noise decides.",
        INSIDE,
    ),
    PageInfo(
        "pages/compare.py", "Compare", ":material/balance:",
        "See what an autoencoder, a VAE and a GAN make of the same pictures and codes, side by side.",
        INSIDE,
    ),
    PageInfo(
        "pages/translate.py", "Translate", ":material/draw:",
        "Give a network an outline or part of a picture, and see the picture it makes of it.",
        TRANSFORM,
    ),
    PageInfo(
        "pages/domains.py", "Both ways", ":material/sync_alt:",
        "Turn a digit into a coloured scene and back, learned without a single pair of the two.",
        TRANSFORM,
    ),
    PageInfo(
        "pages/families.py", "Families", ":material/account_tree:",
        "Who grew out of whom: what each family does in a training step, and how it fails.",
        LEARN,
    ),
    PageInfo(
        "pages/game.py", "Be the discriminator", ":material/gavel:",
        "Ten pictures, real or generated: judge them against the discriminator, alone or as a class.",
        LEARN,
    ),
    PageInfo(
        "pages/spot.py", "Spot the fake", ":material/search:",
        "Train a detector on one generator's fakes, and see whether it finds those of the others.",
        LEARN,
    ),
    PageInfo(
        "pages/sharpen.py", "Sharpen", ":material/hdr_strong:",
        "Make a small picture large, and see which of the sharp detail is true and which is invented.",
        TRANSFORM,
    ),
    PageInfo(
        "pages/caption.py", "Say it", ":material/chat:",
        "Type a sentence and see it drawn: from words to numbers, from numbers to a sketch, to a picture.",
        TRANSFORM,
    ),
)  # fmt: skip


def sections() -> dict[str, list[PageInfo]]:
    """The pages by menu, in the order of the navigation; those of the bar itself are under ""."""
    found: dict[str, list[PageInfo]] = {}
    for page in PAGES:
        found.setdefault(page.section, []).append(page)
    return found


def dot(kind: Literal["real", "fake"]) -> str:
    """A coloured dot as HTML, for a heading or a legend."""
    return f'<span class="dot {kind}"></span>'


def ground() -> str:
    """Colour of the page in the viewer's theme."""
    return colours.GROUNDS.get(st.context.theme.type or "light", colours.GROUNDS["light"])


def navigation() -> None:
    """Runs the page the viewer asked for; called by the app's script alone."""
    st.set_page_config(page_title=APP_TITLE, page_icon=str(FOLDER / "icon.svg"), layout="wide")
    st.logo(FOLDER / "logo.svg", size="large", icon_image=FOLDER / "icon.svg")
    services.warm_up()
    menus = {
        section: [
            st.Page(page.path, title=page.title, icon=page.icon, default=page is PAGES[0]) for page in pages
        ]
        for section, pages in sections().items()
    }
    chosen = st.navigation(menus, position="top")
    asked_for = st.session_state.pop("_asked_for", None)
    if asked_for:
        path, query = asked_for
        st.switch_page(path, query_params=query)
    st.session_state["_routed"] = True
    chosen.run()


def open_page(path: str) -> None:
    """First line of every page; harmless when repeated.

    A fresh server that is first asked for an inner page runs that page's script without the app's: no
    navigation, no title. This sends such a visit through the app's script; the link's parameters survive.

    Args:
        path: The page's own script, e.g. "pages/train.py".
    """
    if not st.session_state.get("_routed"):
        st.session_state["_asked_for"] = (path, st.query_params.to_dict())
        st.switch_page("app.py")
    st.html(FOLDER / "lab.css")


def show_notices() -> None:
    """What the user should know about the run store, until it is dismissed, and about the launcher."""
    if problem := services.launcher().problem:
        st.warning(text.escape_markdown(problem), icon=":material/warning:")
    notices = services.store().notices
    if not notices:
        return
    st.warning("  \n".join(text.escape_markdown(notice) for notice in notices), icon=":material/database:")
    st.button("Understood", on_click=services.store().dismiss_notices, key="dismiss_notices")
