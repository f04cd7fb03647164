"""What the kinds of a generator are called, and which class each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components.classes import measured
from pages.components.explore.place import Place

if TYPE_CHECKING:
    from gan_core.evaluation.extractors import Extractor
    from gan_core.weights import LoadedModel

_JUDGED = 50  # pictures of a kind that say what it mostly is


@dataclass(frozen=True)
class Kinds:
    """The kinds of one generator.

    Attributes:
        names: What each is called on the page.
        classes: Names of the classes of its data set; none: nobody knows them.
        class_of: The class that each kind is; None: a mixture, or nobody can tell.
        coded: Whether they are values of a code, found without labels.
        problem: Why nobody can tell which class a kind is, in one sentence; None: it can be told.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    class_of: tuple[int | None, ...]
    coded: bool = False
    problem: str | None = None

    @property
    def noun(self) -> str:
        """What the page calls them."""
        return "kind" if self.coded else "class"

    @property
    def plural(self) -> str:
        """What the page calls several."""
        return "kinds" if self.coded else "classes"

    @property
    def of_class(self) -> dict[str, int]:
        """A kind for each class that has one, by the name of the class; of several the first."""
        return {name: self.class_of.index(y) for y, name in enumerate(self.classes) if y in self.class_of}


@st.cache_resource(show_spinner=False, max_entries=8)
def extractor(dataset: str) -> Extractor | None:
    """The classifier of a data set, shared by all viewers; None if there is none.

    Raises:
        UserError: Its file is damaged.
    """
    from gan_core.evaluation.extractors import classifier_extractor
    from gan_core.evaluation.judges import judge_for

    found = judge_for(dataset)
    return None if found is None else classifier_extractor(found)


def kinds_of(where: Place, loaded: LoadedModel) -> Kinds:
    """The kinds of a generator; for those of a code, some pictures of each are recognised first."""
    from gan_core.asking import num_kinds

    count, classes = num_kinds(loaded.family), loaded.card.data.class_names
    if loaded.family.num_classes:
        names = classes or tuple(map(str, range(count)))
        return Kinds(names, names, tuple(range(count)))
    plain = tuple(f"kind {kind}" for kind in range(count))
    unknown = (None,) * count
    try:
        judge = extractor(loaded.card.dataset)
        if judge is None or judge.classify is None:
            return Kinds(plain, (), unknown, True, "No classifier is here that could name the kinds.")
        counts = measured.counts(where, loaded, judge.classify, len(classes), _JUDGED)
    except UserError as error:
        return Kinds(plain, (), unknown, True, f"The kinds cannot be named: {error}.")
    return _named(plain, classes, counts)


def _named(plain: tuple[str, ...], classes: tuple[str, ...], counts: measured.Counts) -> Kinds:
    from gan_core.evaluation.labels import MOSTLY, meanings

    found = meanings(counts)
    names = tuple(
        f"{name} · {'mostly ' + classes[m.y] if m.share >= MOSTLY else 'mixed'}"
        for name, m in zip(plain, found, strict=True)
    )
    return Kinds(names, classes, tuple(m.y if m.share >= MOSTLY else None for m in found), True)
