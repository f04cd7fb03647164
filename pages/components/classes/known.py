"""Generators that can be asked for a class, or for a kind of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_core.runs.records import UnknownRunError
from gan_core.settings import UserError
from pages.components import services, sources
from pages.components.sources import Source

if TYPE_CHECKING:
    from gan_core.settings import RunConfig

_STAND_IN = (
    (1, 32, 32),
    2,
)  # shape and classes of a user's own images: whether there are any is all that counts


def find() -> tuple[list[Source], list[Source]]:
    """All generators of images, and those of them that have kinds, both in the order of the Explore page."""
    everything = sources.find()
    return everything, [source for source in everything if _has_kinds(source)]


def _has_kinds(source: Source) -> bool:
    try:
        return kinds_of(_config(source)) > 0
    except (UserError, UnknownRunError):
        return False  # deleted or damaged a moment ago: choosing it says what is wrong


def _config(source: Source) -> RunConfig:
    from gan_core import weights
    from gan_core.settings import RunConfig
    from gan_core.weights.card import SUFFIX

    if source.steps:
        return services.store().get(source.name).config
    card = weights.read_card(weights.card_path(weights.WEIGHTS_DIR / f"{source.name}{SUFFIX}"))
    return RunConfig(family=card.family, dataset=card.dataset, preset=card.preset, settings=card.settings)


def kinds_of(config: RunConfig) -> int:
    """Kinds that a run's networks can be asked for; 0: none.

    Of a user's own images only whether there are any is known.

    Raises:
        UserError: The config does not fit this version, or its data set has no classes to learn.
    """
    services.wait_for_torch()
    from gan_core.building import resolve_config
    from gan_core.data import DATASETS
    from gan_core.families import FAMILIES
    from gan_core.phases import DataSpec

    resolved = resolve_config(config)
    info = DATASETS.get(resolved.dataset)
    if info is None:
        spec = DataSpec("images", *_STAND_IN)
    else:
        size = resolved.training.image_size or info.training_size or 0
        spec = DataSpec(info.kind, (info.channels or 0, size, size), len(info.class_names))
    family = FAMILIES[resolved.family]
    return family.kinds(family.Settings.parse(resolved.settings), spec)
