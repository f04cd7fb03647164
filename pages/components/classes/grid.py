"""Tab Grid: a class in each row, the same noise down each column."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components import text
from pages.components.classes import controls, draw, sheets
from pages.components.classes.kinds import Kinds
from pages.components.explore.place import Place
from pages.components.pictures import Pixels, data_url

_SHOWN = 10  # classes at first


def show(where: Place, kinds: Kinds) -> None:
    """Choices left, rows right."""
    left, right = st.columns([1, 3.2], gap="medium")
    with left:
        chosen = controls.several(
            kinds.plural.capitalize(), "rows", kinds.names, range(min(_SHOWN, len(kinds.names))),
            "One row for each.",
        )  # fmt: skip
        columns = controls.whole(
            "Pictures in a row", "columns", 2, 20, 16, "Each column has its own noise z."
        )
        place_for_download = st.container()
        st.caption(
            f"Down a column the noise z is the same and only the {kinds.noun} changes: what stays, such as "
            "slant and stroke, is what z means to the generator."
        )
    if not chosen:
        right.info(f"Choose at least one of the {kinds.plural}.", icon=":material/info:")
        return
    images = _images(where, chosen, columns)
    names = [kinds.names[kind] for kind in chosen]
    with right:
        st.html(_table(images, names, columns))
    place_for_download.download_button(
        "Grid (PNG)", partial(_png, images, names, columns), f"classes-{where.source.name}.png", "image/png",
        on_click="ignore", key="classes_grid_png", icon=":material/download:",
    )  # fmt: skip


def _images(where: Place, chosen: list[int], columns: int) -> Pixels:
    import torch

    z = draw.latents(where, where.seed, columns)
    rows = torch.tensor(chosen).repeat_interleave(columns)
    return draw.pictures(where, z.repeat(len(chosen), 1), rows)


def _table(images: Pixels, names: list[str], columns: int) -> str:
    """The rows as HTML: names in the page's own letters, each row one small picture."""
    from gan_core.images import grid, png

    lines = []
    for row, name in enumerate(names):
        strip = grid(images[row * columns : (row + 1) * columns], columns, gap=1, background=128)
        alt = text.escape(f"{columns} generated pictures: {name}")
        label = text.escape(name)
        lines.append(f'<b title="{label}">{label}</b><img src="{data_url(png(strip))}" alt="{alt}">')
    return f'<div class="class-rows" style="--columns:{columns}">{"".join(lines)}</div>'


def _png(images: Pixels, names: list[str], columns: int) -> bytes:
    from gan_core.images import png

    return png(sheets.rows(images, names, columns))
