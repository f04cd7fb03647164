"""Where in latent space the page is, as its address says it: a link shows the same picture anywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import sources
from pages.components.sources import Source

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.weights import LoadedModel

LARGEST_SEED = 999_999
REACH = 3.0  # standard deviations a slider goes to either side
BATCH = 16
_VERSION = "explore_version"


@dataclass(frozen=True)
class Place:
    """Everything the page shows, but for what is being dragged.

    Attributes:
        source: The generator.
        step: Of a run, the checkpoint shown.
        seed: Of the latent, if `z` gives none, and of the batch beside it.
        z: The latent as the text of a link; None: that of the seed.
        psi: Truncation, 0 to 1.
        moves: Standard deviations moved along each direction, those at the end left out if they are 0.
        y: Class that is drawn, where the family takes one.
        notice: What the viewer should know about the link, in one sentence.
    """

    source: Source
    step: int | None = None
    seed: int = 0
    z: str | None = None
    psi: float = 1.0
    moves: tuple[float, ...] = ()
    y: int = 0
    notice: str | None = None

    @property
    def key(self) -> tuple[str, int | None, int]:
        """What the generator is cached by."""
        return self.source.name, self.step, self.source.rewinds


def read(link: Mapping[str, str], known: Sequence[Source]) -> Place:
    """The place a link asks for; what is gone or not valid is passed over, and said once.

    Args:
        link: Parameters of the page's address.
        known: All sources, at least one.
    """
    by_name = {source.name: source for source in known}
    notice, wanted = None, link.get("source")
    if wanted is not None and wanted not in by_name:
        notice = "The generator of this link is not here: it was deleted, or lies on another machine."
        return Place(known[0], _newest(known[0]), notice=notice)
    source = by_name[wanted] if wanted else known[0]
    step, asked = _newest(source), link.get("step")
    if source.steps and asked is not None:
        if asked.isascii() and asked.isdigit() and int(asked[:12]) in source.steps:
            step = int(asked)
        else:
            notice = "The run keeps no checkpoint at the step of this link; its newest one is shown."
    seed = link.get("seed", "")
    return Place(
        source,
        step,
        min(int(seed[:9]), LARGEST_SEED) if seed.isascii() and seed.isdigit() else 0,
        link.get("z") or None,
        min(max(_number(link.get("psi"), 1.0), 0.0), 1.0),
        read_moves(link.get("move", "")),
        int(_number(link.get("class"), 0.0)),
        notice,
    )


def _newest(source: Source) -> int | None:
    return source.steps[-1] if source.steps else None


def _number(text: str | None, otherwise: float) -> float:
    try:
        value = float(text or "")
    except ValueError:
        return otherwise
    return value if math.isfinite(value) else otherwise


def read_moves(text: str) -> tuple[float, ...]:
    """Moves from "1.5,0,-2": what is no number counts as 0, what is out of reach as the nearest in reach."""
    parts = text.split(",")[:64] if text else []
    return _trimmed([min(max(_number(part, 0.0), -REACH), REACH) for part in parts])


def write_moves(moves: Sequence[float]) -> str:
    """Moves as they stand in the address."""
    return ",".join(f"{value:.2f}".rstrip("0").rstrip(".") or "0" for value in moves)


def _trimmed(moves: Sequence[float]) -> tuple[float, ...]:
    kept = list(moves)
    while kept and kept[-1] == 0:
        kept.pop()
    return tuple(kept)


def go(**changes: str | None) -> None:
    """Changes the address: a value of None, or an empty one, leaves the parameter out.

    What was dragged before belongs to the address already, or is given up.
    """
    remember(**changes)
    st.session_state[_VERSION] = version() + 1


def remember(**changes: str | None) -> None:
    """Changes the address, but nothing about the pictures; None or an empty value leaves a parameter out."""
    for name, value in changes.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def settle(moves: Sequence[float]) -> None:
    """Puts what was dragged into the address, without making the page start over."""
    written = write_moves(_trimmed(moves))
    if st.query_params.get("move", "") != written:
        remember(move=written)


def version() -> int:
    """Counts the changes that did not come from dragging: the sliders take their values from the address."""
    return int(st.session_state.get(_VERSION, 0))


def base_latent(place: Place, loaded: LoadedModel) -> tuple[Tensor, str | None]:
    """The latent `(z_dim,)` before truncation and moves, and why it is not the link's, if it is not."""
    from gan_core.latent.exchange import from_text
    from gan_core.latent.paths import latent_from_seed

    own = latent_from_seed(loaded.family, place.seed)[0]
    if place.z is None:
        return own, None
    try:
        return from_text(place.z, own.numel()), None
    except UserError as error:
        return own, f"the latent of this link cannot be shown, so that of seed {place.seed} is: {error}"


def neighbours(place: Place, loaded: LoadedModel) -> Tensor:
    """The batch the same edit is shown on `(BATCH, z_dim)`: the latents after the seed's own."""
    from gan_core.latent.paths import latent_from_seed

    return latent_from_seed(loaded.family, place.seed, BATCH + 1)[1:]


def loaded(place: Place) -> LoadedModel:
    """The generator of a place.

    Raises:
        UserError: It is gone or damaged.
    """
    return sources.model(*place.key)
