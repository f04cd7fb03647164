"""The page "Spot the fake" from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.data import DATASETS, dataset_status
from gan_core.percent import percent
from pages.components import actions, sources, text
from pages.components.colours import FAKE, muted
from pages.components.compare_models.rebuild import show_row
from pages.components.shell import ground
from pages.components.spot import detectors

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.evaluation.spotting import Spotting

REFRESH_S = 1.0
SHOWN = 10  # of each kind, before anything is trained
FIRST = "Can you tell them apart? Look first, then let networks try."
NOTHING = (
    "Two generators of the same images are needed: train some on the Train page and publish them, or fetch "
    "the folder `weights` of the project again."
)
HOW = (
    "Each row is a small network that learned to tell real images from the fakes of one generator. It is "
    "then shown pairs, a real image and a fake of each generator, none of which it has seen: the table says "
    "in how many it knows which is which. 50\u00a0% is guessing."
)


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    by_data = _generators()
    if not by_data:
        st.title("Spot the fake", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        return
    left, right = st.columns([3, 9], gap="large")
    with left:
        names = list(by_data)
        asked = link.get("data", "")
        dataset = st.selectbox(
            "Images", names, names.index(asked) if asked in names else 0, key="spot_data",
            format_func=lambda name: DATASETS[name].title,
            on_change=lambda: st.query_params.update(data=st.session_state["spot_data"]),
            help="Real images, and all shipped generators that learned them.",
        )  # fmt: skip
        seconds = 15 * len(by_data[dataset])
        tip = f"Trains {len(by_data[dataset])} small networks: about {seconds} seconds, once for everybody."
        wanted = st.button("Train the detectors", type="primary", icon=":material/search:", help=tip)
        st.html(f'<p class="quiet">{HOW}</p>')
    if wanted:
        st.session_state[f"spot:{dataset}"] = True
    with right:
        if not st.session_state.get(f"spot:{dataset}"):
            _line_up(dataset, _of_one_shape(by_data[dataset]))
            return
        _follow(dataset, _of_one_shape(by_data[dataset]))


def _generators() -> dict[str, list[str]]:
    """Names of shipped generators by the data set they learned, where that is here and there are two.

    Of several that are called alike the plain one: the others are its variants, and need no row of their own.
    """
    found: dict[str, dict[str, str]] = {}
    everything = sources.find()
    for source in sorted(everything, key=lambda source: len(source.name)):
        if not source.steps and source.dataset in DATASETS and dataset_status(source.dataset) == "ready":
            found.setdefault(source.dataset, {}).setdefault(_short(source.title), source.name)
    order = [source.name for source in everything]
    return {
        dataset: sorted(names.values(), key=order.index) for dataset, names in found.items() if len(names) > 1
    }


def _of_one_shape(names: list[str]) -> tuple[str, ...]:
    """Those that make images as large as the first one's."""
    shapes = {name: sources.model(name, None, 0).family.data.shape for name in names}
    return tuple(name for name in names if shapes[name] == shapes[names[0]])


def _line_up(dataset: str, names: tuple[str, ...]) -> None:
    """Real images, and some of each generator below: what the viewer can tell before a network tries."""
    from gan_core.evaluation.spotting import first_images

    st.html(f'<p class="lead">{text.escape(FIRST)}</p>')
    family = sources.model(names[0], None, 0).family
    show_row("Real", "", first_images(sources.test_split(dataset, family.data.shape[-1]), SHOWN), "real")
    for name in names:
        show_row(_called(name), "", _sampled(name), "fake")


def _follow(dataset: str, names: tuple[str, ...]) -> None:
    """Shows how far the training of the detectors is, then what they find."""
    training = detectors.of(names)
    if training.table is not None:
        _draw(training.table)
    elif training.problem is not None:
        st.error(actions.sentence(text.escape_markdown(training.problem)), icon=":material/error:")
        st.session_state.pop(f"spot:{dataset}", None)
        detectors.forget(names)
    else:
        st.fragment(_wait, run_every=REFRESH_S)(names)
        _line_up(dataset, names)


def _wait(names: tuple[str, ...]) -> None:
    training = detectors.of(names)
    if training.table is not None or training.problem is not None:
        st.rerun()
    done = round(training.share * len(names))
    st.progress(training.share, f"{done} of {len(names)} detectors are trained")


@st.cache_data(show_spinner=False, max_entries=32)
def _sampled(name: str) -> Tensor:
    """A few images of a generator, as they come."""
    from gan_core.evaluation.spotting import made_images

    return made_images(sources.model(name, None, 0).family, SHOWN)


def _called(name: str) -> str:
    return _short(sources.model(name, None, 0).card.title)


def _short(title: str) -> str:
    """The family in the title of a card."""
    return title.partition(" on ")[0].partition(" (")[0]


def _draw(table: Spotting) -> None:
    import plotly.graph_objects as go

    names = [_called(name) for name in table.names]
    shade = ground()
    figure = go.Figure(
        go.Heatmap(
            z=table.told_apart, x=names, y=names, zmin=0.5, zmax=1, xgap=3, ygap=3, showscale=False,
            text=[[percent(share) for share in row] for row in table.told_apart], texttemplate="%{text}",
            colorscale=[(share, muted(FAKE, shade, 0.04 + 0.81 * share)) for share in (0.0, 1.0)],
            hovertemplate="trained on %{y}, tells apart %{text} of the pairs with %{x}<extra></extra>",
        )
    )  # fmt: skip
    axis = {"type": "category", "showgrid": False, "fixedrange": True}
    figure.update_layout(
        height=90 + 64 * len(names), margin={"l": 8, "r": 8, "t": 8, "b": 8}, font={"size": 15},
        xaxis={**axis, "side": "top", "title": "pairs with fakes of"},
        yaxis={**axis, "autorange": "reversed", "title": "trained on the fakes of"},
    )  # fmt: skip
    st.plotly_chart(figure, key="spot_table", config={"displayModeBar": False})
    st.html(f'<p class="lead">{_reading(table)}</p>')


def _reading(table: Spotting) -> str:
    """What the table says, in a sentence or two."""
    told = f"Of its own generator's fakes a detector tells {percent(table.own)} of the pairs apart, "
    told += f"of those it never met {percent(table.others)}. "
    if table.own - table.others > 0.1:
        return told + "It has mostly learned the handwriting of one generator: strangers pass more easily."
    if table.own < 0.6:
        return told + "These fakes are hard to tell from real images for so small a network."
    return told + "What gives one generator away gives away the others too."
