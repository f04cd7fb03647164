"""Charts of the Sequences page: what is written, what is remembered, what D says, and many samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.components import sheets, sources
from pages.components.charts import rounded
from pages.components.colours import DISCRIMINATOR, FAKE, GRADIENT, NEUTRAL, REAL, muted, rgb
from pages.components.pictures import data_url
from pages.components.shell import dot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gan_core.weights import LoadedModel

SAMPLES, COLUMNS = 12, 3
_MARGIN = {"left": 44, "right": 12}  # the same in every chart: steps lie above each other


def show_curves(example: NDArray[Any], other: NDArray[Any], change: int) -> None:
    """Draws a sequence `(T, C)` and the one with other noise from a step on."""
    steps = len(example)
    series = [
        _line("the sequence", example[:, 0], FAKE, "solid"),
        _line("with other noise", other[:, 0], GRADIENT, "dashed"),
    ]
    if 0 < change < steps:
        series[0]["markLine"] = {
            "silent": True, "symbol": "none", "animation": False, "lineStyle": {"color": NEUTRAL},
            "data": [{"xAxis": change}], "label": {"formatter": "other noise", "color": NEUTRAL},
        }  # fmt: skip
    spec = _frame(steps, -1, 1) | {
        "legend": {"show": True, "top": 0, "left": 0, "icon": "rect", "itemWidth": 16, "itemHeight": 3},
        "grid": {**_MARGIN, "top": 34, "bottom": 22}, "series": series,
    }  # fmt: skip
    st.echarts_chart(spec, key="written", height=210, alt="The generated sequence, step by step")


def show_rows(example: NDArray[Any], other: NDArray[Any], change: int) -> None:
    """Draws an image `(C, H, W)` written row by row, and the one with other noise from a row on."""
    import torch

    from gan_core.images import to_uint8

    st.html(
        f'<div class="heading">{dot("fake")}<span class="fake">Written from the top</span>; beside it with '
        f"other noise from row {change} on</div>"
    )
    pictures = to_uint8(torch.from_numpy(example)[None]), to_uint8(torch.from_numpy(other)[None])
    for column, picture in zip(st.columns(2), pictures, strict=True):
        column.image(
            sheets.address(sheets.tiles(picture, None, 1)), width=210, alt="An image written row by row"
        )


def show_memory(memory: NDArray[Any], ground: str) -> None:
    """Draws what is remembered `(T, width)` as a heat map, steps along the same axis as the curves."""
    import plotly.graph_objects as go

    colours = [(0.0, FAKE), (0.5, muted(NEUTRAL, ground, 0.12)), (1.0, REAL)]
    figure = go.Figure(
        go.Heatmap(
            z=memory.T, x=list(range(1, len(memory) + 1)), zmin=-1, zmax=1, colorscale=colours,
            showscale=False, hovertemplate="number %{y} after step %{x}: %{z:.2f}<extra></extra>",
        )
    )  # fmt: skip
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True}
    figure.update_layout(
        height=170, margin={"l": _MARGIN["left"], "r": _MARGIN["right"], "t": 4, "b": 22},
        xaxis={**axis, "range": [0, len(memory) + 1]}, yaxis={**axis, "showticklabels": False},
    )  # fmt: skip
    st.plotly_chart(figure, key="memory", config={"displayModeBar": False})


def show_answers(answers: NDArray[Any]) -> None:
    """Draws D's answer after each step `(T,)`."""
    line = _line("D's answer", answers, DISCRIMINATOR, "solid")
    line["markLine"] = {
        "silent": True, "symbol": "none", "animation": False, "data": [{"yAxis": 0.5}],
        "lineStyle": {"color": NEUTRAL, "type": "dashed"}, "label": {"show": False},
    }  # fmt: skip
    spec = _frame(len(answers), 0, 1) | {"grid": {**_MARGIN, "top": 8, "bottom": 22}, "series": [line]}
    st.echarts_chart(spec, key="answers", height=110, alt="D's answer after each step")


def show_samples(key: tuple[str, int | None, int], seed: int, loaded: LoadedModel) -> None:
    """Draws other samples; of sequences, real ones below and how often each number of cycles occurs."""
    st.html(f'<div class="heading">{dot("fake")}<span class="fake">Others it makes</span></div>')
    if loaded.family.data.kind == "images":
        st.image(_images(key, seed), width="stretch", alt="Generated images")
        return
    st.image(_tiles(key, seed), width="stretch", alt="Generated sequences")
    st.html(
        f'<div class="heading">Cycles: {dot("fake")}<span class="fake">generated</span> &ensp;'
        f'{dot("real")}<span class="real">real</span></div>'
    )
    centres, fake, real = _cycles(key, loaded.card.dataset)
    spec = {
        "animation": False, "tooltip": {"trigger": "axis", "confine": True},
        "grid": {"left": 40, "right": 8, "top": 8, "bottom": 22},
        "xAxis": {"type": "category", "data": centres, "axisTick": {"show": False}},
        "yAxis": {"type": "value", "splitNumber": 2, "axisLabel": {"formatter": "{value} %"}},
        "series": [
            {"id": "fake", "name": "generated", "type": "bar", "data": fake, "itemStyle": {"color": FAKE}},
            {"id": "real", "name": "real", "type": "bar", "data": real, "itemStyle": {"color": REAL}},
        ],
    }  # fmt: skip
    st.echarts_chart(spec, key="cycles", height=150, alt="How often each number of cycles occurs")


@st.cache_data(show_spinner=False, max_entries=64)
def _tiles(key: tuple[str, int | None, int], seed: int) -> str:
    from gan_core.curves import curve_tiles
    from gan_core.images import png

    return data_url(png(curve_tiles(_samples(key, seed, SAMPLES), rgb(FAKE), COLUMNS)))


@st.cache_data(show_spinner=False, max_entries=64)
def _images(key: tuple[str, int | None, int], seed: int) -> str:
    import torch

    from gan_core.images import to_uint8

    pictures = to_uint8(torch.from_numpy(_samples(key, seed, SAMPLES)))
    return sheets.address(sheets.tiles(pictures, None, columns=4))


def _samples(key: tuple[str, int | None, int], seed: int, n: int) -> NDArray[Any]:
    """Examples after the one of the seed itself, `(n, ...)`."""
    import torch

    family = sources.model(*key).family
    with torch.no_grad():
        z = family.sample_z(n, torch.Generator().manual_seed(seed + 1))
        examples: NDArray[Any] = family.generate(z).numpy()
    return examples


@st.cache_data(show_spinner="Counting cycles", max_entries=16)
def _cycles(key: tuple[str, int | None, int], dataset: str) -> tuple[list[str], list[float], list[float]]:
    """Cycles in words, and how many per cent of generated and of real sequences have them."""
    import torch

    from gan_core.data import SequenceDataset, load_dataset
    from gan_core.evaluation.sequences import cycle_names, cycle_shares

    data = load_dataset(dataset)
    assert isinstance(data, SequenceDataset)
    fake = torch.from_numpy(_samples(key, 0, 1_000))
    real = data.sample(1_000, torch.Generator().manual_seed(0))
    generated, true = ([rounded(100 * share) for share in cycle_shares(data, x)] for x in (fake, real))
    return cycle_names(data), generated, true


def _line(name: str, values: NDArray[Any], colour: str, kind: str) -> dict[str, Any]:
    return {
        "id": name, "name": name, "type": "line", "showSymbol": False, "itemStyle": {"color": colour},
        "data": [[step + 1, rounded(float(value))] for step, value in enumerate(values)],
        "lineStyle": {"color": colour, "width": 2, "type": kind},
    }  # fmt: skip


def _frame(steps: int, low: float, high: float) -> dict[str, Any]:
    return {
        "animation": False, "tooltip": {"trigger": "axis", "confine": True, "valueFormatter": "%.3g"},
        "xAxis": {
            "type": "value", "min": 0, "max": steps + 1, "interval": 5, "splitLine": {"show": False},
            "axisLabel": {"showMinLabel": False, "showMaxLabel": False},
        },
        "yAxis": {"type": "value", "min": low, "max": high, "splitNumber": 2},
    }  # fmt: skip
