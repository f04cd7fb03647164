"""Tabs Walk and Arithmetic: from one latent to another, and sums of latents."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources
from pages.components.explore import place, stage, tools
from pages.components.explore.place import LARGEST_SEED, Place
from pages.components.pictures import Pixels, data_url, row_of

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.latent.paths import PathKind

_FPS = 12.0
_MOST_SEEDS = 9


def walk(where: Place) -> None:
    """From the picture above to another seed, along the arc and along the line."""
    import torch

    from gan_core.latent.paths import latent_from_seed
    from gan_core.latent.paths import walk as stops_between

    loaded = place.loaded(where)
    start: Tensor = st.session_state[stage.EDITED]
    ends, stops, looped = st.columns([2, 3, 2], vertical_alignment="bottom")
    seed = ends.number_input(
        "To seed", 0, LARGEST_SEED, (where.seed + 1) % (LARGEST_SEED + 1), key=f"walk_to:{where.seed}",
        help="The walk starts at the picture above and ends at this seed's.",
    )  # fmt: skip
    n = stops.slider("Stops", 2, 24, 9, key="walk_n", help="Pictures on the way, both ends included.")
    loop = looped.toggle("Loop", key="walk_loop", help="The downloads walk back as well.")
    end = latent_from_seed(loaded.family, int(seed))[0]
    arc, line = stops_between(start, end, n, "slerp"), stops_between(start, end, n, "lerp")
    images = sources.pixels(loaded, torch.cat([arc, line]), stage.class_of(where, loaded))
    on_way: dict[PathKind, Pixels] = {"slerp": images[:n], "lerp": images[n:]}
    for kind, words in (("slerp", "Along the arc (slerp)"), ("lerp", "Along the straight line (lerp)")):
        st.html(f'<div class="heading">{words}</div>')
        st.image(_row(on_way[kind]), width=min(1200, 130 * n), alt=words)
    st.caption(_why(end.numel() ** 0.5, float(arc[n // 2].norm()), float(line[n // 2].norm())))
    with st.container(horizontal=True):
        for kind, there in on_way.items():
            film = there_and_back(there) if loop else there
            name = f"walk-{kind}-{where.source.name}"
            st.download_button(
                f"{kind} as strip (PNG)", partial(strip_png, film), f"{name}.png", "image/png",
                on_click="ignore", key=f"walk_png:{kind}",
            )  # fmt: skip
            st.download_button(
                f"{kind} as film (GIF)", partial(film_gif, film), f"{name}.gif", "image/gif",
                on_click="ignore", key=f"walk_gif:{kind}",
            )  # fmt: skip


def _why(usual: float, on_arc: float, on_line: float) -> str:
    """Why the two paths differ, in one sentence: lengths of a usual z and of the two halfway ones."""
    return (
        f"Nearly all random z are about as long as each other (near {usual:.1f} for normal noise), and "
        f"only there has the generator learned to draw: the arc keeps that length (halfway {on_arc:.1f}), "
        f"the line cuts through the inside (halfway {on_line:.1f}), where pictures are closer to the average."
    )


def _row(images: Pixels) -> str:
    """Pictures `(N, H, W, C)` side by side as the address of a PNG."""
    from gan_core.images import png

    return data_url(png(row_of(images, side=56, gap=6)))


def there_and_back(images: Pixels) -> Pixels:
    """Pictures `(2 N - 2, H, W, C)` from `(N, H, W, C)`: those of a loop, without either end twice."""
    return np.concatenate([images, images[-2:0:-1]])


def strip_png(images: Pixels) -> bytes:
    """Pictures `(N, H, W, C)` side by side as PNG."""
    from gan_core.images import grid, png

    return png(grid(images, len(images), scale=4, gap=4, background=255))


def film_gif(images: Pixels) -> bytes:
    """Pictures `(N, H, W, C)` one after the other as an endless GIF."""
    from gan_core.images import gif

    return gif(list(images.repeat(8, axis=1).repeat(8, axis=2)), _FPS, hold_last_s=1 / _FPS)


def read_seeds(text: str) -> list[int]:
    """Seeds from "1, 2, 3".

    Raises:
        UserError: It is not that, or holds too many.
    """
    parts = re.split(r"[,\s]+", text.strip())
    if not all(part.isascii() and part.isdigit() and len(part) <= 6 for part in parts):
        raise UserError(f"seeds are whole numbers from 0 to {LARGEST_SEED:,} with commas between them")
    if len(parts) > _MOST_SEEDS:
        raise UserError(f"an average is taken of 1 to {_MOST_SEEDS} seeds, got {len(parts)}")
    return [int(part) for part in parts]


def arithmetic(where: Place) -> None:
    """A - B + C with the average of several latents for each."""
    import torch

    from gan_core.latent.paths import arithmetic as combine
    from gan_core.latent.paths import latent_from_seed

    loaded = place.loaded(where)
    y, terms = stage.class_of(where, loaded), []
    columns = st.columns([3, 3, 3, 2], gap="medium")
    starts = (("A", "1, 2, 3"), ("− B", "4, 5, 6"), ("+ C", "7, 8, 9"))
    for column, (name, first) in zip(columns[:3], starts, strict=True):
        with column:
            written = st.text_input(
                f"{name}: average of seeds", first, key=f"sum_{name[-1]}",
                help="Three similar pictures say more clearly than one what they share.",
            )  # fmt: skip
            try:
                seeds = read_seeds(written)
            except UserError as error:
                st.error(actions.sentence(str(error)), icon=":material/error:")
                continue
            z = torch.cat([latent_from_seed(loaded.family, seed) for seed in seeds])
            terms.append(z)
            st.image(_row(sources.pixels(loaded, z, y)), width="stretch", alt=f"Pictures of {name[-1]}")
    if len(terms) < 3:
        return
    result = combine(terms[0], terms[1], terms[2])
    with columns[3], st.container(key="sum_result"):
        st.html('<div class="heading"><span class="fake">A − B + C</span></div>')
        st.image(
            _row(sources.pixels(loaded, result[None], y)), width="stretch", alt="Picture of A minus B plus C"
        )
        st.button("Continue from here", on_click=tools.go_to, args=(result,), key="sum_go")
