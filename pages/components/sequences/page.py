"""The Sequences page from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, sources, text
from pages.components.explore import bar, place
from pages.components.explore.place import Place
from pages.components.sequences import charts
from pages.components.shell import ground

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from gan_core.family import Family
    from gan_core.weights import LoadedModel

NOTHING = (
    "No generator with a memory is here yet: train one on the Train page, a few minutes on sine waves will "
    "do, or fetch the folder `weights` of the project again."
)
HOW = (
    'The <span class="fake">generator</span> gets fresh noise at every step and remembers what it has '
    'written so far. The <span class="disc">discriminator</span> reads the same way and answers after each '
    "step. Give other noise from a step on: what was written before stays, what follows has to fit it."
)
_FROM = "from"


class Written(NamedTuple):
    """One example and how it came about; T steps."""

    example: NDArray[Any]  # (T, C) or, of an image, (C, H, W)
    other: NDArray[Any]  # the same with other noise from a step on
    memory: NDArray[Any]  # (T, width) in [-1, 1]
    answers: NDArray[Any]  # (T,) in [0, 1]: D's, after each step


def show(link: Mapping[str, str]) -> None:
    """Draws the page a link asks for.

    Args:
        link: Parameters of the page's address.
    """
    known = sources.find(_has_memory, kinds=("sequences", "images"))
    if not known:
        st.title("Sequences", anchor=False)
        st.info(NOTHING, icon=":material/info:")
        st.page_link(
            "pages/train.py", label="Train: sine waves", icon=":material/play_circle:",
            query_params={"new": "", "family": _some_family(), "data": "sines", "preset": "default"},
        )  # fmt: skip
        return
    where = place.read(link, known)
    place.remember(source=where.source.name, step=None if where.step is None else str(where.step))
    bar.show(where, known, iter(st.columns(bar.widths(where), vertical_alignment="bottom")))
    if where.notice:
        st.info(where.notice, icon=":material/link_off:")
    try:
        loaded = place.loaded(where)
        steps = loaded.family.memory_of(loaded.family.sample_z(1, _rng(0))).shape[1]
        change = _change(link, steps)
        _draw(where, loaded, change)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")


def _has_memory(family: type[Family]) -> bool:
    return family.has_memory


def _some_family() -> str:
    from gan_core.families import FAMILIES

    return next(name for name, cls in FAMILIES.items() if cls.has_memory)


def _change(link: Mapping[str, str], steps: int) -> int:
    """The step from which the noise is another: of the link, or of the slider once it was moved."""
    asked = link.get(_FROM, "")
    start = min(int(asked[:4]), steps) if asked.isascii() and asked.isdigit() else steps // 8
    key = f"sequences_from:{place.version()}:{steps}"
    chosen = st.slider(
        "Other noise from step", 0, steps, start, key=key,
        on_change=lambda: place.remember(**{_FROM: str(st.session_state[key])}),
        help="Up to this step both get the same noise, from there on the dashed one gets other noise.",
    )  # fmt: skip
    return int(chosen)


def _draw(where: Place, loaded: LoadedModel, change: int) -> None:
    written = _written(where.key, where.seed, change)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        if written.example.ndim == 2:
            charts.show_curves(written.example, written.other, change)
        else:
            charts.show_rows(written.example, written.other, change)
        st.html('<div class="heading">What the generator remembers, a row for each number</div>')
        charts.show_memory(written.memory, ground())
        st.html('<div class="heading">D\'s answer after each step: 1 real, 0 fake</div>')
        charts.show_answers(written.answers)
    with right:
        charts.show_samples(where.key, where.seed, loaded)
        st.html(f'<p class="quiet">{HOW}</p>')


def _rng(seed: int) -> torch.Generator:
    import torch

    return torch.Generator().manual_seed(seed)


@st.cache_data(show_spinner=False, max_entries=256)
def _written(key: tuple[str, int | None, int], seed: int, change: int) -> Written:
    import torch

    loaded = sources.model(*key)
    family = loaded.family
    z, fresh = (family.sample_z(1, _rng(s)) for s in (seed, seed + 500_009))
    memory_steps = family.memory_of(z).shape[1]
    both = z.view(1, memory_steps, -1).clone()
    both[:, change:] = fresh.view(1, memory_steps, -1)[:, change:]
    with torch.no_grad():
        example, other = (family.generate(each) for each in (z, both.flatten(1)))
        memory, answers = family.memory_of(z), family.step_scores(example)
    return Written(*(each[0].numpy() for each in (example, other, memory, answers)))
