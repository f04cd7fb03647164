"""Which models the Compare page shows, and which pictures, as its address says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gan_core.settings import UserError
from pages.components import sources
from pages.components.sources import Source

if TYPE_CHECKING:
    from gan_core.data import ImageDataset
    from gan_core.weights import LoadedModel

MOST = 4
LARGEST_SEED = 999_999


@dataclass(frozen=True)
class Model:
    """One of the models on the page.

    Attributes:
        source: Where it comes from.
        loaded: Its networks.
    """

    source: Source
    loaded: LoadedModel

    @property
    def title(self) -> str:
        """What it is called on the page, less the data set, which is the same for all."""
        return self.source.title if self.source.steps else self.source.title.partition(" on ")[0]

    @property
    def encodes(self) -> bool:
        """Whether it finds codes by itself."""
        return self.loaded.family.can_encode


@dataclass(frozen=True)
class Place:
    """Everything the page shows, but for what is drawn or uploaded.

    Attributes:
        models: At least one; all of the same data.
        seed: Of the test pictures and of the samples.
        link: The rest of the address, for what one tab alone needs.
    """

    models: tuple[Model, ...]
    seed: int
    link: Mapping[str, str]

    @property
    def dataset(self) -> str:
        """What all of them learned."""
        return self.models[0].loaded.card.dataset

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one image `(C, H, W)`."""
        return self.models[0].loaded.family.data.shape

    def test(self) -> ImageDataset:
        """The test images.

        Raises:
            UserError: They are not on this machine.
        """
        return sources.test_split(self.dataset, self.shape[-1])


def chosen(link: Mapping[str, str], known: Sequence[Source]) -> tuple[list[Source], str | None]:
    """The models a link asks for, and what should be said about it; without a wish those that teach most.

    Args:
        link: Parameters of the page's address.
        known: All sources, at least one.
    """
    asked = [name for name in link.get("models", "").split(",") if name][:MOST]
    if not asked:
        return usual(known), None
    by_name = {source.name: source for source in known}
    found = [by_name[name] for name in dict.fromkeys(asked) if name in by_name]
    if len(found) == len(set(asked)):
        return found, None
    gone = "A model of this link is not here: it was deleted, or lies on another machine."
    return found or usual(known), gone


def usual(known: Sequence[Source]) -> list[Source]:
    """One model of each family that encodes, and one that does not, of the same data and code size."""
    from gan_core.families import FAMILIES

    ready = [source for source in known if sources.is_here(source.dataset)] or list(known)
    for lead in ready:
        if _encodes(lead):
            continue
        partners: dict[str, Source] = {}
        for other in ready:
            if _encodes(other) and other.dataset == lead.dataset and _alike(lead, other):
                partners.setdefault(other.family, other)
        if partners:
            in_order = sorted(partners, key=list(FAMILIES).index)
            return [*(partners[family] for family in in_order), lead][:MOST]
    return ready[:2]


def _encodes(source: Source) -> bool:
    from gan_core.families import FAMILIES

    return FAMILIES[source.family].can_encode


def _alike(a: Source, b: Source) -> bool:
    """Whether both have images and codes of the same size; a damaged file is like none."""
    try:
        one, other = sources.model(*a.key).family, sources.model(*b.key).family
    except UserError:
        return False
    return one.data.shape == other.data.shape and one.latent == other.latent


def read_seed(link: Mapping[str, str]) -> int:
    """The seed of a link; what is none counts as 0."""
    text = link.get("seed", "")
    return min(int(text[:9]), LARGEST_SEED) if text.isascii() and text.isdigit() else 0


def read_index(link: Mapping[str, str], name: str, n: int, usual: int) -> int:
    """A number from 0 to n - 1 that a link gives under a name; what is none counts as the usual one."""
    text = link.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text[:9]) < n else usual % n


def load(found: Sequence[Source]) -> tuple[Model, ...]:
    """Loads models that can be shown together.

    Raises:
        UserError: One is gone or damaged, or they learned different images.
    """
    from gan_core.latent.rebuilding import check_comparable

    models = tuple(Model(source, sources.model(*source.key)) for source in found)
    check_comparable(
        [model.loaded.family for model in models], [source.title for source in found],
        [model.loaded.card.dataset for model in models],
    )  # fmt: skip
    return models


def sizes_differ(models: Sequence[Model]) -> str | None:
    """That the codes are of different size, in one sentence; None: they are of the same."""
    sizes = {model.title: model.loaded.family.latent for model in models}
    numbers = {title: latent.z_dim for title, latent in sizes.items() if latent is not None}
    if len(set(numbers.values())) <= 1:
        return None
    told = ", ".join(f"{title} {count}" for title, count in numbers.items())
    return f"Their codes are of different size ({told} numbers): the longer one has it easier to rebuild."
