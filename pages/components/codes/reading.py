"""Tab "Read a picture": what Q reads off a drawing, and what G makes of the codes it read."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.percent import percent
from gan_core.settings import UserError
from pages.components import actions, own_picture, sources, text
from pages.components.codes import charts, measured, sheets, words
from pages.components.codes.place import Place
from pages.components.explore import place as address
from pages.components.own_picture import DRAW, UPLOAD
from pages.components.pictures import data_url

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.latent_spec import CodeReading
    from gan_core.weights import LoadedModel

NOISES = 6
_MOST_BARS = 20
_SAMPLES = 32  # of the generator, which say how large its strokes are
_TEST = "Test image"
_WAYS = {"test": _TEST, "draw": DRAW, "upload": UPLOAD}
_HINTS = {
    DRAW: "Draw something: Q reads its codes as soon as the pen is up.",
    UPLOAD: "Choose a picture: Q reads its codes.",
}


def show(where: Place) -> None:
    """The picture left, what is read and redrawn right."""
    loaded = sources.model(*where.key)
    left, right = st.columns([3.2, 8], gap="large")
    with left:
        key = f"codes_way:{address.version()}"
        asked = st.query_params.get("way", "test")
        way = st.segmented_control(
            "Picture", list(_WAYS), default=asked if asked in _WAYS else "test", required=True, key=key,
            format_func=lambda name: _WAYS[name], label_visibility="collapsed",
            on_change=lambda: address.remember(way=st.session_state[key]),
        )  # fmt: skip
        own = None if way == "test" else own_picture.ask(_WAYS[str(way)], "codes", where.source.name)
        number = _choose_image(where, loaded) if own is None else 0
    with right:
        if own is not None and own.data is None:
            st.html(f'<p class="quiet">{_HINTS[_WAYS[str(way)]]}</p>')
            return
        try:
            picture = _test_image(loaded, number) if own is None else _own(loaded, own)
        except UserError as error:
            st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
            return
        _read(where, loaded, picture)


def _choose_image(where: Place, loaded: LoadedModel) -> int:
    """Which test image; more than one can say in words, so a number and a button for another."""
    data = measured.test_images(loaded)
    count = len(data)
    key = f"codes_image:{address.version()}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Number", 0, count - 1, min(where.image, count - 1), key=key, width=150,
            on_change=lambda: address.go(image=str(st.session_state[key])),
            help=f"One of {count:,} test images, which the networks have never seen.",
        )  # fmt: skip
        st.button(
            "Another", icon=":material/casino:", key="codes_another", help="A random one.",
            on_click=lambda: address.go(image=str(secrets.randbelow(count))),
        )  # fmt: skip
    chosen = min(where.image, count - 1)
    if data.labels is not None and data.class_names:
        st.caption(f"Its class: {text.escape_markdown(data.class_names[int(data.labels[chosen])])}")
    return chosen


def _test_image(loaded: LoadedModel, number: int) -> Tensor:
    from gan_core.images import from_uint8

    return from_uint8(measured.test_images(loaded).images[number])


def _own(loaded: LoadedModel, own: own_picture.OwnPicture) -> Tensor:
    """The viewer's picture, as large as the generator's and with something on it."""
    import torch

    from gan_core.latent.pictures import refuse_blank

    z = loaded.family.sample_z(_SAMPLES, torch.Generator().manual_seed(0))
    picture = own_picture.as_sample(own, sources.drawn(loaded, z, 0))
    refuse_blank(picture)
    return picture


def _read(where: Place, loaded: LoadedModel, picture: Tensor) -> None:
    """Pictures on top, probabilities of the kinds and values of the numbers below."""
    import torch

    with torch.no_grad():
        reading = loaded.family.read_codes(picture[None])
    st.html(
        '<div class="heading"><span class="real">The picture as Q sees it</span>, then '
        '<span class="fake">what G draws from its codes</span>, each with other noise</div>'
    )
    st.image(_row(where, loaded, picture, reading), width="stretch", alt="The picture, and G's of its codes")
    kinds, numbers = st.columns(2, gap="large")
    with kinds:
        _show_kinds(where, loaded, reading)
    with numbers:
        _show_numbers(where, loaded, reading)


def _row(where: Place, loaded: LoadedModel, picture: Tensor, reading: CodeReading) -> str:
    """The picture and G's beside it, as the address of a PNG."""
    import torch

    from gan_core.images import png, to_uint8
    from gan_core.latent.codes import from_reading

    rng = torch.Generator().manual_seed(where.explored.seed)
    z = from_reading(measured.latent_of(loaded), reading, NOISES, rng)
    z[:, : measured.latent_of(loaded).noise_dim] *= where.explored.psi
    pictures = torch.cat([picture[None], sources.drawn(loaded, z, 0)])
    return data_url(png(sheets.sheet([list(to_uint8(pictures))], gap_after=0)))


def _show_kinds(where: Place, loaded: LoadedModel, reading: CodeReading) -> None:
    from gan_core.evaluation.kinds import logits_of

    sizes = measured.latent_of(loaded).cat_sizes
    for code, size in enumerate(sizes):
        shares = logits_of(loaded.family, reading, code)[0].softmax(0).tolist()
        known = measured.known_kinds(where.key, loaded, code)
        labels = [words.kind_label(kind, known, loaded.card.data.class_names) for kind in range(size)]
        ranked = sorted(range(size), key=lambda kind: -shares[kind])
        best, shown = ranked[0], sorted(ranked[:_MOST_BARS])
        said = f"{words.code_name(code, len(sizes))}: Q says {labels[best]}"
        st.html(f'<div class="heading">{text.escape(said)}</div>')
        st.echarts_chart(
            charts.bars([labels[kind] for kind in shown], [shares[kind] for kind in shown]),
            key=f"codes_bars:{code}", height=24 * len(shown) + 12,
            alt=f"Kind {labels[best]} with probability {percent(shares[best])}",
        )  # fmt: skip


def _show_numbers(where: Place, loaded: LoadedModel, reading: CodeReading) -> None:
    found, _ = measured.effects(*where.key)
    for effect, value in zip(found, reading.q_mean[0].tolist(), strict=True):
        place = 50 + 50 * min(max(value, -1.0), 1.0)
        shown = f"{value:+.2f}".replace("-", "−")
        st.html(
            f'<div class="code-number"><b>{text.escape(words.headline(effect))}</b><span>{shown}</span>'
            f'<div class="track"><i style="left:{place:.1f}%"></i></div>'
            '<small class="quiet">−1</small><small class="quiet">1</small></div>'
        )
    if found:
        st.caption("G is given these numbers, at most −1 and 1, and the most probable kind.")
