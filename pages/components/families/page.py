"""The Families page from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, gallery, services, showcase, text
from pages.components.families import drawing

if TYPE_CHECKING:
    from gan_core.evaluation.describing import FamilyCard
    from gan_core.family import Family

_KEY = "families_chosen"
READING = (
    "C is the discriminator's raw answer before the sigmoid σ, E the mean over a batch, λ and γ are weights "
    "that are settings. Each phase minimises the sum of its losses; what it does not train stays as it is."
)


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    services.wait_for_torch()
    from gan_core.families import FAMILIES

    names = list(FAMILIES)
    asked = link.get("family", "")
    chosen = st.pills(
        "Family", names, default=asked if asked in names else names[0], required=True, key=_KEY,
        format_func=lambda name: _short(FAMILIES[name]), label_visibility="collapsed",
        on_change=lambda: st.query_params.update(family=st.session_state[_KEY]),
    )  # fmt: skip
    name = str(chosen)
    st.html(drawing.family_tree(FAMILIES, name))
    try:
        card = _card(name)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
        return
    left, right = st.columns([7, 5], gap="large")
    with left:
        _idea(FAMILIES[name], card)
        _step(card)
    with right:
        _sample(name)
        _more(FAMILIES[name], card)


@st.cache_data(show_spinner="Reading its training step", max_entries=64)
def _card(name: str) -> FamilyCard:
    """A family's card; computed once for all viewers.

    Raises:
        UserError: Its data cannot be loaded.
    """
    from gan_core.evaluation.describing import describe

    return describe(name)


def _short(family: type[Family]) -> str:
    """Its title without what it learns."""
    return family.title.partition(" (")[0]


def _idea(family: type[Family], card: FamilyCard) -> None:
    st.subheader(_short(family), anchor=False)
    paper = text.escape(family.paper)
    if card.arxiv:
        paper = f'<a href="https://arxiv.org/abs/{card.arxiv}" target="_blank">{paper}</a>'
    st.html(f'<p class="lead">{text.escape(family.summary)}</p><p class="quiet">{paper}</p>')


def _step(card: FamilyCard) -> None:
    """One training step, phase by phase, with what each minimises."""
    st.html('<div class="heading">One training step</div>')
    for number, phase in enumerate(card.phases, 1):
        with st.container(border=True):
            st.html(drawing.phase_diagram(number, phase, card.parameters))
            for loss in phase.losses:
                name = text.title(loss.name)
                if loss.formula is None:
                    st.html(f'<p class="quiet">{text.escape(name)}</p>')
                else:
                    words = name.replace("→", r"$\to$")  # the font of formulas has no arrows in words
                    st.latex(rf"\text{{{words}:}}\quad {loss.formula}")
    st.html(f'<p class="quiet">{READING}</p>')


def _sample(name: str) -> None:
    """What shipped weights of the family do, and the way to train one."""
    from gan_core.families import FAMILIES

    family = FAMILIES[name]
    try:
        _picture(family)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
    st.page_link(
        "pages/train.py", label=f"Train: {_short(family)}", icon=":material/play_circle:",
        query_params={"new": "", "family": name, "data": family.default_dataset, "preset": "default"},
    )  # fmt: skip


def _picture(family: type[Family]) -> None:
    """What the first shipped weights do that can be shown here."""
    found = next(filter(None, map(showcase.of, gallery.shipped_of(family))), None)
    if found is not None:
        showcase.show(found, 360)


def _more(family: type[Family], card: FamilyCard) -> None:
    """How it fails, and where it leaves its paper."""
    st.html('<div class="heading">How it fails</div>')
    st.markdown("\n".join(f"- {text.escape_markdown(pitfall)}" for pitfall in family.guide.pitfalls))
    if card.departures:
        with st.expander("Where it departs from the paper"):
            st.markdown(text.escape_markdown(card.departures[0].upper() + card.departures[1:]))
