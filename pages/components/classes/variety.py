"""Tab "Does it vary?": how different the pictures of one class are, beside real ones of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import kept, text
from pages.components.classes import kinds, measured
from pages.components.classes.check import per_class
from pages.components.classes.kinds import Kinds
from pages.components.explore import place
from pages.components.explore.place import Place
from pages.components.pictures import Pixels, data_url, sample_sheet

if TYPE_CHECKING:
    from torch import Tensor

    from gan_core.data import ImageDataset
    from gan_core.evaluation.spread import ClassSpread

_SHOWN, _COLUMNS = 20, 4


def show(where: Place, kinds_here: Kinds) -> None:
    """The table left, the least varied class beside real ones right."""
    judged = {kind: y for kind, y in enumerate(kinds_here.class_of) if y is not None}
    if not judged:
        st.info(
            "Nobody can tell which class each kind is, so there is nothing to compare its pictures with.",
            icon=":material/info:",
        )
        return
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        n = per_class("More say more exactly, and take longer. The noise is not truncated here.")
        real = _real(where)
        spreads, features = _spreads(where, real, judged, n)
        least = min(spreads, key=lambda kind: spreads[kind].ratio)
        tone = st.warning if spreads[least].ratio < 0.6 else st.success
        name = kinds_here.names[least].removeprefix("kind ")
        sentence = f"Least varied is {kinds_here.noun} {name}: {spreads[least].verdict}."
        tone(text.escape_markdown(sentence))
        st.html(_table(kinds_here, spreads))
    with right:
        _pictures(where, kinds_here, real, least, n)
    st.caption(_meaning(features))


def _meaning(features: str) -> str:
    eyes = (
        "the classifier's features"
        if features.startswith("classifier")
        else "pixels (their principal components)"
    )
    return (
        f"Distance: the mean Euclidean distance of all pairs of pictures of one class, in {eyes}; the ratio "
        "compares it with pairs of real training images of that class. SSIM: how alike two pictures look, on "
        "average of 190 pairs; 1 means all equal. More variety than in real ones can mean that some pictures "
        "show something else."
    )


def _real(where: Place) -> ImageDataset:
    """The training images.

    Raises:
        UserError: They are not on this machine, or nobody knows their classes.
    """
    from gan_core.evaluation.real import images_here

    card = place.loaded(where).card
    found = images_here(card.dataset, card.data.shape[-1], "train")
    if found.labels is None:
        raise UserError("the real images carry no labels any more, so no class can be compared with them")
    return found


def _spreads(
    where: Place, real: ImageDataset, judged: dict[int, int], n: int
) -> tuple[dict[int, ClassSpread], str]:
    """How every kind varies, by its number, and the name of what looked at the pictures."""
    from gan_core.evaluation.extractors import PCA_FEATURES, pixel_extractor
    from gan_core.evaluation.spread import class_spreads

    made = _made(where, n)
    eyes = kinds.extractor(place.loaded(where).card.dataset)
    eyes = eyes or pixel_extractor(real.images, PCA_FEATURES)
    return (
        kept.once(("spreads", where.key, n), lambda report: class_spreads(made, real, judged, eyes, report)),
        eyes.name,
    )


def _made(where: Place, n: int) -> Tensor:
    """Generated pictures by kind, uint8 `(kinds, n, C, H, W)`."""
    pictures = measured.pictures(where, place.loaded(where), n)
    return pictures.view(-1, n, *pictures.shape[1:])


def _table(kinds_here: Kinds, spreads: dict[int, ClassSpread]) -> str:
    """Distances, their ratio, SSIM and words for every kind."""
    lines = "".join(
        f"<tr><td>{text.escape(kinds_here.names[kind])}</td><td>{found.made.distance:.1f}</td>"
        f"<td>{found.real.distance:.1f}</td><td><b>{found.ratio:.2f}</b></td>"
        f"<td>{found.made.similarity:.2f}</td><td>{found.real.similarity:.2f}</td>"
        f"<td class='words'>{found.verdict}</td></tr>"
        for kind, found in spreads.items()
    )
    made, real = "<span class='fake'>made</span>", "<span class='real'>real</span>"
    return (
        f'<table class="class-table"><tr><th>{kinds_here.noun}</th><th>distance {made}</th><th>{real}</th>'
        f"<th>ratio</th><th>SSIM {made}</th><th>{real}</th><th></th></tr>{lines}</table>"
    )


def _pictures(where: Place, kinds_here: Kinds, real: ImageDataset, kind: int, n: int) -> None:
    """Pictures of the least varied kind beside real ones of its class."""
    from gan_core.evaluation.real import some_of_each
    from gan_core.images import png

    y = kinds_here.class_of[kind]
    assert real.labels is not None
    assert y is not None
    chosen = some_of_each(real.labels, _SHOWN)
    of_class = real.images[chosen[real.labels[chosen] == y]]
    made = _made(where, n)[kind][:_SHOWN]
    kind_name, class_name = kinds_here.names[kind], f"class {kinds_here.classes[y]}"
    kind_name = kind_name if kinds_here.coded else class_name
    sides = ("fake", "Generated", kind_name, made), ("real", "Real", class_name, of_class)
    for column, (colour, word, name, pictures) in zip(st.columns(2), sides, strict=True):
        column.html(f'<div class="heading"><span class="{colour}">{word}</span>, {text.escape(name)}</div>')
        pixels: Pixels = pictures.permute(0, 2, 3, 1).numpy()
        column.image(
            data_url(png(sample_sheet(pixels, _COLUMNS))), width="stretch",
            alt=f"{word} pictures of the least varied {kinds_here.noun}",
        )  # fmt: skip
