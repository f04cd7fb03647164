"""Tab "Is it memorised?": the nearest training images of the picture above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import sources, text
from pages.components.explore import place, stage
from pages.components.explore.place import Place
from pages.components.pictures import Pixels, data_url, row_of

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.evaluation.extractors import Extractor
    from gan_core.evaluation.memory import Nearest

_NEIGHBOURS = 6
_UNSEEN = 300  # images of the test split that make the yardstick


@st.cache_resource(
    show_spinner="Reading the training images; the first time this takes a while", max_entries=2
)
def _compared(
    dataset: str, size: int
) -> tuple[Tensor, Tensor, list[tuple[str, Tensor, Tensor, Extractor | None]]]:
    """Training and unseen images `(N, C, H, W)` uint8, and per measure its name and their rows.

    Raises:
        UserError: The data set is not here.
    """
    from gan_core.data import ImageDataset, dataset_status, load_dataset
    from gan_core.data.catalogue import DATASETS
    from gan_core.data.progress import silent
    from gan_core.evaluation.extractors import (
        cached_features,
        classifier_extractor,
        in_batches,
        random_subset,
    )
    from gan_core.evaluation.judges import judge_for

    if dataset in DATASETS and dataset_status(dataset) != "ready":
        raise UserError(
            f"the training images of {DATASETS[dataset].title} are not on this machine; "
            "train on them once to fetch them"
        )
    train, test = (load_dataset(dataset, image_size=size, split=split) for split in ("train", "test"))
    if not isinstance(train, ImageDataset) or not isinstance(test, ImageDataset):
        raise UserError("only images can be compared; choose a generator of images")
    unseen = random_subset(test.images, _UNSEEN)
    measures: list[tuple[str, Tensor, Tensor, Extractor | None]] = [
        ("In pixels", train.images.flatten(1), unseen.flatten(1), None)
    ]
    judge = judge_for(dataset)
    if judge is not None:
        extractor = classifier_extractor(judge)
        rows = cached_features(extractor, train.images, silent)
        seen = in_batches(extractor.features, unseen, "", silent)
        measures.append(("In the classifier's features", rows, seen, extractor))
    return train.images, unseen, measures


def show(where: Place) -> None:
    """The neighbours in pixels and in features, each with its yardstick; looked for when asked for."""
    import torch

    loaded = place.loaded(where)
    st.caption(
        "A generator that learned by heart would draw training images again. The yardstick is how near real "
        "images it never saw come to the training images."
    )
    if not st.toggle("Compare the picture above with all training images", key="memory_on"):
        return
    train, _, measures = _compared(loaded.card.dataset, loaded.card.data.shape[-1])
    image = sources.pixels(loaded, st.session_state[stage.EDITED][None], stage.class_of(where, loaded))
    pixels = torch.from_numpy(image).permute(0, 3, 1, 2).contiguous()
    from gan_core.evaluation.memory import nearest

    for column, (name, rows, unseen, extractor) in zip(
        st.columns(len(measures), gap="large"), measures, strict=True
    ):
        with torch.no_grad():
            query = (pixels if extractor is None else extractor.features(pixels)).flatten(1)[0]
        found = nearest(rows, unseen, query, _NEIGHBOURS)
        with column:
            neighbours = train[list(found.indices)].permute(0, 2, 3, 1).numpy()
            _side(name, image, neighbours, found, _share_of_range(rows) if extractor is None else None)


def _share_of_range(rows: Tensor) -> float:
    """What turns a distance of grey levels into a root mean square difference in per cent of their range."""
    return 100 / (255 * float(rows.shape[1]) ** 0.5)


def _side(name: str, image: Pixels, neighbours: Pixels, found: Nearest, percent: float | None) -> None:
    """One measure: the picture, its neighbours, the numbers in words.

    Args:
        name: What is compared.
        image: The picture `(1, H, W, C)`.
        neighbours: Training images `(k, H, W, C)`.
        found: The numbers.
        percent: What a distance is multiplied by to become per cent; None: it has no unit.
    """
    import numpy as np

    from gan_core.images import png

    st.html(
        f'<div class="heading">{text.escape(name)}: <span class="fake">the picture</span>, then its nearest '
        '<span class="real">training images</span></div>'
    )
    picture = row_of(np.concatenate([image, neighbours]), side=56, gap=6)
    st.image(
        data_url(png(picture)), width="stretch", alt=f"The picture and its nearest training images, {name}"
    )

    def told(distance: float) -> str:
        return text.short_number(distance) if percent is None else f"{distance * percent:.1f}\u00a0%"

    st.markdown(
        f"**{found.verdict}** Distance {told(found.distances[0])}; an unseen real image typically comes to "
        f"{told(found.usual)}, one in twenty below {told(found.close)}."
    )
