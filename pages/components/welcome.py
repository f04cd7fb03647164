"""The middle of the Train page before a run is started: something that already works."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import streamlit as st

from gan_core.data import DATASETS
from gan_core.settings import RunConfig, UserError
from pages.components import (
    actions,
    colours,
    field,
    frames,
    gallery,
    run_state,
    services,
    sheets,
    showcase,
    text,
)
from pages.components.pictures import data_url
from pages.components.shell import dot, ground
from pages.components.view import View, show_branch, show_run

if TYPE_CHECKING:
    from gan_core.runs.records import Run

SHOWN, COLUMNS = 16, 4
POINTS = 256


def show(view: View, config: RunConfig | None) -> None:
    """Draws what a new run starts from, beside what it is going to do."""
    pictures, words = st.columns([12, 11], gap="large")
    with pictures:
        _pictures(view, config)
    with words:
        _words(view, config)


def _pictures(view: View, config: RunConfig | None) -> None:
    if view.kind == "branch" and view.run is not None:
        return _snapshot(view.run, view.step, "Where the branch starts")
    if view.run is not None and config is not None and _starts_alike(view.run, config):
        return _snapshot(view.run, 0, "Step 0: the untrained generator")
    if config is None or _kind(config) == "points":
        return _data(config)
    if _kind(config) == "sequences":
        return _sequences(config)
    return _shipped(config)


def _starts_alike(run: Run, config: RunConfig) -> bool:
    """Whether a new run has the same untrained generator and the same noise as `run`."""
    same_seed = run.config.training.seed == config.training.seed
    same_data = (run.config.family, run.config.dataset) == (config.family, config.dataset)
    return same_seed and same_data and run.parent_id is None and 0 in frames.folder(run.id).snapshot_steps()


def _kind(config: RunConfig) -> str:
    from gan_core.families import FAMILIES

    info = DATASETS.get(config.dataset)
    return FAMILIES[config.family].data_kinds[0] if info is None else info.kind


def _snapshot(run: Run, step: int | None, title: str) -> None:
    steps = frames.folder(run.id).snapshot_steps()
    st.html(f'<div class="heading">{dot("fake")}<span class="fake">{title}</span></div>')
    if not steps:
        st.html('<p class="quiet">This run has no pictures yet.</p>')
        return
    nearest = min(steps, key=lambda other: abs(other - (steps[-1] if step is None else step)))
    from gan_core.images import png
    from gan_core.runs.timeline import read_conditions, read_real_examples

    try:
        _, arrays = frames.snapshot(run.id, nearest)
    except UserError as error:
        st.html(f'<p class="quiet">{text.escape(actions.sentence(str(error)))}</p>')
        return
    given, real = read_conditions(frames.folder(run.id)), read_real_examples(frames.folder(run.id))
    bare = {key: images for key, images in arrays.items() if not key.endswith("_score")}
    if "sketch" in arrays:
        shown = sheets.address(frames.spoken(run.id, bare))
    elif given is not None:
        shown = sheets.address(frames.threes(bare, given, real))
    elif "extent" in arrays or "columns" in arrays or arrays["fake"].ndim == 3:
        shown = data_url(png(frames.picture(arrays, ground())))
    else:
        shown = sheets.address(sheets.tiles(arrays["fake"][:SHOWN], None, COLUMNS))
    width: Literal["stretch"] | int = "stretch" if given is not None or "sketch" in arrays else 400
    st.image(shown, width=width, alt=f"{title}, step {nearest:,}")


def _shipped(config: RunConfig) -> None:
    """Samples of a finished run like this one."""
    info = DATASETS.get(config.dataset)
    data = (config.dataset, info.base) if info is not None and info.base else (config.dataset,)
    own = tuple(f"{config.family}-{each}" for each in data)
    name = gallery.shipped_name((*own, *reversed(gallery.SHIPPED)))
    if name is None:
        st.html(f'<p class="quiet">{text.escape(_blurb(config))}</p>')
        return
    try:
        found = showcase.of(name)
    except UserError as error:
        st.error(actions.sentence(str(error)))
        return
    if found is None:
        st.html(f'<p class="quiet">{text.escape(_blurb(config))}</p>')
        return
    showcase.show(found, 400)


def _blurb(config: RunConfig) -> str:
    info = DATASETS.get(config.dataset)
    return info.blurb if info else "Your own data."


@st.cache_data(show_spinner=False, max_entries=32)
def _real_points(
    dataset: str, drawing: tuple[tuple[float, float], ...] | None
) -> tuple[list[list[float]], float]:
    """Some real points (n, 2) of a data set, and half the side of the square to show."""
    services.wait_for_torch()
    import torch

    from gan_core.data import PointDataset, load_dataset

    data = load_dataset(dataset, drawing=drawing)
    if not isinstance(data, PointDataset):
        return [], 1.0
    return data.sample(POINTS, torch.Generator().manual_seed(0)).tolist(), data.extent


def _data(config: RunConfig | None) -> None:
    if config is None:
        st.html('<p class="quiet">The settings on the left do not fit together yet.</p>')
        return
    try:
        points, extent = _real_points(config.dataset, config.drawing)
    except UserError as error:
        st.error(actions.sentence(str(error)))
        return
    st.html(f'<div class="heading">{dot("real")}<span class="real">The real points</span> to imitate</div>')
    width, height = field.SIZE
    spec = field.field_chart([], points, [], extent, ground())
    st.echarts_chart(spec, key="preview", width=width, height=height, alt="Real points of the data set")


def _sequences(config: RunConfig) -> None:
    st.html(f'<div class="heading">{dot("real")}<span class="real">Real sequences</span> to imitate</div>')
    st.image(
        _real_sequences(config.dataset), width="stretch", alt="Real sequences of the data set, as curves"
    )


@st.cache_data(show_spinner=False, max_entries=4)
def _real_sequences(dataset: str) -> bytes:
    """Some real sequences of a data set as curves, PNG."""
    services.wait_for_torch()
    import torch

    from gan_core.curves import curve_tiles
    from gan_core.data import SequenceDataset, load_dataset
    from gan_core.images import png

    data = load_dataset(dataset)
    assert isinstance(data, SequenceDataset)
    sample = data.sample(SHOWN, torch.Generator().manual_seed(0))
    return png(curve_tiles(sample.numpy(), colours.rgb(colours.REAL), COLUMNS))


def _words(view: View, config: RunConfig | None) -> None:
    if view.kind == "branch" and view.run is not None:
        name = text.escape(view.run.name)
        st.subheader("Branch", anchor=False)
        st.html(
            f"<p>A new run continues <b>{name}</b> from step {view.step or 0:,} with the settings you change "
            "on the left. The run itself stays as it is, so you can compare the two.</p>"
        )
        _checkpoint_choice(view.run, view.step)
        return
    st.subheader("Watch it learn from nothing", anchor=False)
    st.html(
        '<ol class="plan"><li>Choose on the left what to learn, or leave it as it is.</li>'
        f"<li>Press <b>Play</b>: {_networks(config)} start with random weights and know nothing.</li>"
        "<li>Curves and pictures follow live. Pause, step, change the learning rates, scrub back.</li></ol>"
    )
    if config is not None:
        st.html(f'<p class="quiet">{text.escape(summary(config))}</p>')


def _networks(config: RunConfig | None) -> str:
    """The networks of a family in words, HTML."""
    from gan_core.families import FAMILIES

    if config is None or FAMILIES[config.family].can_score:
        return 'the <span class="fake">generator</span> and the <span class="disc">discriminator</span>'
    return "the encoder and the decoder" if FAMILIES[config.family].can_encode else "the networks"


def _checkpoint_choice(run: Run, step: int | None) -> None:
    steps = services.store().checkpoint_steps(run.id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Checkpoint",
            steps,
            index=steps.index(step) if step in steps else None,
            format_func=lambda step: f"step {step:,}",
            placeholder="none kept",
            key=f"checkpoint:{run.id}:{step}",
            help="Weights of both networks are kept at these steps.",
            width=200,
        )
        st.button(
            "Back to the run", icon=":material/arrow_back:", key="leave", on_click=partial(show_run, run.id)
        )
    if chosen is not None and chosen != step:
        show_branch(run.id, chosen)
        st.rerun()


def summary(config: RunConfig) -> str:
    """The run about to start, in one sentence."""
    from gan_core.families import FAMILIES

    training = config.training
    length = f"{training.steps:,} steps" if training.steps else "no end set"
    if training.minutes is not None:
        length = f"{text.short_number(training.minutes)} minutes"
    title, data = FAMILIES[config.family].title, run_state.dataset_title(config.dataset)
    return f"{title} on {data}, {length}, batches of {training.batch_size:,}, seed {training.seed:,}."
