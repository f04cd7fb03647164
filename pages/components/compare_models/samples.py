"""Tab Samples: what each model draws from random codes."""

from __future__ import annotations

import streamlit as st

from pages.components import text
from pages.components.compare_models.place import Model, Place
from pages.components.pictures import Pixels, data_url

COLUMNS, SHOWN = 6, 36
WORDS = (
    "Every code here is drawn at random, each number from a normal distribution, and turned into a picture. "
    "A GAN and a VAE were trained so that such codes mean something. Nothing shaped the codes of an "
    "autoencoder: even with the mean and the spread that the codes of its training pictures have, number by "
    "number, most random codes fall into holes between them, and the pictures are no digits."
)


def show(where: Place) -> None:
    """One sheet for each model, of as many codes."""
    from gan_core.images import grid, png

    columns = st.columns(max(len(where.models), 3), gap="medium")  # fewer would be too tall for the screen
    for model, column in zip(where.models, columns, strict=False):
        with column:
            st.html(f'<div class="heading"><span class="fake">{text.escape(model.title)}</span></div>')
            sheet = grid(_drawn(model, where.seed), COLUMNS, gap=1, background=128)
            st.image(data_url(png(sheet)), width="stretch", alt=f"{SHOWN} samples of {model.title}")
    st.caption(WORDS)


def _drawn(model: Model, seed: int) -> Pixels:
    import torch

    from gan_core.asking import ask_any
    from gan_core.images import to_uint8

    family = model.loaded.family
    with torch.no_grad():
        return to_uint8(family.generate(*ask_any(family, SHOWN, torch.Generator().manual_seed(seed))))
