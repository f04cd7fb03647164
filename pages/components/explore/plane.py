"""Tab Map: a plane through three latents as a grid of pictures; a click goes there."""

from __future__ import annotations

import streamlit as st

from pages.components import sources
from pages.components.explore import boards, place, stage, tools
from pages.components.explore.place import LARGEST_SEED, Place
from pages.components.pictures import data_url

SIDE = 13  # with the margin below, the three latents lie in the middle of cells
MARGIN = 0.25


def show(where: Place) -> None:
    """Three seeds left, the map right."""
    import torch

    from gan_core.images import grid, png
    from gan_core.latent.paths import latent_from_seed, plane

    loaded = place.loaded(where)
    left, right, _ = st.columns([1, 1.7, 0.5], gap="large")
    with left:
        seeds = [
            int(st.number_input(label, 0, LARGEST_SEED, (where.seed + step) % LARGEST_SEED, key=f"map{step}"))
            for step, label in enumerate(("Seed near the top left", "Seed to the right", "Seed below"))
        ]
        st.caption(
            "One plane through latent space. Every cell mixes the three seeds in other shares; a click, or "
            "the arrow keys and Enter, goes there."
        )
    corners = torch.cat([latent_from_seed(loaded.family, seed) for seed in seeds])
    cells = plane(corners[0], corners[1], corners[2], SIDE, MARGIN)
    images = sources.pixels(loaded, cells.flatten(0, 1), stage.class_of(where, loaded))
    with right, st.container(key="map_frame"):
        address = data_url(png(grid(images, SIDE, gap=0)))
        cell = boards.show_map(address, SIDE, key="latent_map")
    if cell is not None:
        tools.go_to(cells[cell])
        st.rerun()
