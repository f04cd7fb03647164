"""What the Translate page shows, as its address says it: a link shows the same pictures anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import sources
from pages.components.sources import Source

if TYPE_CHECKING:
    from gan_core.capabilities import Translation
    from gan_core.weights import LoadedModel

LARGEST_SEED = 999_999
WAYS = ("test", "draw", "upload")
_VERSION = "translate_version"


@dataclass(frozen=True)
class Place:
    """Everything the page shows, but for an uploaded picture.

    Attributes:
        source: The network.
        step: Of a run, the checkpoint shown.
        way: Where the condition comes from: a test image, the viewer's drawing or the viewer's picture.
        number: Of the test image, from 0.
        marks: What was drawn or painted out, as text; None: nothing.
        seed: Of the noise.
        notice: What the viewer should know about the link, in one sentence.
    """

    source: Source
    step: int | None = None
    way: str = "test"
    number: int = 0
    marks: str | None = None
    seed: int = 0
    notice: str | None = None


def read(link: Mapping[str, str], known: Sequence[Source]) -> Place:
    """The place a link asks for; what is gone or not valid is passed over, and said once.

    Args:
        link: Parameters of the page's address.
        known: All sources, at least one.
    """
    by_name = {source.name: source for source in known}
    notice, wanted = None, link.get("source")
    source = by_name.get(wanted or "", known[0])
    if wanted is not None and wanted not in by_name:
        notice = "The network of this link is not here: it was deleted, or lies on another machine."
    step = source.steps[-1] if source.steps else None
    asked = link.get("step")
    if source.steps and asked is not None:
        if asked.isascii() and asked.isdigit() and int(asked[:12]) in source.steps:
            step = int(asked)
        else:
            notice = "The run keeps no checkpoint at the step of this link; its newest one is shown."
    way = link.get("from", "")
    return Place(
        source,
        step,
        way if way in WAYS else "test",
        _whole(link.get("image")),
        link.get("marks") or None,
        min(_whole(link.get("seed")), LARGEST_SEED),
        notice,
    )


def _whole(written: str | None) -> int:
    return int(written[:9]) if written and written.isascii() and written.isdigit() else 0


def go(**changes: str | None) -> None:
    """Changes the address and makes the controls take their values from it; None leaves a parameter out."""
    remember(**changes)
    st.session_state[_VERSION] = version() + 1


def remember(**changes: str | None) -> None:
    """Changes the address alone; None or an empty value leaves a parameter out."""
    for name, value in changes.items():
        name = {"way": "from", "number": "image"}.get(name, name)
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def version() -> int:
    """Counts the changes that the controls did not make themselves."""
    return int(st.session_state.get(_VERSION, 0))


def loaded(place: Place) -> LoadedModel:
    """The network of a place.

    Raises:
        UserError: It is gone or damaged.
    """
    return sources.model(place.source.name, place.step, place.source.rewinds)


def translation(model: LoadedModel) -> Translation:
    """What the network reads."""
    found = model.family.translation
    assert found is not None  # only families that translate are offered
    return found
