"""The Collapse page from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, text
from pages.components.collapse import measure, pair, tabs, words
from pages.components.collapse.measure import Seen
from pages.components.collapse.pair import ALONE, SIZES, Pair
from pages.components.explore import place
from pages.components.explore.place import Place
from pages.components.sources import Source

NOTHING = (
    "No generator is here yet: train one on the Train page, or fetch the folder `weights` of the project "
    "again."
)


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    everything, able = pair.known()
    if not able:
        st.title("Collapse", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link("pages/train.py", label="Train a GAN", icon=":material/play_circle:")
        return
    chosen = pair.read(link, everything, able)
    _remember(chosen)
    for notice in chosen.notices:
        st.info(notice, icon=":material/link_off:")
    with st.container(key="collapse_top"):
        _top(chosen, able)
    seen = _look(chosen)
    if seen:
        tabs.show(seen)


def _remember(chosen: Pair) -> None:
    """A link must show the same tomorrow, whatever else is here then."""
    second = chosen.second
    place.remember(
        **{
            "source": chosen.first.source.name, "step": _step(chosen.first), "n": str(chosen.size),
            "with": ALONE if second is None else second.source.name,
            "with_step": None if second is None else _step(second),
        }
    )  # fmt: skip


def _step(where: Place) -> str | None:
    return None if where.step is None else str(where.step)


def _top(chosen: Pair, able: Sequence[Source]) -> None:
    """Which generators, at which checkpoints, and how many examples of each."""
    second = chosen.second
    steps = [bool(chosen.first.source.steps), second is not None and bool(second.source.steps)]
    widths = [3.0, *([1.5] if steps[0] else []), 3.0, *([1.5] if steps[1] else []), 1.2]
    columns = iter(st.columns(widths, vertical_alignment="bottom"))
    titles = {source.name: source.title for source in able}
    version = place.version()
    names, key = list(titles), f"collapse_source:{version}"
    next(columns).selectbox(
        "Generator", names, names.index(chosen.first.source.name), format_func=lambda name: titles[name],
        key=key, on_change=lambda: place.go(source=st.session_state[key], step=None),
        help="Trained weights, then your own runs that have a checkpoint.",
    )  # fmt: skip
    if steps[0]:
        _checkpoints(next(columns), chosen.first, "step")
    others, other_key = [ALONE, *names], f"collapse_with:{version}"
    next(columns).selectbox(
        "Beside it", others, 0 if second is None else others.index(second.source.name),
        format_func=lambda name: titles.get(name, "Nothing"), key=other_key,
        on_change=lambda: place.go(**{"with": st.session_state[other_key], "with_step": None}),
        help="Another generator, or the same run at another checkpoint, for comparison.",
    )  # fmt: skip
    if steps[1] and second is not None:
        _checkpoints(next(columns), second, "with_step")
    size_key = f"collapse_n:{version}"
    next(columns).selectbox(
        "Examples", SIZES, SIZES.index(chosen.size), format_func=lambda n: f"{n:,}", key=size_key,
        on_change=lambda: place.go(n=str(st.session_state[size_key])),
        help="Generated and looked at. More say more exactly, and take longer.",
    )  # fmt: skip


def _checkpoints(column: st.delta_generator.DeltaGenerator, where: Place, name: str) -> None:
    key = f"collapse_{name}:{place.version()}"
    column.selectbox(
        "Checkpoint", where.source.steps, where.source.steps.index(where.step or 0), key=key,
        format_func=lambda step: f"step {step:,}",
        on_change=lambda: place.go(**{name: str(st.session_state[key])}),
        help="The generator as it was at that step.",
    )  # fmt: skip


def _look(chosen: Pair) -> list[Seen]:
    """Measures what is on the page; one that cannot be measured leaves the other."""
    columns = st.columns(len(chosen.shown), gap="large")
    seen = []
    for side, (where, column) in enumerate(zip(chosen.shown, columns, strict=True)):
        with column:
            try:
                found = measure.look(where, chosen.size, side)
            except UserError as error:
                st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
                continue
            seen.append(found)
            st.html(words.card(found))
    return seen
