"""What is measured on a generator's codes: once for each checkpoint, for all viewers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import sources
from pages.components.sources import test_split

if TYPE_CHECKING:
    from gan_core.data import ImageDataset
    from gan_core.evaluation.kinds import Kinds
    from gan_core.evaluation.traversals import CodeEffect
    from gan_core.latent_spec import CodeReading, LatentSpec
    from gan_core.weights import LoadedModel

_GENERATED = 1000  # pictures that are read to measure the information


def latent_of(loaded: LoadedModel) -> LatentSpec:
    """The codes of a generator.

    Raises:
        UserError: It has none.
    """
    latent = loaded.family.latent
    if latent is None or not latent.has_codes or not loaded.family.can_read_codes:
        raise UserError(f"{loaded.card.title} has no codes; choose a generator that has")
    return latent


def test_images(loaded: LoadedModel) -> ImageDataset:
    """The test images of what a generator learned.

    Raises:
        UserError: They are not on this machine.
    """
    return test_split(loaded.card.dataset, loaded.card.data.shape[-1])


@st.cache_resource(show_spinner="Measuring what the codes do", max_entries=32)
def effects(name: str, step: int | None, rewinds: int) -> tuple[list[CodeEffect], bool]:
    """What each continuous code does, and whether in deviations of real images or else of generated ones.

    Args:
        name: Name of the weights, or a run's id.
        step: Of a run, the checkpoint.
        rewinds: The run's own count.

    Raises:
        UserError: The source cannot be loaded.
    """
    from gan_core.evaluation import traversals

    loaded = sources.model(name, step, rewinds)
    if not latent_of(loaded).cont_codes:
        return [], True
    try:
        deviations = traversals.trait_deviations(test_images(loaded).images)
    except UserError:
        deviations = None  # without the data the unit is the spread of the generator's own pictures
    found = traversals.code_effects(loaded.family, n=traversals.LATENTS, deviations=deviations)
    return found, deviations is not None


@st.cache_resource(show_spinner="Reading the test images", max_entries=16)
def readings(name: str, step: int | None, rewinds: int) -> CodeReading:
    """What the generator's Q reads out of all test images.

    Raises:
        UserError: They are not on this machine, or the source cannot be loaded.
    """
    from gan_core.data.progress import silent
    from gan_core.evaluation.kinds import read_images

    loaded = sources.model(name, step, rewinds)
    return read_images(loaded.family, test_images(loaded).images, silent)


def kinds(key: tuple[str, int | None, int], loaded: LoadedModel, code: int) -> Kinds:
    """The kinds of the test images, matched to their classes.

    Raises:
        UserError: The images are not on this machine, or carry no labels.
    """
    from gan_core.evaluation.kinds import kinds_of

    return kinds_of(loaded.family, readings(*key), test_images(loaded), code)


def known_kinds(key: tuple[str, int | None, int], loaded: LoadedModel, code: int) -> Kinds | None:
    """The kinds of the test images; None where nothing can tell them."""
    try:
        return kinds(key, loaded, code)
    except UserError:
        return None


@st.cache_resource(show_spinner="Measuring the information", max_entries=32)
def information(name: str, step: int | None, rewinds: int) -> float:
    """Information about the categorical codes in generated pictures, in nats.

    Raises:
        UserError: The source cannot be loaded.
    """
    import torch

    from gan_core.evaluation.kinds import information as measure

    loaded = sources.model(name, step, rewinds)
    z = loaded.family.sample_z(_GENERATED, torch.Generator().manual_seed(0))
    with torch.no_grad():
        return measure(loaded.family, z, loaded.family.read_codes(sources.drawn(loaded, z, 0)))
