"""Right side of the Say it page: the sentence on its way to the picture, and what other noise makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import text
from pages.components.pictures import data_url

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from gan_core.capabilities import Drawn
    from gan_core.family import Family
    from gan_core.text_spec import TextSpec
    from gan_core.weights import LoadedModel
    from pages.components.explore.place import Place

OTHERS = 7
NUMBERS = "The sentence after reading: purple cells are below 0, green ones above."
_EMBEDDING_COLUMNS = 16


def show(where: Place, loaded: LoadedModel, tokens: Tensor, was: str | None) -> None:
    """Draws embedding, sketch and picture large, the sentence before beside them, and other noise small.

    Args:
        where: Network and seed.
        loaded: The network.
        tokens: The sentence `(1, L)`.
        was: The sentence before it, if there was one.
    """
    drawn = _drawn(loaded, tokens, where.seed)
    seen = _seen(loaded, drawn.picture)
    words = loaded.family.illustration
    assert words is not None
    figures = [
        _figure("As numbers", "", _embedding(drawn.embedding[0]), NUMBERS, "embedding"),
        _figure("Stage I: sketch", "fake", _pixels(drawn.sketch[0]), ""),
        _figure("Stage II: picture", "fake", _pixels(drawn.picture[0]), seen[0]),
    ]
    said = words.text.decode(tokens[0])
    _hint(loaded, said)
    st.html(f'<div class="said">“{text.escape(said)}”</div>')
    st.html(f'<div class="translated stages">{"".join(figures)}</div>')
    st.html('<div class="heading">The same sentence, other noise</div>')
    small = [
        _figure("", "fake", _pixels(picture), words_seen)
        for picture, words_seen in zip(drawn.picture[1:], seen[1:], strict=True)
    ]
    st.html(f'<div class="translated others">{"".join(small)}</div>')
    _before(loaded, words.text, was, said, where.seed)
    st.download_button(
        "Download PNG", _sheet(drawn, said), f"{where.source.name}.png", "image/png", key="caption_download",
        icon=":material/download:", on_click="ignore", help="All sketches and pictures, with the sentence.",
    )  # fmt: skip


def _hint(loaded: LoadedModel, said: str) -> None:
    """Tells a sentence unlike those it learned from, which are drawn all the same."""
    from gan_core.data.captions import read
    from gan_core.data.catalogue import CAPTIONED

    if loaded.card.dataset != CAPTIONED:
        return
    try:
        read(said)
    except UserError:
        st.info(
            "This is not built like the sentences it learned from, so anything may come out. One it knows: "
            f"“{text.escape_markdown(loaded.card.data.text.example if loaded.card.data.text else '')}”.",
            icon=":material/lightbulb:",
        )  # fmt: skip


def _before(loaded: LoadedModel, words: TextSpec, was: str | None, said: str, seed: int) -> None:
    """What the sentence before this one gave with the same noise."""
    if not was:
        return
    try:
        tokens = words.encode(was)
    except UserError:  # it could not be drawn when it stood in the field either
        return
    before = words.decode(tokens[0])
    if before == said:
        return
    drawn = _drawn(loaded, tokens, seed)
    st.html(f'<div class="heading">Before, the same noise: “{text.escape(before)}”</div>')
    small = "".join(_figure("", "fake", _pixels(x), "") for x in drawn.picture[:OTHERS])
    st.html(f'<div class="translated others">{small}</div>')


def _drawn(loaded: LoadedModel, tokens: Tensor, seed: int) -> Drawn:
    """The sentence drawn with several z: that of the large picture first."""
    from gan_core.illustrating import draw

    return draw(loaded.family, tokens.expand(1 + OTHERS, -1), seed)


@st.cache_resource(show_spinner=False, max_entries=4)
def _reader(dataset: str) -> Family | None:
    from gan_core.evaluation.illustration import reader_for

    found = reader_for(dataset)
    return None if found is None else found.family


def _seen(loaded: LoadedModel, pictures: Tensor) -> list[str]:
    """What the reader sees in each picture, in words; nothing where there is no reader."""
    import torch

    from gan_core.data.captions import describe

    reader = _reader(loaded.card.dataset)
    if reader is None or reader.data.shape != loaded.family.data.shape:
        return [""] * len(pictures)
    with torch.no_grad():
        rows = reader.read_attributes(pictures).tolist()
    return [f"Seen as {describe(row)}" for row in rows]


def _embedding(numbers: Tensor) -> np.ndarray:
    """Numbers between -1 and 1 as cells on the scale of D's answers: purple below 0, green above."""
    import numpy as np

    from pages.components.colours import score_colour

    cells = numbers[: len(numbers) // _EMBEDDING_COLUMNS * _EMBEDDING_COLUMNS].view(-1, _EMBEDDING_COLUMNS)
    scores = (cells.clamp(-1, 1) + 1) / 2
    return np.array([[score_colour(v) for v in row] for row in scores.tolist()], np.uint8)


def _pixels(image: Tensor) -> np.ndarray:
    from gan_core.images import to_uint8

    return to_uint8(image[None])[0]


def _figure(title: str, tone: str, pixels: np.ndarray, said: str, kind: str = "") -> str:
    from gan_core.images import png

    head = f'<div class="title {tone}">{text.escape(title)}</div>' if title else ""
    alt = text.escape(", ".join(part for part in (title or "Other noise", said) if part))
    address = data_url(png(pixels))
    return (
        f'<figure class="{kind}">{head}<img src="{address}" alt="{alt}">'
        f"<figcaption><span>{text.escape(said)}</span></figcaption></figure>"
    )


def _sheet(drawn: Drawn, said: str) -> bytes:
    """Sketches over pictures with the sentence below, as one PNG."""
    import numpy as np

    from gan_core.images import like, png, to_uint8
    from pages.components.pictures import sample_sheet, titled

    pictures = to_uint8(drawn.picture)
    both = np.concatenate([like(to_uint8(drawn.sketch), pictures), pictures])
    return png(titled(sample_sheet(both, columns=len(pictures)), said))
