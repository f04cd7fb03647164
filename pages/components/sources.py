"""Generators that can be explored: shipped weights, and the user's own runs at any checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.runs.records import UnknownRunError
from gan_core.settings import UserError
from pages.components import services
from pages.components.pictures import Pixels

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.data import ImageDataset
    from gan_core.family import Family
    from gan_core.latent.directions import Direction
    from gan_core.runs.records import Run
    from gan_core.weights import Card, LoadedModel

DIRECTIONS = 8


@dataclass(frozen=True)
class Source:
    """One generator, by what it takes to load it again.

    Attributes:
        name: Name of the weights, or the run's id.
        title: What it is called on the page.
        steps: Checkpoints of a run, ascending; none: shipped weights.
        rewinds: The run's own count; tells apart what was trained again to the same step.
        dataset: Name or path of the data it was trained on.
        family: Name of its family.
    """

    name: str
    title: str
    steps: tuple[int, ...] = ()
    rewinds: int = 0
    dataset: str = ""
    family: str = ""

    @property
    def key(self) -> tuple[str, int | None, int]:
        """What `model` takes for its newest networks."""
        return self.name, self.steps[-1] if self.steps else None, self.rewinds


def samples(cls: type[Family]) -> bool:
    """Whether a family draws from noise alone."""
    from gan_core.family import Family

    return cls.generate is not Family.generate and not (cls.can_translate or cls.can_illustrate)


def find(
    suits: Callable[[type[Family]], bool] = samples, kinds: Collection[str] = ("images",)
) -> list[Source]:
    """Networks that suit a page: weights first, those of larger examples before others, then runs.

    Args:
        suits: Asked for each family.
        kinds: Of the data they learned: "images", "points", "sequences".
    """
    services.wait_for_torch()
    from gan_core.families import FAMILIES

    families = [name for name, cls in FAMILIES.items() if suits(cls) and set(cls.data_kinds) & set(kinds)]
    return [*_shipped(families, kinds), *_runs(families, kinds)]


def here_first(known: list[Source]) -> list[Source]:
    """The same networks, those whose data set is on this machine before the others."""
    return sorted(known, key=lambda source: not is_here(source.dataset))


def _shipped(families: list[str], kinds: Collection[str]) -> list[Source]:
    from gan_core import weights
    from gan_core.weights.card import SUFFIX

    found = []
    for path in weights.WEIGHTS_DIR.glob(f"*{SUFFIX}"):
        try:
            card = _card(weights.card_path(path))
            if card.family in families and card.data.kind in kinds:
                source = Source(path.stem, card.title, dataset=card.dataset, family=card.family)
                found.append((-card.data.shape[-1], families.index(card.family), source))
        except UserError:
            continue  # the page must open without a damaged file; choosing it by name says what is wrong
    return [source for *_, source in sorted(found, key=lambda entry: (*entry[:2], entry[2].name))]


def _card(path: Path) -> Card:
    """The card of a file, read anew when it has changed: every movement on a page asks for all of them.

    Raises:
        UserError: It is missing or damaged.
    """
    return _card_written(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=256)
def _card_written(path: Path, when: int) -> Card:
    del when
    from gan_core import weights

    return weights.read_card(path)


def _runs(families: list[str], kinds: Collection[str]) -> list[Source]:
    store, found = services.store(), []
    for run in store.runs():
        if run.config.family not in families or kind_of(run) not in kinds:
            continue
        try:
            steps = tuple(store.checkpoint_steps(run.id))
        except UnknownRunError:
            continue
        if steps:
            about = run.config
            found.append(Source(run.id, _run_title(run), steps, run.rewinds, about.dataset, about.family))
    return found


def kind_of(run: Run) -> str:
    """What kind of examples a run learns; of data of the user's own, what its family usually learns."""
    from gan_core.data import DATASETS
    from gan_core.families import FAMILIES

    info = DATASETS.get(run.config.dataset)
    return info.kind if info else next(k for k in FAMILIES[run.config.family].data_kinds if k != "sequences")


def _run_title(run: Run) -> str:
    return f"Run: {run.name}"


@st.cache_resource(show_spinner="Loading the generator", max_entries=12)
def model(name: str, step: int | None, rewinds: int) -> LoadedModel:
    """Frozen networks, shared by all viewers.

    Args:
        name: Name of the weights, or a run's id.
        step: Of a run, the checkpoint.
        rewinds: The run's own count.

    Raises:
        UserError: There is no such source or checkpoint, or it is damaged.
    """
    del rewinds
    from gan_core import weights

    return weights.load(name, services.store(), step=step)


def is_here(dataset: str) -> bool:
    """Whether the images of a data set are on this machine."""
    from gan_core.data import dataset_status

    try:
        return dataset_status(dataset) == "ready"
    except UserError:
        return False


@st.cache_resource(show_spinner="Reading the test images", max_entries=4)
def test_split(dataset: str, size: int) -> ImageDataset:
    """The test images of a data set, labelled or not, shared by all viewers.

    Raises:
        UserError: They are not on this machine.
    """
    from gan_core.evaluation.real import images_here

    return images_here(dataset, size, "test")


@st.cache_resource(show_spinner=False, max_entries=8)
def judging(dataset: str) -> LoadedModel | None:
    """The classifier that knows a data set's classes, with its card, shared by all viewers; None: none.

    Raises:
        UserError: Its file is damaged.
    """
    from gan_core.evaluation.judges import judge_for

    return judge_for(dataset)


def judge(dataset: str) -> Family | None:
    """The networks of `judging`.

    Raises:
        UserError: The file is damaged.
    """
    found = judging(dataset)
    return None if found is None else found.family


@st.cache_resource(show_spinner="Looking for directions", max_entries=16)
def directions(name: str, step: int | None, rewinds: int, y: int) -> list[Direction]:
    """The generator's own directions, most influential first; found once for all viewers.

    Args:
        name: Name of the weights, or a run's id.
        step: Of a run, the checkpoint.
        rewinds: The run's own count.
        y: Class that is drawn, where the family takes one.

    Raises:
        UserError: The source cannot be loaded.
    """
    from gan_core.latent.directions import find_directions

    loaded = model(name, step, rewinds)
    return find_directions(loaded.family, DIRECTIONS, judge=judge(loaded.card.dataset), y=y)


def pixels(loaded: LoadedModel, z: Tensor, y: int) -> Pixels:
    """Pictures uint8 `(N, H, W, C)` of latents `(N, z_dim)`."""
    from gan_core.images import to_uint8

    return to_uint8(drawn(loaded, z, y))


def drawn(loaded: LoadedModel, z: Tensor, y: int) -> Tensor:
    """Pictures `(N, C, H, W)` in [-1, 1] of latents `(N, z_dim)`, without gradients."""
    import torch

    from gan_core.latent.paths import drawer

    with torch.no_grad():
        return drawer(loaded.family, y)(z)
