"""Five modes and ten modes: where the points of each mode go, and where they come back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.percent import percent
from pages.components.charts import rounded
from pages.components.colours import NEUTRAL, REAL, muted
from pages.components.shell import ground
from pages.components.translate import place
from pages.components.translate.place import Place

if TYPE_CHECKING:
    from gan_core.data import PointDataset
    from gan_core.family import Family
    from gan_core.metrics import ModeMatch
    from gan_core.weights import LoadedModel

POINTS, SHOWN = 2_500, 50  # measured in all, drawn of each mode
SIDE = 250  # pixels of a chart
COLOURS = (
    "#1F77B4", "#FF7F0E", "#2CA02C", "#D62728", "#9467BD",
    "#8C564B", "#E377C2", "#BCBD22", "#17BECF", "#5F6B7A",
)  # fmt: skip
DIRECTIONS = {"ab": "5 modes \u2192 10 modes", "ba": "10 modes \u2192 5 modes"}
HOW = {
    "ab": "Each point keeps the colour of the mode it started in; rings mark where modes should be. "
    "Without loops, points of several modes may land in one ring, and nothing tells them apart on the way "
    "back. The loops ask for a way back, so each mode needs rings of its own.",
    "ba": "Each point keeps the colour of the mode it started in; rings mark where modes should be. "
    "Ten modes do not fit into five rings one by one, so some share a ring. The loops ask that they share it "
    "without mixing: then each finds its way back.",
}


def show(where: Place, loaded: LoadedModel, link: Mapping[str, str]) -> None:
    """Draws start, translation and end of the loop side by side, and who lands where as a table.

    Args:
        where: The network.
        loaded: Its weights.
        link: Parameters of the page's address.
    """
    from gan_core.data import load_dataset
    from gan_core.data.datasets import PointDataset
    from gan_core.settings import UserError

    data = load_dataset(loaded.card.dataset)
    if not isinstance(data, PointDataset) or data.other is None:
        raise UserError(
            f"data set '{loaded.card.dataset}' has no two domains of points; take a network trained on modes"
        )
    key, asked = f"domains_points:{place.version()}", link.get("direction", "")
    direction = str(
        st.segmented_control(
            "Direction", list(DIRECTIONS), default=asked if asked in DIRECTIONS else "ab", required=True,
            key=key, format_func=DIRECTIONS.__getitem__, label_visibility="collapsed",
            on_change=lambda: place.go(direction=st.session_state[key]),
            help="Which modes the points start in.",
        )
    )  # fmt: skip
    start, target = (data.other, data) if direction == "ab" else (data, data.other)
    points, mode, made, end = looped(loaded.family, start, direction)
    titles = ("Start", "Translated", "And back")
    targets = (start, target, start)
    for column, title, at, ringed in zip(st.columns(3), titles, (points, made, end), targets, strict=True):
        with column:
            st.html(f'<div class="heading">{title}</div>')
            drawn = [at[mode == k][:SHOWN].tolist() for k in range(int(mode.max()) + 1)]
            spec = chart(drawn, _centres(ringed), ringed.extent)
            st.echarts_chart(spec, key=f"domains_{title}", height=SIDE, width=SIDE, alt=f"{title}: points")
    from gan_core.metrics import match_modes

    assert target.std is not None
    match = match_modes(made, mode, target.kernels, target.std)
    st.markdown(sentence(match))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.html('<div class="heading">Share of each mode\'s points that lands in each ring</div>')
        st.plotly_chart(_table(match), key="domains_table", config={"displayModeBar": False})
    with right:
        st.html(f'<p class="quiet">{HOW[direction]}</p>')


def looped(family: Family, start: PointDataset, direction: str) -> tuple[Any, Any, Any, Any]:
    """Points `(n, 2)`, their modes `(n,)`, what they become `(n, 2)`, and that on the way back `(n, 2)`."""
    import torch

    from gan_core.translating import noise

    rng = torch.Generator().manual_seed(0)
    mode = torch.arange(len(start.kernels)).repeat_interleave(POINTS // len(start.kernels))
    points = start.kernels[mode] + start.kernel_std * torch.randn(len(mode), 2, generator=rng)
    with torch.no_grad():
        if direction == "ab":
            made = family.translate(points, noise(family, len(points), rng))
            return points, mode, made, family.translate_back(made).x_condition
        back = family.translate_back(points)
        return points, mode, back.x_condition, family.translate(back.x_condition, back.z)


def sentence(match: ModeMatch) -> str:
    """What the table says."""
    sources, targets = match.shares.shape
    shared = (
        "no two modes share a ring"
        if match.collapsed == 0
        else f"{match.collapsed} {'ring is' if match.collapsed == 1 else 'rings are'} shared by several modes"
    )
    return (
        f"**{match.covered} of {targets}** rings are reached, and {shared}: **{match.own} of {sources}** "
        f"modes have rings of their own. {percent(match.sharp)} of the points lie in a ring."
    )


def _centres(dataset: PointDataset) -> list[list[float]]:
    return [[rounded(x), rounded(y)] for x, y in dataset.kernels.tolist()]


def chart(
    points: Sequence[Sequence[Sequence[float]]], rings: Sequence[Sequence[float]], extent: float
) -> Any:
    """Points of each mode in a colour of its own, and rings around the modes of a domain.

    Args:
        points: For each mode its points (n, 2).
        rings: Centres (m, 2).
        extent: Half the side of the square shown.
    """
    axis = {
        "type": "value", "min": -extent, "max": extent, "splitLine": {"show": False}, "splitNumber": 3,
        "axisLabel": {"showMinLabel": False, "showMaxLabel": False},
    }  # fmt: skip
    ring = {
        "id": "rings", "type": "scatter", "data": list(rings), "symbolSize": 26, "silent": True,
        "itemStyle": {"color": "rgba(0,0,0,0)", "borderColor": NEUTRAL, "borderWidth": 1.5},
    }  # fmt: skip
    dots = [
        {
            "id": f"mode{k}", "type": "scatter", "symbolSize": 5, "silent": True,
            "itemStyle": {"color": colour},
            "data": [[rounded(x), rounded(y)] for x, y in cloud],
        }
        for k, (cloud, colour) in enumerate(zip(points, COLOURS, strict=False))
    ]  # fmt: skip
    return {
        "animation": False, "tooltip": {"show": False}, "xAxis": axis, "yAxis": axis,
        "grid": {"left": 30, "top": 6, "right": 6, "bottom": 22}, "series": [ring, *dots],
    }  # fmt: skip


def _table(match: ModeMatch) -> Any:
    """Shares as a plotly figure: a row for each mode, a column for each ring."""
    import plotly.graph_objects as go

    rows, columns = match.shares.shape
    shown = [[percent(share) if share >= 0.005 else "" for share in row] for row in match.shares.tolist()]
    figure = go.Figure(
        go.Heatmap(
            z=match.shares, text=shown, texttemplate="%{text}", showscale=False, zmin=0, zmax=1, xgap=2,
            ygap=2,
            x=[f"ring {k + 1}" for k in range(columns)], y=[f"mode {k + 1}" for k in range(rows)],
            colorscale=[(share, muted(REAL, ground(), 0.04 + 0.81 * share)) for share in (0.0, 1.0)],
            hovertemplate="%{text} of the points of %{y} land in %{x}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(height=60 + 26 * rows, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    figure.update_yaxes(autorange="reversed")
    return figure
