"""Tab "Sweep the codes": a row of pictures per latent, in which one code runs and all else stays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import run_state, sources, text
from pages.components.codes import charts, measured, place, sheets, words
from pages.components.codes.place import Place
from pages.components.explore import place as address
from pages.components.pictures import Pixels, data_url

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.evaluation.traversals import CodeEffect
    from gan_core.latent_spec import LatentSpec
    from gan_core.weights import LoadedModel

_FPS = 6.0
_WIDEST = 20  # kinds in one table; a code of more has several
BEYOND = "Past −1 and 1 lies what training never drew: often the same change goes on, sometimes it breaks."


@dataclass(frozen=True)
class Sweep:
    """One code, swept on a few latents.

    Attributes:
        key: Tells sweeps apart.
        title: The code and what it changes most.
        labels: What stands above the columns.
        pictures: uint8 `(rows, stops, H, W, C)`.
        effect: What was measured on a continuous code.
    """

    key: str
    title: str
    labels: tuple[str, ...]
    pictures: Pixels
    effect: CodeEffect | None = None

    def sheet(self, columns: int = 0) -> Pixels:
        """The pictures in rows, RGBA, with room for that many columns at least."""
        room = [None] * (columns - len(self.labels))
        return sheets.sheet([[*row, *room] for row in self.pictures], self.labels)


def show(where: Place) -> None:
    """Controls left, a table for each code right, what it does beside it."""
    loaded = sources.model(*where.key)
    left, right = st.columns([2.2, 9.6], gap="medium")
    with left:
        _controls(where, loaded)
        saving = st.container()
    found, real = measured.effects(*where.key)
    sweeps = [*_of_kinds(where, loaded), *_of_numbers(where, loaded, found)]
    with right:
        for sweep in sweeps:
            _draw(sweep, max(len(other.labels) for other in sweeps), loaded, real)
        if where.reach > 1 and found:
            st.caption(BEYOND)
    with saving:
        _downloads(where, sweeps)


def _downloads(where: Place, sweeps: list[Sweep]) -> None:
    """The tables as one picture, and a film of each code; each is made when it is asked for."""
    with st.popover("Download", icon=":material/download:", width="stretch"):
        st.download_button(
            "All tables (PNG)", partial(_png, sweeps), f"codes-{where.source.name}.png", "image/png",
            on_click="ignore", key="codes_png", width="stretch", help="With their headings, on white.",
        )  # fmt: skip
        for sweep in sweeps:
            st.download_button(
                f"{sweep.title.partition(':')[0]} as film (GIF)", partial(_gif, sweep),
                f"{sweep.key}-{where.source.name}.gif", "image/gif", on_click="ignore",
                key=f"codes_gif:{sweep.key}", width="stretch",
                help="The rows side by side, the code running from one end to the other and back.",
            )  # fmt: skip


def _changed(name: str, key: str) -> None:
    """Puts the value of a control into the address."""
    value = st.session_state[key]
    address.go(**{name: f"{value:g}" if isinstance(value, float) else str(value)})


def _controls(where: Place, loaded: LoadedModel) -> None:
    latent, version = measured.latent_of(loaded), address.version()
    if latent.cont_codes:
        _range(where, version)
    key = f"codes_rows:{version}"
    st.slider(
        "Latents per code", 1, place.MOST_ROWS, where.rows, key=key, args=("rows", key), on_change=_changed,
        help="Each row starts from another z: a code that means something changes the same in every row.",
    )  # fmt: skip
    if latent.cont_codes and latent.cat_sizes:
        key, kinds = f"codes_kind:{version}", [place.MIXED, *range(latent.cat_sizes[0])]
        st.selectbox(
            "Kind, where numbers run", kinds, kinds.index(_kind(where, latent)), key=key,
            args=("kind", key), on_change=_changed,
            format_func=lambda kind: "Another in each row" if kind == place.MIXED else words.letter(kind),
            help="The value of the first categorical code in the rows in which a number is swept.",
        )  # fmt: skip
    key = f"codes_psi:{version}"
    st.slider(
        "Noise", 0.0, 1.0, where.explored.psi, 0.05, key=key, args=("psi", key), on_change=_changed,
        help="Strength of the noise beside the codes: at 0 only the codes are left to tell pictures apart.",
    )  # fmt: skip


def _range(where: Place, version: int) -> None:
    """How far and in how many steps a continuous code runs."""
    key = f"codes_range:{version}"
    st.segmented_control(
        "Range", place.REACHES, default=where.reach, required=True, key=key, args=("range", key),
        format_func=lambda reach: f"−{reach:g} … {reach:g}", on_change=_changed, width="stretch",
        help="How far the numbers are swept; training draws them from −1 to 1.",
    )  # fmt: skip
    key = f"codes_stops:{version}"
    st.slider(
        "Stops", place.FEWEST_STOPS, place.MOST_STOPS, where.stops, key=key, args=("stops", key),
        on_change=_changed, help="Pictures from one end to the other.",
    )  # fmt: skip


def _kind(where: Place, latent: LatentSpec) -> str | int:
    return place.MIXED if where.kind is None else min(where.kind, latent.cat_sizes[0] - 1)


def _latents(where: Place, latent: LatentSpec, *, numbers: bool) -> Tensor:
    """The latents that are swept `(rows, z_dim)`: noise as strong, and for numbers the kind, as asked for."""
    import torch

    from gan_core.latent.codes import evenly_coded, with_kind

    z = evenly_coded(latent, place.MOST_ROWS, torch.Generator().manual_seed(where.explored.seed))
    z = z[: where.rows]
    z[:, : latent.noise_dim] *= where.explored.psi
    kind = _kind(where, latent) if latent.cat_sizes else place.MIXED
    return with_kind(latent, z, 0, kind) if numbers and isinstance(kind, int) else z


def _of_kinds(where: Place, loaded: LoadedModel) -> list[Sweep]:
    from gan_core.latent.codes import sweep_kinds

    latent, sweeps = measured.latent_of(loaded), []
    for code, size in enumerate(latent.cat_sizes):
        known = measured.known_kinds(where.key, loaded, code)
        labels = [words.kind_label(kind, known, loaded.card.data.class_names) for kind in range(size)]
        z = sweep_kinds(latent, _latents(where, latent, numbers=False), code)
        for first in range(0, size, _WIDEST):
            part = slice(first, min(first + _WIDEST, size))
            title = words.code_name(code, len(latent.cat_sizes))
            if size > _WIDEST:
                title += f", {words.letter(first)} to {words.letter(part.stop - 1)}"
            key = f"kind{code + 1}-{first}"
            sweeps.append(Sweep(key, title, tuple(labels[part]), _pictures(loaded, z[:, part])))
    return sweeps


def _of_numbers(where: Place, loaded: LoadedModel, found: list[CodeEffect]) -> list[Sweep]:
    from gan_core.latent.codes import sweep_numbers

    latent, sweeps = measured.latent_of(loaded), []
    labels = tuple(f"{value:.2f}".rstrip("0").rstrip(".") for value in where.values)  # the font has no "−"
    for effect in found:
        z = sweep_numbers(latent, _latents(where, latent, numbers=True), effect.code, where.values)
        pictures = _pictures(loaded, z)
        sweeps.append(Sweep(f"code{effect.code + 1}", words.headline(effect), labels, pictures, effect))
    return sweeps


def _pictures(loaded: LoadedModel, z: Tensor) -> Pixels:
    """Pictures `(rows, stops, H, W, C)` of latents `(rows, stops, z_dim)`."""
    flat = sources.pixels(loaded, z.flatten(0, 1), 0)
    return flat.reshape(*z.shape[:2], *flat.shape[1:])


def _draw(sweep: Sweep, columns: int, loaded: LoadedModel, real: bool) -> None:
    from gan_core.images import png

    table, beside = st.columns([6.6, 3], gap="medium")
    with table:
        st.html(f'<div class="heading">{text.escape(sweep.title)}</div>')
        alt = f"{sweep.title}: {len(sweep.pictures)} rows of {len(sweep.labels)} pictures"
        st.image(data_url(png(sweep.sheet(columns))), width="stretch", alt=alt)
    with beside:
        if sweep.effect is None:
            st.html(f'<p class="quiet small">{text.escape(_about_kinds(sweep, loaded))}</p>')
        else:
            charts.show_effect(sweep.effect, key=f"codes_curve:{sweep.key}")
            st.html(f'<p class="quiet small">{text.escape(words.details(sweep.effect, real))}</p>')


def _about_kinds(sweep: Sweep, loaded: LoadedModel) -> str:
    said = "One column per kind; nobody told the networks what the kinds are."
    if any(": " in label for label in sweep.labels):
        title = run_state.dataset_title(loaded.card.dataset)
        said += f" Behind the letter: what it mostly collects among the test images of {title}."
    return said


def _png(sweeps: list[Sweep]) -> bytes:
    """All tables with their headings as PNG."""
    from gan_core.images import png

    return png(sheets.on_white([sweep.sheet() for sweep in sweeps], [sweep.title for sweep in sweeps]))


def _gif(sweep: Sweep) -> bytes:
    """The latents side by side while the code runs there and back."""
    from gan_core.images import gif

    stops = range(sweep.pictures.shape[1])
    frames = [
        sheets.on_white([sheets.sheet([list(sweep.pictures[:, stop])])], [sweep.labels[stop]])
        for stop in (*stops, *stops[-2:0:-1])
    ]
    return gif(frames, _FPS, hold_last_s=1 / _FPS)
