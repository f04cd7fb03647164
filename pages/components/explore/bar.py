"""Which generator at which checkpoint, which seed, how far towards the average: a page's top."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.explore import place
from pages.components.explore.place import LARGEST_SEED, Place
from pages.components.sources import Source

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


def widths(where: Place, *others: float) -> list[float]:
    """Widths of the columns: those `show` takes, the page's `others`, that of the truncation."""
    return [3.0, *([1.7] if where.source.steps else []), 1.25, 1.1, *others, 1.9]


def _to_seed(seed: int) -> None:
    place.go(seed=str(seed), z=None)


def show(
    where: Place,
    known: Sequence[Source],
    columns: Iterator[DeltaGenerator],
    to_seed: Callable[[int], None] = _to_seed,
) -> None:
    """Draws generator, checkpoint (of a run), seed and Random into the next columns.

    Args:
        where: The place.
        known: All sources.
        columns: Where to.
        to_seed: Goes to a seed that was chosen.
    """
    version = place.version()
    names = [source.name for source in known]
    titles = {source.name: source.title for source in known}
    key = f"explore_source:{version}"
    next(columns).selectbox(
        "Generator", names, names.index(where.source.name), format_func=lambda name: titles[name], key=key,
        on_change=lambda: place.go(source=st.session_state[key], step=None, z=None, move=None),
        help="Trained weights, then your own runs that learn images and have a checkpoint.",
    )  # fmt: skip
    if where.source.steps:
        step_key = f"explore_step:{version}"
        next(columns).selectbox(
            "Checkpoint", where.source.steps, where.source.steps.index(where.step or 0), key=step_key,
            format_func=lambda step: f"step {step:,}",
            on_change=lambda: place.go(step=str(st.session_state[step_key])),
            help="The same latent, drawn by the generator as it was at that step.",
        )  # fmt: skip
    seed_key = f"explore_seed:{version}"
    next(columns).number_input(
        "Seed", 0, LARGEST_SEED, where.seed, key=seed_key,
        on_change=lambda: to_seed(st.session_state[seed_key]),
        help="Names a random latent z; the same seed gives the same picture.",
    )  # fmt: skip
    next(columns).button(
        "Random", icon=":material/casino:", key="explore_random", width="stretch",
        on_click=lambda: to_seed(secrets.randbelow(LARGEST_SEED + 1)),
        help="Another seed; everything else stays.",
    )  # fmt: skip


def truncation(where: Place, column: DeltaGenerator) -> None:
    """Draws the slider of the truncation."""
    key = f"explore_psi:{place.version()}"
    column.slider(
        "Truncation", 0.0, 1.0, where.psi, 0.05, key=key,
        on_change=lambda: place.go(psi=_psi(st.session_state[key])),
        help="Shortens z towards the centre: 1 leaves it; less is more typical and less varied.",
    )  # fmt: skip


def _psi(value: float) -> str | None:
    return None if value >= 1 else f"{value:g}"
