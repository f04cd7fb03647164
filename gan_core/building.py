"""From a run's config to a trainer: presets, validation, data, networks, arithmetic."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, get_args

import torch

from gan_core.data import BatchStream, ImageDataset, load_dataset
from gan_core.families import FAMILIES
from gan_core.family import Family
from gan_core.precision import free_cores
from gan_core.precision_memory import remembered_precision
from gan_core.settings import RunConfig, Settings, TrainingSettings, UserError
from gan_core.starting import take_over
from gan_core.trainer import Precision, Trainer, resolve_device

Progress = Callable[[str, float], None]
FindReader = Callable[[str], Family | None]  # the frozen classifier that knows a data set's classes


def family_class(name: str) -> type[Family]:
    """The family called `name`, or UserError naming the nearest ones."""
    if name in FAMILIES:
        return FAMILIES[name]
    raise UserError(f"unknown family '{name}'{_hint(name, FAMILIES)}; families are {', '.join(FAMILIES)}")


def _hint(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def parse_assignments(family: str, assignments: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Splits "key=value" strings into settings of the family and of the training.

    Values are read as JSON (numbers, true, null) and otherwise taken as text.

    Raises:
        UserError: A string without "=", or a key neither the family nor the training knows.
    """
    own, general = family_class(family).Settings.model_fields, TrainingSettings.model_fields
    settings: dict[str, Any] = {}
    training: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        key = key.strip().replace("-", "_")
        if not equals:
            raise UserError(f"'{assignment}' is no setting; write key=value, e.g. lr_generator=0.0002")
        if key not in own and key not in general:
            known = [*own, *general]
            raise UserError(f"unknown setting '{key}'{_hint(key, known)}; {family} knows {', '.join(known)}")
        field = own[key] if key in own else general[key]
        (settings if key in own else training)[key] = _value(text.strip(), get_args(field.annotation))
    return settings, training


def _value(text: str, choices: tuple[Any, ...]) -> Any:
    """The value meant by `text`; a word among the setting's choices, e.g. "none", stays a word."""
    if text in choices:
        return text
    try:
        return json.loads({"none": "null", "None": "null", "True": "true", "False": "false"}.get(text, text))
    except json.JSONDecodeError:
        return text


def resolve_config(config: RunConfig) -> RunConfig:
    """Fills in the preset and every default, and validates all of it; resolving twice changes nothing.

    Raises:
        UserError: An unknown family, preset or key, or a value out of bounds.
    """
    cls = family_class(config.family)
    if config.preset not in cls.presets:
        raise UserError(
            f"unknown preset '{config.preset}'{_hint(config.preset, cls.presets)}; "
            f"{config.family} has {', '.join(cls.presets)}"
        )
    preset = cls.presets[config.preset]
    settings = parse_settings(
        cls, {k: v for k, v in preset.items() if k in cls.Settings.model_fields} | config.settings
    )
    given = config.training.model_dump(include=config.training.model_fields_set)
    training = {k: v for k, v in preset.items() if k in TrainingSettings.model_fields} | given
    checked = TrainingSettings.parse(training)
    _check_batch(checked.batch_size, settings.batch_multiple)
    return config.model_copy(update={"settings": settings.model_dump(mode="json"), "training": checked})


def _check_batch(size: int, unit: int) -> None:
    """Refuses batches that do not divide into what the discriminator judges together."""
    if size % unit:
        raise UserError(
            f"batch_size must be a multiple of {unit}, the examples the discriminator judges together, "
            f"got {size}; set batch_size={max(1, size // unit) * unit}"
        )


def parse_settings(cls: type[Family], values: Mapping[str, Any]) -> Settings:
    """Validated settings of a family."""
    return cls.Settings.parse(values)


def build_family(config: RunConfig, data: Any) -> Family:
    """Networks of a resolved config for data of shape `data`, with weights drawn from the run's seed.

    A twin takes over the weights that its `start_like` would get from the same seed.
    """
    cls = family_class(config.family)

    def drawn(settings: Mapping[str, Any]) -> Family:
        with torch.random.fork_rng(devices=[]):  # networks draw their first weights from the global generator
            torch.manual_seed(config.training.seed)
            return cls(parse_settings(cls, settings), data)

    family = drawn(config.settings)
    if config.start_like is not None and config.start_like != config.settings:
        take_over(family.modules(), drawn(config.start_like).modules())
    return family


def images_for(
    family: Family, dataset: str, split: Literal["train", "test"], progress: Progress | None = None
) -> ImageDataset:
    """One split of an image data set at the family's image size.

    Raises:
        UserError: The data set is missing, or its examples are of another kind or shape than the family's.
    """
    images = load_dataset(dataset, image_size=family.data.shape[-1], split=split, progress=progress)
    if not isinstance(images, ImageDataset):
        raise UserError(
            f"the networks know images but data set '{dataset}' holds points; name an image data set"
        )
    if images.spec.shape != family.data.shape:
        raise UserError(
            f"the networks know images of shape {family.data.shape} (channels, height, width) but "
            f"data set '{dataset}' holds {images.spec.shape}; name the one they were trained on"
        )
    return images


def _reader_of(dataset: str, find: FindReader | None) -> Family:
    """The classifier whose features guide a family."""
    found = None if find is None else find(dataset)
    if found is None:
        raise UserError(
            f"no classifier in weights/ knows the data set '{dataset}', so there are no features of one to "
            "compare; set compare_by=discriminator or compare_by=pixels, or train on digits or mnist"
        )
    return found


def build_trainer(
    config: RunConfig,
    *,
    precision: Precision | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    find_reader: FindReader | None = None,
) -> Trainer:
    """Data, networks and trainer of a run.

    Args:
        config: Resolved or not.
        precision: Arithmetic of an earlier part of the run, for a bit-equal continuation; None: timed now.
        threads: CPU threads the run may use; None: every free core.
        progress: Told what is being loaded, with a share from 0 to 1.
        find_reader: Finds the classifier for a family that compares features of one.

    Raises:
        UserError: Something in the config is wrong or missing here.
    """
    config = resolve_config(config)
    training = config.training
    device = resolve_device(training.device)
    dataset = load_dataset(
        config.dataset, image_size=training.image_size, drawing=config.drawing, progress=progress
    )
    family = build_family(config, dataset.spec)
    order = torch.Generator().manual_seed(training.seed + 1)
    stream = BatchStream(dataset, training.batch_size, order, device=device)
    if family.wants_reader:
        family.reader = _reader_of(config.dataset, find_reader)
    for networks in (family, family.reader):
        for module in networks.modules().values() if networks is not None else ():
            module.to(device)
    if precision is None:
        if progress is not None:
            progress("choosing the fastest arithmetic", 1.0)
        state = stream.state_dict()
        precision = remembered_precision(
            family, stream.next(), training, device, threads or free_cores()
        ).precision
        stream.load_state_dict(state)
    torch.set_num_threads(precision.threads)
    return Trainer(family, stream, training, device, precision)
