"""Networks and card from a run's checkpoint."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from gan_core.building import build_family, family_class, resolve_config
from gan_core.data import DATASETS, load_dataset
from gan_core.data.captions import ATTRIBUTES, TEXT
from gan_core.data.catalogue import CAPTIONED
from gan_core.data.datasets import ImageDataset
from gan_core.runs import checkpoints
from gan_core.runs.processes import host_name
from gan_core.runs.records import Run
from gan_core.settings import RunConfig, TrainingSettings
from gan_core.weights.card import Card, DataCard, command_of
from gan_core.weights.files import LoadedModel, fill, freeze

_CPU_INFO = Path("/proc/cpuinfo")  # Linux; elsewhere `platform` knows the processor's name


def load_checkpoint(run: Run, path: Path) -> LoadedModel:
    """A run's networks, with averaged weights where it keeps such, and its card, which holds no metrics yet.

    Args:
        run: The run.
        path: File of one of its checkpoints.

    Raises:
        UserError: The checkpoint is damaged or does not fit this version, or the run's own data are gone.
    """
    state = checkpoints.load(path)
    submitted = resolve_config(run.config)
    config = _as_trained(submitted, state)
    data = _data_card(config)
    family = build_family(config, data.spec)
    modules = {name: state["ema"].get(name, tensors) for name, tensors in state["modules"].items()}
    flat = {f"{name}.{key}": value for name, tensors in modules.items() for key, value in tensors.items()}
    fill(family, tuple(modules), flat, f"run {run.id}")
    card = _card(run, config, data, int(state["step"]), float(state["seconds"]))
    notes = _notes(run, submitted, config, card.steps)
    return LoadedModel(freeze(family), card.changed(notes=notes, modules=tuple(modules)))


def _as_trained(config: RunConfig, state: Mapping[str, Any]) -> RunConfig:
    """The config with the settings in force at the checkpoint: some may change while a run trains."""
    settings = family_class(config.family).Settings.parse(state["settings"]).model_dump(mode="json")
    training = TrainingSettings.parse(state["training"])
    return config.model_copy(update={"settings": settings, "training": training})


def _data_card(config: RunConfig) -> DataCard:
    """Shape of the run's examples; known for a named data set, read from the files of a user's own."""
    info = DATASETS.get(config.dataset)
    if info is None or info.kind == "sequences":
        dataset = load_dataset(config.dataset, image_size=config.training.image_size)
        names = dataset.class_names if isinstance(dataset, ImageDataset) and dataset.spec.num_classes else ()
        return DataCard(kind=dataset.spec.kind, shape=dataset.spec.shape, class_names=names)
    if info.kind == "points":
        return DataCard(kind="points", shape=(2,), other_shape=(2,) if info.domains else None)
    size = config.training.image_size or info.training_size or 0
    shape, other = ((channels, size, size) for channels in (info.channels or 0, info.other_channels or 0))
    if config.dataset == CAPTIONED:
        return DataCard(kind="images", shape=shape, text=TEXT, attributes=ATTRIBUTES)
    return DataCard(
        kind="images", shape=shape, class_names=info.class_names, other_shape=other if info.domains else None
    )


def _card(run: Run, config: RunConfig, data: DataCard, step: int, seconds: float) -> Card:
    info = DATASETS.get(config.dataset)
    what = info.title if info else Path(config.dataset).stem
    made = datetime.fromtimestamp(run.finished or run.heartbeat or time.time(), UTC)
    return Card(
        name=run.id,
        title=f"{family_class(config.family).title} on {what}",
        family=config.family,
        dataset=config.dataset,
        data=data,
        settings=config.settings,
        training=config.training,
        preset=config.preset,
        command=command_of(_with_an_end(config, step)),
        seed=run.seed,
        steps=step,
        images_seen=step * config.training.batch_size,
        seconds=round(seconds, 1),
        device=", ".join(part for part in (run.device, run.precision) if part) or "unknown",
        hardware=_hardware(run),
        versions={"python": platform.python_version(), "torch": torch.__version__, **run.versions},
        created=made.date().isoformat(),
    )


def _with_an_end(config: RunConfig, step: int) -> RunConfig:
    """The config with an end where an open-ended run was left; its rates never fell."""
    if config.training.steps is not None or config.training.minutes is not None:
        return config
    return config.model_copy(update={"training": config.training.changed(steps=step, cosine_tail=0.0)})


def _notes(run: Run, submitted: RunConfig, config: RunConfig, step: int) -> str:
    """Why the command alone would not make the same networks; empty if it does."""
    notes = []
    changed = [key for key, value in config.settings.items() if value != submitted.settings[key]]
    if changed:
        notes.append(f"Changed while it trained: {', '.join(changed)}; the settings are those at the end.")
    if config.start_like is not None:
        notes.append("A twin: its initial weights are those of the run it was compared with.")
    if run.parent is not None:
        notes.append(f"Branched from another run at step {run.parent[1]:,}.")
    if config.training.steps is not None and step != config.training.steps:
        notes.append(f"Taken at step {step:,} of {config.training.steps:,}.")
    return " ".join(notes)


def _hardware(run: Run) -> str:
    """The machine's processor and cores, or its GPU if the run trained there."""
    if run.host not in (None, host_name()):
        return "another machine"
    if run.device is not None and run.device.startswith("cuda") and torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"{_processor()}, {os.cpu_count()} cores"


def _processor() -> str:
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
