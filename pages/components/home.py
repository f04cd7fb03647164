"""The parts of the Home page."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, diagram, gallery, run_state, services, shell, text
from pages.components.pictures import data_url, row_of

DIGITS = 10
CARDS = 3  # side by side
LARGEST_SEED = 999_999

NO_WEIGHTS = (
    "The shipped weights are not here, so there is nothing to show yet: train a GAN on the next page, "
    "or fetch the folder `weights` of the project again."
)

FOUR_SENTENCES = (
    "A GAN is a game of two neural networks. "
    'The <span class="fake">generator</span> turns random noise into fakes. '
    'The <span class="disc">discriminator</span> sees fakes and <span class="real">real examples</span>, '
    "mixed, and says how real each one looks, from 0 to 1. "
    'Both learn from every answer, along its <span class="grad">gradient</span>: one to tell real from fake, '
    "the other to be taken for real, until the fakes are good."
)


def seed_in_url() -> int:
    """The seed of the digits, from the link; 0 if there is none or it is no seed."""
    given = st.query_params.get("seed", "0")
    return min(int(given), LARGEST_SEED) if given.isascii() and given.isdigit() else 0


def _draw_others() -> None:
    st.query_params["seed"] = str(secrets.randbelow(LARGEST_SEED + 1))


def hero() -> st.delta_generator.DeltaGenerator | None:
    """Words and buttons about ten generated digits.

    Returns:
        The place of the digits, filled when the rest of the page is drawn; None if there are no weights.
    """
    st.title("Watch a GAN learn", anchor=False)
    name = gallery.shipped_name()
    if name is None:
        st.html('<p class="lead">Two neural networks, one game, live in your browser.</p>')
        st.info(NO_WEIGHTS, icon=":material/info:")
        st.page_link("pages/train.py", label="Train a GAN", icon=":material/play_circle:")
        return None
    st.html(
        '<p class="lead">Nobody wrote these digits: a <span class="fake">generator</span> made them from '
        "random noise, after seeing real handwriting.</p>"
    )
    with st.container(key="digits"):
        place = st.empty()
        place.html('<div class="tile-row"></div>')
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Train one yourself", icon=":material/play_arrow:", type="primary", key="go_train"):
            st.switch_page("pages/train.py")
        tip = "Draws other noise; a click on the digits does the same."
        st.button("Ten others", icon=":material/casino:", on_click=_draw_others, key="others", help=tip)
        st.html(f'<span class="quiet">{text.title(name)}, noise from seed {seed_in_url():,}</span>')
    return place


def fill_digits(place: st.delta_generator.DeltaGenerator) -> None:
    """Draws the digits in their place; a click on them draws others."""
    name, seed = gallery.shipped_name(), seed_in_url()
    if name is None:
        return
    try:
        picture = _digits(name, seed)  # before the container below takes the grey tiles' place
    except UserError as error:
        place.error(actions.sentence(str(error)), icon=":material/error:")
        return
    with place.container():
        st.image(picture, width="stretch", alt=f"{DIGITS} generated digits, seed {seed}")
        st.button("Draw ten other digits", on_click=_draw_others, key="digits_click")


@st.cache_data(show_spinner=False, max_entries=64)
def _digits(name: str, seed: int) -> str:
    """Ten generated digits in a row: a PNG as an address that holds it."""
    from gan_core.images import png

    return data_url(png(row_of(gallery.samples(name, seed, DIGITS))))


def explanation() -> None:
    """What a GAN is: one drawing and four sentences."""
    drawing, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with drawing:
        diagram.show()
    with words:
        st.subheader("What is a GAN?", anchor=False)
        st.html(f'<p class="lead">{FOUR_SENTENCES}</p>')


def pages_and_runs() -> None:
    """The runs that are alive, and what each page is for."""
    st.subheader("Runs now", anchor=False)
    _living_runs()
    st.subheader("What you can do here", anchor=False)
    for section, pages in shell.sections().items():
        if section:
            st.html(f'<p class="section">{text.escape(section)}</p>')
        _cards([page for page in pages if page is not shell.PAGES[0]])


def _cards(pages: Sequence[shell.PageInfo]) -> None:
    """A card for each page, as many in a row as fit."""
    for start in range(0, len(pages), CARDS):
        row = pages[start : start + CARDS]
        for column, page in zip(st.columns(CARDS), row, strict=False):
            with column.container(border=True, height="stretch"):
                st.page_link(page.path, label=f"**{page.title}**", icon=page.icon)
                st.html(f'<p class="quiet" style="margin:0">{text.escape(page.purpose)}</p>')


@st.fragment(run_every=2.0)
def _living_runs() -> None:
    services.launcher()  # runs that were left queued go on, those whose worker is gone are found
    alive = [run for run in services.store().runs() if run_state.is_alive(run)]
    if not alive:
        st.html('<p class="quiet">No run is training at the moment.</p>')
    for run in alive[:8]:
        with st.container(horizontal=True, vertical_alignment="center"):
            label = text.escape_markdown(run.name)
            st.page_link(
                "pages/train.py", label=label, icon=":material/monitoring:", query_params={"run": run.id}
            )
            st.html(run_state.pill(run) + f' <span class="quiet">step {text.step_counter(run.step)}</span>')


def at_hand() -> None:
    """The device and the data sets of this machine."""
    from gan_core.data import DATASETS, dataset_status

    st.subheader("At hand on this machine", anchor=False)
    ready, missing = [], []
    for info in DATASETS.values():
        if dataset_status(info.name) == "ready":
            ready.append(f'<li title="{text.escape(info.blurb)}">{text.escape(info.title)}</li>')
        else:
            size = f" ({info.needed_mb:,.0f} MB)" if info.needed_mb else ""
            missing.append(f'<li title="{text.escape(info.blurb)}">{text.escape(info.title)}{size}</li>')
    none = '<li class="none">none</li>'
    st.html(
        f'<div class="shelf"><b>Device</b><span>{text.escape(_device())}</span>'
        f"<b>Data, ready</b><ul>{''.join(ready) or none}</ul>"
        f"<b>Data to download</b><ul>{''.join(missing) or none}</ul></div>"
    )


@st.cache_data(show_spinner=False)
def _device() -> str:
    """Where networks run here, in words."""
    services.wait_for_torch()
    import torch

    from gan_core.trainer import resolve_device

    kind = resolve_device("auto").type
    if kind == "cuda":
        return f"GPU: {torch.cuda.get_device_name()}"
    cores = os.cpu_count() or 1
    if kind == "mps":
        return f"Apple GPU, {cores} CPU cores"
    return f"CPU, {cores} core{'s' if cores > 1 else ''}; no GPU is needed"
