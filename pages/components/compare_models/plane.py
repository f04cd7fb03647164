"""Tab A code of two numbers: the whole code space as a map, test pictures on it, and what beta does to it."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.runs.records import UnknownRunError
from gan_core.settings import RunConfig, UserError
from pages.components import actions, kept, run_state, services, sources, text
from pages.components.compare_models import figures
from pages.components.compare_models.place import Model, Place
from pages.components.explore import place as address
from pages.components.explore import tools
from pages.components.sources import Source

if TYPE_CHECKING:
    import torch

    from gan_core.data.progress import Progress

REACH = 3.0
SIDE = 13
MOST_POINTS = 1500
BETAS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_KIND, _TRAINED = "compare_kind", "compare_trained"
NONE_HERE = (
    "No model with a code of two numbers is here: train one on the Train page with the preset “Plane”, a few "
    "minutes on the small digits will do."
)
WORDS = (
    "Left, what the decoder draws at every point of the plane; right, where the encoder puts test pictures, "
    "each a dot in the colour of its class; random codes fall into the circle seven times of eight. In an "
    "autoencoder the dots lie as it happened, crowded here and thin there. A VAE spreads them like random "
    "codes. A larger beta presses harder: dots move to the middle and overlap, the map gets blurred. A "
    "smaller one lets them drift apart."
)


def show(where: Place) -> None:
    """Controls left; the map and the test pictures right."""
    known = [source for source in sources.find(_encodes) if _is_plane(source)]
    mine = [source for source in known if source.dataset == where.dataset] or known
    if not mine:
        st.info(NONE_HERE, icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/play_circle:")
        return
    left, middle, right = st.columns([1.05, 1.6, 1.75], gap="medium")
    with left:
        model, wanted = _choice(where, mine)
        if wanted is not None:
            st.html(f'<p class="quiet">{text.escape(_trained_with(model, wanted))}</p>')
        _facts(model)
        if wanted is not None:
            _train_button(model, wanted)
    card = model.loaded.card
    with middle:
        st.html('<div class="heading"><span class="fake">What is drawn at each code</span></div>')
        st.plotly_chart(_map(model), key="compare_map", config={"displayModeBar": False})
    with right:
        st.html('<div class="heading"><span class="real">Where test pictures lie</span></div>')
        try:
            figure = _scatter(model)
        except UserError as error:
            st.info(actions.sentence(text.escape_markdown(str(error))), icon=":material/info:")
        else:
            st.plotly_chart(figure, key="compare_scatter", config={"displayModeBar": False})
    if card.dataset != where.dataset:
        st.caption(
            f"Shown: {run_state.dataset_title(card.dataset)}, as there is no such model of these data."
        )
    st.caption(WORDS)


def _encodes(cls: Any) -> bool:
    return bool(cls.can_encode)


def _is_plane(source: Source) -> bool:
    try:
        latent = sources.model(*source.key).family.latent
    except UserError:
        return False  # a damaged file is like none here; chosen by name above, it says what is wrong
    return latent is not None and latent.z_dim == 2


def _choice(where: Place, known: Sequence[Source]) -> tuple[Model, float | None]:
    """The model that the controls choose, and the beta asked for; None: the family has none."""
    from gan_core.families import FAMILIES

    kinds = [name for name in FAMILIES if any(source.family == name for source in known)]
    usual = next((name for name in kinds if _has_beta(name)), kinds[0])
    asked = where.link.get("kind", "")
    kind = st.segmented_control(
        "Model", kinds, default=asked if asked in kinds else usual, required=True, key=_KIND,
        format_func=lambda name: FAMILIES[name].title.partition(" (")[0], label_visibility="collapsed",
        on_change=lambda: address.remember(kind=st.session_state[_KIND]),
    )  # fmt: skip
    here = [Model(source, sources.model(*source.key)) for source in known if source.family == kind]
    if not _has_beta(str(kind)):
        return here[0], None
    wanted = _beta(where)
    return min(here, key=lambda model: abs(_log(beta_of(model)) - _log(wanted))), wanted


def _trained_with(model: Model, wanted: float) -> str:
    near = beta_of(model)
    if near == wanted:
        return f"Trained with beta {near:g}."
    return f"No model with beta {wanted:g} is here yet: the nearest one is shown, trained with {near:g}."


def _has_beta(family: str) -> bool:
    from gan_core.families import FAMILIES

    return "beta" in FAMILIES[family].Settings.model_fields


def beta_of(model: Model) -> float:
    """The weight of the KL a model was trained with."""
    return float(str(model.loaded.card.settings["beta"]))


def _log(beta: float) -> float:
    return math.log(beta + 0.02)


def _beta(where: Place) -> float:
    key = f"compare_beta:{address.version()}"
    try:
        asked = float(where.link.get("beta", "1"))
    except ValueError:
        asked = 1.0
    usual = asked if asked in BETAS else 1.0
    return float(
        st.select_slider(
            "Beta: weight of the tidy code", BETAS, usual, key=key, format_func=lambda beta: f"{beta:g}",
            on_change=lambda: address.remember(beta=f"{st.session_state[key]:g}"),
            help="How much a tidy code counts against a faithful picture; 1 is the VAE of the paper.",
        )
    )  # fmt: skip


def _train_button(model: Model, beta: float) -> None:
    """Starts a run with another beta; it shows here as soon as it has a checkpoint."""
    st.button(
        f"Train another with beta {beta:g}", icon=":material/play_arrow:", key="compare_train",
        width="stretch", on_click=_train, args=(model.loaded.card.family, model.loaded.card.dataset, beta),
        help="A new run of a few minutes on this machine; it shows here as soon as it has learned a little.",
    )  # fmt: skip
    run_id = st.session_state.get(_TRAINED)
    if run_id is None:
        return
    try:
        run = services.store().get(run_id)
    except UnknownRunError:
        return
    st.html(
        f'<p class="quiet">{text.escape(run.name)}: {run_state.word(run).lower()}, step {run.step:,}.</p>'
    )
    st.page_link(
        "pages/train.py", label="Watch it", icon=":material/show_chart:", query_params={"run": run_id}
    )


def _train(family: str, dataset: str, beta: float) -> None:
    config = RunConfig(family=family, dataset=dataset, preset="plane", settings={"beta": beta})
    try:
        st.session_state[_TRAINED] = services.launcher().submit(config, actions.new_name(config))
    except UserError as error:
        tools.tell(str(error))
    address.go(beta=f"{beta:g}")


def _facts(model: Model) -> None:
    """What its card says it costs: the pictures, and the samples."""
    rows = [
        f"<tr><td>{text.escape(title)}</td><td>{text.escape(value)}</td></tr>"
        for title, value in (
            ("Rebuilt test pictures are off by", figures.reconstruction_of(model.loaded.card)),
            ("Fréchet distance of samples", figures.frechet_of(model.loaded.card)),
        )
        if value
    ]
    if rows:
        st.html(f'<table class="facts-table">{"".join(rows)}</table>')


def _map(model: Model) -> Any:
    """A plotly figure: the decoder's pictures on the plane, as a picture behind empty axes."""
    import plotly.graph_objects as go

    def draw(report: Progress) -> str:
        from gan_core.images import grid, png
        from gan_core.latent.rebuilding import plane_codes

        report("Drawing the plane", 0.0)
        images = sources.pixels(model.loaded, plane_codes(SIDE, REACH), 0)
        data = png(grid(images, SIDE, gap=2, scale=2, background=70))
        return f"data:image/png;base64,{base64.b64encode(data).decode()}"

    address_of_picture = kept.once(("plane", model.source.key), draw)
    cell = 2 * REACH / (SIDE - 1)  # the outermost cells are centred on the reach
    edge = REACH + cell / 2
    figure = go.Figure(go.Scatter(x=[], y=[]))
    figure.add_layout_image(
        source=address_of_picture, xref="x", yref="y", x=-edge, y=edge, sizex=2 * edge, sizey=2 * edge,
        sizing="stretch", layer="below",
    )  # fmt: skip
    return _square(figure, edge)


def _scatter(model: Model) -> Any:
    """A plotly figure: test pictures as dots at their codes, by class.

    Raises:
        UserError: The test images are not on this machine.
    """
    import plotly.graph_objects as go

    card = model.loaded.card
    test = sources.test_split(card.dataset, card.data.shape[-1])

    def encode(report: Progress) -> tuple[torch.Tensor, torch.Tensor | None]:
        from gan_core.evaluation.extractors import random_subset
        from gan_core.evaluation.rebuilding import codes

        z = codes(model.loaded.family, random_subset(test.images, MOST_POINTS), report)
        return z, None if test.labels is None else random_subset(test.labels, MOST_POINTS)

    z, y = kept.once(("plane codes", model.source.key), encode)
    names = test.class_names if y is not None else ("",)
    figure = go.Figure()
    for index, name in enumerate(names):
        mine = z if y is None else z[y == index]
        figure.add_scatter(
            x=mine[:, 0].tolist(), y=mine[:, 1].tolist(), mode="markers", name=name,
            marker={"size": 5, "color": CLASS_COLOURS[index % len(CLASS_COLOURS)]}, hoverinfo="name",
        )  # fmt: skip
    figure.add_shape(
        type="circle", x0=-2, y0=-2, x1=2, y1=2, line={"color": "#808490", "width": 1, "dash": "dot"}
    )
    _square(figure, REACH + REACH / (SIDE - 1))
    figure.update_layout(showlegend=y is not None, legend={"itemsizing": "constant", "x": 1.0, "y": 1.0})
    return figure


CLASS_COLOURS = (
    "#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#999999", "#DD8833", "#5566DD",
    "#885522",
)  # fmt: skip


def _square(figure: Any, edge: float) -> Any:
    """Both axes from -edge to edge, on the same scale, without grid."""
    axis = {
        "range": [-edge, edge], "showgrid": False, "zeroline": False, "fixedrange": True, "dtick": 1,
        "constrain": "domain",
    }  # fmt: skip
    figure.update_layout(
        height=390, margin={"l": 4, "r": 4, "t": 4, "b": 4}, plot_bgcolor="rgba(0,0,0,0)",
        xaxis={**axis, "title": "first number"},
        yaxis={**axis, "title": "second number", "scaleanchor": "x"},
    )  # fmt: skip
    return figure
