"""Tab "How much is told": how much of the codes can be read off the pictures, while a run learned and now."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import charts, services, sources, text
from pages.components.chart_marks import Marks
from pages.components.charts import Frame, Line
from pages.components.codes import charts as own_charts
from pages.components.codes import measured, words
from pages.components.codes.place import Place
from pages.components.colours import DISCRIMINATOR, FAKE, REAL

if TYPE_CHECKING:
    from gan_core.latent_spec import LatentSpec
    from gan_core.weights import LoadedModel

HEIGHT = 300
_NEWEST = 5  # recorded stretches whose mean is "now"
_WHAT = (
    "I(c; x) is the information, in nats, that a picture gives about the codes it was made from. Q's guesses "
    "bound it from below; training pushes the bound up, so that G must give every code a visible meaning. A "
    "code with K equally likely kinds has ln K nats to tell and no more; a number has no such limit."
)


def show(where: Place) -> None:
    """A curve for each sort of code where the run recorded it, else the measured number; a sentence below."""
    loaded = sources.model(*where.key)
    latent = measured.latent_of(loaded)
    recorded = _recorded(where) if where.source.steps else {}
    left, right = st.columns(2, gap="large")
    with left:
        if latent.cat_sizes:
            _kinds(where, loaded, latent, recorded)
    with right if latent.cat_sizes else left:
        if latent.cont_codes:
            _numbers(where, latent, recorded)
    st.caption(_WHAT)


def _recorded(where: Place) -> dict[str, Line]:
    """The curves a run recorded, by name."""
    series = services.follow(where.source.name, now=True).series
    colours = {"information_cat": FAKE, "information_cont": DISCRIMINATOR, "information_real": REAL}
    return {
        name: Line(text.title(name), colour, series[name].steps, series[name].values)
        for name, colour in colours.items()
        if name in series
    }


def _kinds(where: Place, loaded: LoadedModel, latent: LatentSpec, recorded: dict[str, Line]) -> None:
    bound = sum(math.log(size) for size in latent.cat_sizes)
    sizes = " + ".join(f"ln {size}" for size in latent.cat_sizes)
    st.html('<div class="heading">Kinds: I(c; x), in nats</div>')
    lines = [recorded[name] for name in ("information_cat", "information_real") if name in recorded]
    if not lines:
        value = _of_weights(where, loaded)
        spec = own_charts.one_number(value, bound, f"{sizes} = {bound:.2f}: all of it")
        st.echarts_chart(spec, key="codes_value", height=130, alt=f"{value:.2f} of {bound:.2f} nats")
    else:
        value = _curves(where, lines, (bound, f"{sizes}: all of it"), "codes_cat")
    st.markdown(f"**{words.categorical(value, bound)}**")


def _numbers(where: Place, latent: LatentSpec, recorded: dict[str, Line]) -> None:
    st.html('<div class="heading">Numbers: I(c; x), in nats</div>')
    if "information_cont" not in recorded:
        st.html('<p class="quiet">Recorded while a run trains; these weights came without the record.</p>')
        return
    value = _curves(where, [recorded["information_cont"]], (0.0, "0: nothing"), "codes_cont")
    st.markdown(f"**{words.continuous(value, latent.cont_codes)}**")


def _curves(where: Place, lines: list[Line], reference: tuple[float, str], key: str) -> float:
    """Draws recorded curves with the checkpoint marked, and returns the value of the first there."""
    spec = charts.curves(lines, Frame(), Marks([reference], cursor=where.explored.step))
    st.echarts_chart(spec, key=key, height=HEIGHT, alt=charts.describe(lines))
    line = lines[0]
    until = where.explored.step or line.steps[-1]
    values = [value for step, value in zip(line.steps, line.values, strict=True) if step <= until]
    newest = (values or list(line.values[:1]))[-_NEWEST:]
    return sum(newest) / len(newest)


def _of_weights(where: Place, loaded: LoadedModel) -> float:
    """What the card of the weights says, else what is measured now."""
    for metric in loaded.card.metrics:
        if metric.name.startswith("information_cat_"):
            return metric.value
    return measured.information(*where.key)
