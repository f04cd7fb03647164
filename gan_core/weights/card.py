"""The card beside every weights file: what it is, how it was made, how good it is."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from gan_core.building import family_class
from gan_core.data import DATASETS
from gan_core.metrics import Metric
from gan_core.phases import DataSpec
from gan_core.settings import RunConfig, Settings, TrainingSettings, UserError
from gan_core.text_spec import TextSpec

SUFFIX = ".safetensors"
Storage = Literal["float32", "int8"]


class DataCard(Settings):
    """Shape of the examples the networks were built for; see `gan_core.phases.DataSpec`.

    Attributes:
        kind: "points", "images" or "sequences".
        shape: `(2,)`, `(C, H, W)` or `(T, C)`.
        class_names: Names of the classes in order of their number; none: the examples carry no labels.
        other_shape: Shape of the examples of the second domain; None: there is none.
        text: Vocabulary of the captions; None: the examples carry none.
        attributes: Name and values of each thing known of every example.
    """

    kind: Literal["points", "images", "sequences"]
    shape: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field(min_length=1, max_length=3)
    class_names: tuple[str, ...] = ()
    other_shape: tuple[Annotated[int, Field(ge=1, le=1024)], ...] | None = None
    text: TextSpec | None = None
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def spec(self) -> DataSpec:
        """What a family is built from."""
        return DataSpec(
            self.kind, self.shape, len(self.class_names), self.other_shape, self.text, self.attributes
        )


class Card(Settings):
    """Everything needed to rebuild, reproduce and judge trained networks.

    Attributes:
        format: Version of this list of fields.
        name: Name of the file without its ending.
        title: What it is, for people: "DCGAN on MNIST".
        family: Name of the family.
        dataset: Name of the data set; of a user's own files only the last part of the path.
        data: Shape of the examples.
        settings: Every setting of the family.
        training: Every setting of the training.
        preset: Recipe the settings started from.
        command: Command line that makes the same networks again.
        seed: Seed of weights, noise and data order.
        steps: Training steps done.
        images_seen: Real examples shown, repetitions counted.
        seconds: Time spent training.
        device: Device and arithmetic of the training.
        hardware: Machine that trained it.
        versions: Versions of python, torch and the like.
        metrics: What was measured, with sample counts and what real data score.
        modules: Networks in the file.
        parameters: Trained numbers in the file.
        bytes: Size of the file.
        storage: How its numbers are kept; "int8": see `gan_core.weights.rounding`.
        sha256: SHA-256 of the file.
        created: Day it was made, as 2026-11-22.
        licence: Terms of use.
        notes: What else a user should know.
    """

    format: Literal[1] = 1
    name: str
    title: str
    family: str
    dataset: str
    data: DataCard
    settings: dict[str, JsonValue]
    training: TrainingSettings
    preset: str
    command: str
    seed: int
    steps: int
    images_seen: int
    seconds: float
    device: str
    hardware: str
    versions: dict[str, str]
    metrics: tuple[Metric, ...] = ()
    modules: tuple[str, ...] = ()
    parameters: int = 0
    bytes: int = 0
    storage: Storage = "float32"
    sha256: str = ""
    created: str
    licence: str = "MIT"
    notes: str = ""


def card_path(weights: Path) -> Path:
    """The card's file beside a weights file."""
    return weights.with_suffix(".json")


def read_card(path: Path) -> Card:
    """Reads and validates a card.

    Args:
        path: The `.json` file.

    Raises:
        UserError: It is missing, cut short, no card, or of another version.
    """
    try:
        values: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(
            f"there is no card '{path.name}' beside the weights; copy both files together"
        ) from None
    except (OSError, ValueError):
        raise UserError(f"the card '{path.name}' is damaged or cut short; copy it again") from None
    if not isinstance(values, dict):
        raise UserError(
            f"'{path.name}' is no card: it must hold a JSON object, got a {type(values).__name__}"
        )
    try:
        return Card.parse(values)
    except UserError as error:
        raise UserError(f"the card '{path.name}' cannot be read: {error}") from None


def card_json(card: Card) -> bytes:
    """The card as the text of its file."""
    return card.model_dump_json(indent=2).encode() + b"\n"


def command_of(config: RunConfig) -> str:
    """The command line that trains `config`: only what differs from the preset is spelled out.

    Args:
        config: Resolved: every setting filled in.
    """
    cls = family_class(config.family)
    preset = cls.presets[config.preset]
    words = [config.family, "--dataset", _last_part(config.dataset)]
    if config.preset != "default":
        words += ["--preset", config.preset]
    for values, defaults in (
        (_budget_once(config.training.model_dump()), TrainingSettings().model_dump()),
        (config.settings, cls.Settings().model_dump(mode="json")),
    ):
        usual = defaults | {key: value for key, value in preset.items() if key in defaults}
        for key, value in values.items():
            if key == "seed" or value != usual[key]:
                words += _option(key, value)
    return f"python -m gan_core train {shlex.join(words)}"


def _budget_once(training: dict[str, Any]) -> dict[str, Any]:
    """The training settings without the number of steps if minutes are what ends the run."""
    return training if training["minutes"] is None else {k: v for k, v in training.items() if k != "steps"}


def _option(key: str, value: JsonValue) -> list[str]:
    """A changed setting as words of the command line."""
    if key in ("steps", "minutes", "seed") and value is not None:
        return [f"--{key}", str(value)]
    return ["--set", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]


def without_folders(card: Card) -> Card:
    """The card without the folders a user's own data lie in, which are nobody else's business."""
    return card.changed(dataset=_last_part(card.dataset))


def _last_part(dataset: str) -> str:
    return dataset if dataset in DATASETS else Path(dataset).name
