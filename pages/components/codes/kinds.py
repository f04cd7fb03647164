"""Tab "Kinds and classes": which class each kind turns out to be, and the images it collects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.percent import percent
from pages.components import sources, text
from pages.components.codes import charts, measured, sheets, words
from pages.components.codes.place import Place
from pages.components.explore import place as address
from pages.components.pictures import Pixels, data_url
from pages.components.shell import ground

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.data import ImageDataset
    from gan_core.evaluation.kinds import Kinds
    from gan_core.weights import LoadedModel

RIGHT, WRONG = 12, 6  # images shown of each kind


def show(where: Place) -> None:
    """The table left, what it says right, then the images of every kind."""
    loaded = sources.model(*where.key)
    sizes = measured.latent_of(loaded).cat_sizes
    if not sizes:
        st.info("This generator has no categorical codes, only numbers: sweep them.", icon=":material/info:")
        return
    code = _choose_code(where, len(sizes))
    data = measured.test_images(loaded)
    if data.labels is None:
        _without_labels(where, loaded, code, data)
        return
    kinds = measured.kinds(where.key, loaded, code)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _table(kinds, data)
    with right:
        _figures(kinds, loaded, data)
    st.html(
        '<div class="heading"><span class="real">Test images</span> that Q reads as each kind: left those of '
        "the class it is matched to, right others</div>"
    )
    st.image(_examples(kinds, data), width="stretch", alt="Test images of every kind, right and wrong ones")


def _choose_code(where: Place, count: int) -> int:
    code = min(where.code, count - 1)
    if count == 1:
        return code
    key = f"codes_code:{address.version()}"
    chosen = st.segmented_control(
        "Categorical code", range(count), default=code, required=True, key=key,
        format_func=lambda index: f"Code {index + 1}",
        on_change=lambda: address.go(code=str(st.session_state[key])),
        help="Which of the codes is compared with the classes.",
    )  # fmt: skip
    return int(chosen)


def _table(kinds: Kinds, data: ImageDataset) -> None:
    alt = "; ".join(
        f"kind {words.letter(kind)} is matched to {data.class_names[c]}"
        for kind, c in enumerate(kinds.class_of_kind.tolist())
        if c >= 0
    )
    st.plotly_chart(
        charts.heatmap(kinds, data.class_names, ground()), key="codes_heatmap", width="stretch",
        config={"displayModeBar": False}, alt=alt,
    )  # fmt: skip


def _figures(kinds: Kinds, loaded: LoadedModel, data: ImageDataset) -> None:
    with st.container(horizontal=True):
        st.metric(
            "Kind and class agree", percent(kinds.accuracy, 1),
            help="Every kind is given the class that makes most test images right, no class twice.",
        )  # fmt: skip
        st.metric("Error", percent(1 - kinds.accuracy, 1), help="The rest of the test images.")
        st.metric(
            "Paper, on MNIST", percent(words.PAPER_ERROR),
            help="Chen et al. 2016, arXiv:1606.03657, section 7.2: on MNIST, with one code of ten kinds.",
        )  # fmt: skip
    st.markdown(words.verdict(kinds, loaded.card.dataset, len(data)))
    st.markdown(
        "\n".join(f"- {text.escape_markdown(said)}" for said in words.sharing(kinds, data.class_names))
    )
    st.caption(
        "Colour: share of the images of a kind. Framed: the class the kind is matched to. "
        "No label was used in training; the labels only judge here."
    )


def _examples(kinds: Kinds, data: ImageDataset) -> str:
    """A row of images for each kind as the address of a PNG."""
    from gan_core.images import png

    rows, names = [], []
    for kind in kinds.order:
        right = _some(data, kinds.collected(kind, right=True), RIGHT)
        wrong = _some(data, kinds.collected(kind, right=False), WRONG)
        rows.append([*right, *wrong])
        c = int(kinds.class_of_kind[kind])
        names.append(f"{words.letter(kind)} = {data.class_names[c]}" if c >= 0 else words.letter(kind))
    return data_url(png(sheets.sheet(rows, names=names, gap_after=RIGHT - 1)))


def _some(data: ImageDataset, numbers: Tensor, n: int) -> list[Pixels | None]:
    """The first n of some images `(H, W, C)`, filled up with empty places."""
    found = list(data.images[numbers[:n]].permute(0, 2, 3, 1).numpy())
    return [*found, *[None] * (n - len(found))]


def _without_labels(where: Place, loaded: LoadedModel, code: int, data: ImageDataset) -> None:
    """Images of every kind, where there are no classes to compare with."""
    from gan_core.evaluation.kinds import logits_of
    from gan_core.images import png

    st.info(
        "These images carry no classes to compare with: here is what each kind collects.",
        icon=":material/info:",
    )
    read = logits_of(loaded.family, measured.readings(*where.key), code).argmax(dim=1)
    count = measured.latent_of(loaded).cat_sizes[code]
    rows = [_some(data, (read == kind).nonzero().flatten(), RIGHT + WRONG) for kind in range(count)]
    picture = png(sheets.sheet(rows, names=[words.letter(kind) for kind in range(count)]))
    st.image(data_url(picture), width="stretch", alt="Images of every kind")
