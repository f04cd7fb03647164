"""Which generators the page shows: one, or two side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gan_core.settings import UserError
from pages.components import sources, text
from pages.components.explore import place
from pages.components.explore.place import Place
from pages.components.sources import Source

if TYPE_CHECKING:
    from gan_core.runs.records import Run

KINDS = ("images", "points")
SIZES = (500, 1_000, 2_500)
USUAL_SIZES = {"images": 1_000, "points": 2_500}  # the second is that of the published tables
ALONE = "-"  # in the address: nothing beside it
_COLLAPSED = "-collapsed"  # ending of the name of weights that were made to collapse


@dataclass(frozen=True)
class Pair:
    """What is on the page.

    Attributes:
        first: The generator.
        second: Another beside it; None: none.
        size: Examples of each that are looked at.
        notices: What the viewer should know about the link, one sentence each.
    """

    first: Place
    second: Place | None
    size: int
    notices: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Place, ...]:
        """Both, or the only one."""
        return (self.first,) if self.second is None else (self.first, self.second)


def known() -> tuple[list[Source], list[Source]]:
    """Every network there is, and those that make examples from noise, which alone can collapse."""
    return sources.find(lambda cls: True, (*KINDS, "sequences")), sources.find(kinds=KINDS)


def applies_to(run: Run) -> bool:
    """Whether what a run makes can be diagnosed: examples from noise that are of kinds."""
    from gan_core.families import FAMILIES

    return sources.samples(FAMILIES[run.config.family]) and sources.kind_of(run) in KINDS


def read(link: Mapping[str, str], everything: Sequence[Source], able: Sequence[Source]) -> Pair:
    """What a link asks for; what is gone or does not apply is passed over, and said.

    Args:
        link: Parameters of the page's address.
        everything: All networks.
        able: Those that can be diagnosed, at least one.
    """
    usual = _usual(able)
    names = [source.name for source in able]
    notices = [
        _does_not_apply(name, everything) or _gone(name)
        for name in (link.get("source"), link.get("with"))
        if name is not None and name not in (*names, ALONE)
    ]
    wanted = [_named(link, *each, names) for each in (("source", "step"), ("with", "with_step"))]
    there = [place.read(each, able) for each in wanted if each is not None]
    first = there[0] if there else place.read({"source": usual.name}, able)
    second = there[1] if len(there) == 2 else None
    if "source" not in link and "with" not in link:
        second = _made_to_collapse(usual, able)
    notices += [where.notice for where in (first, second) if where is not None and where.notice]
    size = link.get("n", "")
    chosen = int(size[:9]) if size.isascii() and size.isdigit() else 0
    if chosen not in SIZES:
        chosen = _usual_size(first.source)
    return Pair(first, second, chosen, tuple(notices))


def _named(link: Mapping[str, str], name: str, step: str, known: Sequence[str]) -> dict[str, str] | None:
    """The part of a link about one generator, as `place.read` takes it; None if that is not here."""
    if link.get(name) not in known:
        return None
    return {"source": link[name]} | ({"step": link[step]} if step in link else {})


def _gone(name: str) -> str:
    shown = text.escape_markdown(name[:40])
    return (
        f"The generator “{shown}” of this link is not here: it was deleted, or lies on another machine; "
        "choose another one."
    )


def _does_not_apply(name: str, everything: Sequence[Source]) -> str | None:
    """Why a network of the link cannot be diagnosed; None if it is not here at all."""
    found = next((source for source in everything if source.name == name), None)
    if found is None:
        return None
    from gan_core.families import FAMILIES

    why = (
        "makes nothing from noise alone, so it cannot lose a part of the data: choose a generator that does."
    )
    if sources.samples(FAMILIES[found.family]):
        why = "makes sequences, which are of no kinds to count: choose a generator of images or points."
    return f"{text.escape_markdown(found.title)} {why}"


def _usual(able: Sequence[Source]) -> Source:
    """What the page opens on: the first whose data are on this machine."""
    from gan_core.data import dataset_status

    for source in able:
        try:
            if dataset_status(source.dataset) == "ready":
                return source
        except UserError:  # a path that is gone
            continue
    return able[0]


def _usual_size(source: Source) -> int:
    from gan_core.data import DATASETS

    info = DATASETS.get(source.dataset)
    return USUAL_SIZES["images" if info is None else info.kind]


def _made_to_collapse(usual: Source, able: Sequence[Source]) -> Place | None:
    """The weights that were made to collapse on the same data, if there are such."""
    wanted = usual.name + _COLLAPSED
    return place.read({"source": wanted}, able) if any(s.name == wanted for s in able) else None
