"""Runs that need no training: checkpoints of tiny networks with random weights."""

from __future__ import annotations

from typing import Any

import torch

from gan_core.building import build_family, resolve_config
from gan_core.data.captions import ATTRIBUTES, TEXT
from gan_core.families import FAMILIES
from gan_core.phases import DataSpec
from gan_core.runs import checkpoints
from gan_core.runs.files import RunFolder
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig, TrainingSettings

_TINY = {"width": 4, "generator_width": 4, "stem_width": 0, "head_width": 0, "z_dim": 8}
CHECKPOINTS = (5, 10)


def small_run(
    store: RunStore,
    family: str,
    *,
    dataset: str = "digits",
    name: str = "mine",
    image_size: int | None = None,
    **settings: Any,
) -> str:
    """A run of sine waves, or of images of 16 x 16 pixels in ten classes, with checkpoints; returns its id.

    Args:
        store: Where it is kept.
        family: Name of a family of one generator or decoder.
        dataset: Name of the data set, or a path that need not exist.
        name: What the run is called.
        image_size: Asked of the data; needed for a user's own, which have no size of their own.
        settings: Changed settings of the family.
    """
    known = FAMILIES[family].Settings.model_fields
    tiny = {key: value for key, value in _TINY.items() if key in known}
    config = resolve_config(
        RunConfig(
            family=family,
            dataset=dataset,
            training=TrainingSettings(steps=10, image_size=image_size),
            settings=tiny | settings,
        )
    )
    spec = DataSpec("sequences", (30, 1)) if dataset == "sines" else DataSpec("images", (1, 16, 16), 10)
    run = store.create(config, name=name)
    for step in CHECKPOINTS:
        networks = build_family(config, spec)
        drawing = networks.modules()[networks.sampling_modules[-1]]
        for weight in drawing.parameters():
            weight.data += torch.randn(weight.shape, generator=torch.Generator().manual_seed(step))
        state = {
            "step": step, "seconds": 1.0, "ema": {}, "settings": config.settings,
            "training": config.training.model_dump(mode="json"),
            "modules": {part: network.state_dict() for part, network in networks.modules().items()},
        }  # fmt: skip
        checkpoints.save(RunFolder(store.folder(run)).checkpoint(step), state)
    return run


def small_talker(store: RunStore, *, name: str = "mine") -> str:
    """A run that draws sentences in scenes of 32 x 32 pixels, with a checkpoint at step 5; returns its id."""
    sizes = {"width": 4, "stage2_width": 8, "text_dims": 32, "word_dims": 8, "condition_dims": 8, "z_dim": 8}
    training = TrainingSettings(steps=10, image_size=32)
    config = resolve_config(
        RunConfig(family="stackgan", dataset="captioned-digits", training=training, settings=sizes)
    )
    run = store.create(config, name=name)
    networks = build_family(config, DataSpec("images", (3, 32, 32), text=TEXT, attributes=ATTRIBUTES))
    state = {
        "step": 5, "seconds": 1.0, "ema": {}, "settings": config.settings,
        "training": config.training.model_dump(mode="json"),
        "modules": {part: network.state_dict() for part, network in networks.modules().items()},
    }  # fmt: skip
    checkpoints.save(RunFolder(store.folder(run)).checkpoint(5), state)
    return run
