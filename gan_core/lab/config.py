"""What a visitor of the lab has chosen: enough to begin the same game anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

from pydantic import JsonValue, model_validator

from gan_core import weights
from gan_core.data import DATASETS
from gan_core.families import FAMILIES
from gan_core.families.adversarial_settings import AdversarialSettings
from gan_core.family import Family
from gan_core.settings import RunConfig, Settings, TrainingSettings, UserError, is_live, setting
from gan_core.weights.card import SUFFIX, Card

FAMILY = next(name for name, cls in FAMILIES.items() if cls.data_kinds == ("points",))
POINT_SETS = tuple(name for name, info in DATASETS.items() if info.kind == "points")
LARGEST_SEED = 999_999
_PENALTIES = ("lambda_gp", "r1_gamma", "r2_gamma")
_LEFT_OF_RATE = 0.1  # of a learning rate that fell to nothing, for a game that goes on from a trained start
_MOST_UNITS = 256  # units of a hidden layer: wider ones leave no second for a thousand steps
# Where the lab begins: small networks, the plain game with the penalties that keep all modes.
STANDARD: dict[str, JsonValue] = {
    "generator_width": 64, "discriminator_width": 64, "generator_depth": 2, "discriminator_depth": 2,
    "z_distribution": "normal", "z_dim": 2, "activation": "leaky_relu", "optimizer": "adam",
    "loss": "non_saturating", "lr_generator": 2e-3, "lr_discriminator": 2e-3, "beta1": 0.0,
}  # fmt: skip


class LabConfig(Settings):
    """A game of the lab.

    Attributes:
        settings: Settings of the networks and the game that differ from `STANDARD`.
        start: Name of the weights to start from; None: new networks.
        drawing: Points of a fitted drawing, for the data set that is drawn; None: a heart.
    """

    dataset: str = "two-gaussians"
    settings: dict[str, JsonValue] = {}
    seed: int = setting(
        0, "Seed of the first weights, the noise and the order of the data.", ge=0, le=LARGEST_SEED
    )
    batch_size: int = setting(
        128, "Real points, and as many generated ones, in each update.", ge=8, le=1024, title="batch size"
    )
    start: str | None = None
    drawing: tuple[tuple[float, float], ...] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.dataset not in POINT_SETS:
            raise ValueError(f"the lab has no data set '{self.dataset}'; it has {', '.join(POINT_SETS)}")
        if self.start is not None and self.start not in starts(self.dataset):
            raise ValueError(
                f"there are no weights '{self.start}' for these data; begin with new networks instead"
            )
        for name in ("generator_width", "discriminator_width"):
            width = self.settings.get(name)
            if isinstance(width, int) and width > _MOST_UNITS:
                raise ValueError(f"{name} must be at most {_MOST_UNITS} in the lab, got {width}")
        return self

    @cached_property
    def family_settings(self) -> dict[str, Any]:
        """Every setting of the networks and the game."""
        return {**standard(self.start), **self.settings}

    @property
    def run_config(self) -> RunConfig:
        """The same as the config of an open-ended run."""
        return RunConfig(
            family=FAMILY,
            dataset=self.dataset,
            settings=self.family_settings,
            drawing=self.drawing if self.dataset == "drawn" else None,
            training=TrainingSettings(
                steps=None, batch_size=self.batch_size, seed=self.seed, ema_decay=0.0, cosine_tail=0.0,
                precision="float32", device="cpu",
            ),
        )  # fmt: skip

    def needs_restart(self, other: LabConfig) -> bool:
        """Whether going from here to the other config means new networks."""
        if (self.dataset, self.seed, self.batch_size, self.start, self.drawing) != (
            other.dataset, other.seed, other.batch_size, other.start, other.drawing,
        ):  # fmt: skip
            return True
        here, there = self.family_settings, other.family_settings
        return any(here[name] != there[name] and not is_live(lab_settings(), name) for name in here)


def lab_settings() -> type[Settings]:
    """The settings class of the lab's networks and game."""
    return FAMILIES[FAMILY].Settings


def family() -> type[Family]:
    """The family the lab plays with."""
    return FAMILIES[FAMILY]


def standard(start: str | None = None) -> dict[str, Any]:
    """Every setting the lab begins with; for a trained start those its training had come to.

    Raises:
        UserError: The weights are damaged.
    """
    if start is None:
        return dict(_plain())
    card = weights.card_path(weights.WEIGHTS_DIR / f"{start}{SUFFIX}")
    return {**_plain(), **_trained(card, card.stat().st_mtime_ns)}


@cache
def _plain() -> Mapping[str, Any]:
    return lab_settings().parse(STANDARD).model_dump(mode="json")


@lru_cache(maxsize=16)
def _trained(card: Path, changed: int) -> Mapping[str, Any]:
    """Settings to go on with; asked for with every frame, so a card is read only when it has changed."""
    return _at_the_end(weights.read_card(card))


def _at_the_end(card: Card) -> dict[str, Any]:
    """The settings a run had come to: with those of its start the game would undo what was learned.

    Rates that fell to nothing are a tenth of what they were, so that the game goes on.
    """
    found: dict[str, Any] = dict(card.settings)
    settings = lab_settings().parse(card.settings)
    assert isinstance(settings, AdversarialSettings)
    found |= {name: found[name] * settings.penalties_left(card.steps) for name in _PENALTIES}
    found |= {"penalty_end": 1.0, "penalty_fall_steps": 0}
    if 0 < found["norm_steps"] <= card.steps:
        found["norm_steps"] = -1
    if card.training.cosine_tail:
        found |= {name: _LEFT_OF_RATE * found[name] for name in ("lr_generator", "lr_discriminator")}
    return found


def starts(dataset: str) -> list[str]:
    """Names of the shipped weights that the lab can start from on a data set."""
    found = []
    for path in sorted(Path(weights.WEIGHTS_DIR).glob(f"*{SUFFIX}")):
        try:
            card = weights.read_card(weights.card_path(path))
        except UserError:
            continue  # a damaged file of another page must not close the lab
        if (card.family, card.dataset) == (FAMILY, dataset) and {"generator", "discriminator"} <= set(
            card.modules
        ):
            found.append(path.stem)
    return found
