"""The picture, the same edit on a batch, and everything that moves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, services, sources, text
from pages.components.explore import bar, pad, place
from pages.components.explore.place import BATCH, Place
from pages.components.pictures import data_url
from pages.components.sources import Source

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator
    from torch import Tensor

    from gan_core.weights import LoadedModel

Step = tuple[str, "Tensor"]
_SETTLED = "explore_settled"
EDITED = "explore_latent"  # the latent on the page, for the tabs below


def top_bar(where: Place, known: list[Source], loaded: LoadedModel | None) -> None:
    """Which generator, which seed, how far towards the average."""
    columns = iter(st.columns(bar.widths(where, 1.0), vertical_alignment="bottom"))
    bar.show(where, known, columns)
    next(columns).button(
        "Reset", icon=":material/restart_alt:", key="explore_reset", width="stretch",
        on_click=lambda: place.go(z=None, move=None, psi=None), help="All sliders to zero, no truncation.",
    )  # fmt: skip
    bar.truncation(where, next(columns))
    if loaded is not None and loaded.family.num_classes:
        class_choice(where, loaded)


def class_choice(where: Place, loaded: LoadedModel) -> None:
    """Draws the choice of a class, for a generator that is told one."""
    names = loaded.card.data.class_names or tuple(map(str, range(loaded.family.num_classes)))
    key = f"explore_class:{place.version()}"
    st.segmented_control(
        "Class", range(len(names)), default=class_of(where, loaded), key=key, required=True,
        format_func=lambda y: names[y], on_change=lambda: place.go(**{"class": str(st.session_state[key])}),
        help="The generator draws what it is asked for; z decides the rest.",
    )  # fmt: skip


def class_of(where: Place, loaded: LoadedModel) -> int:
    """The class that is drawn: the link's, as far as the generator has it."""
    return min(max(where.y, 0), max(loaded.family.num_classes - 1, 0))


def steps_of(where: Place, loaded: LoadedModel) -> list[Step]:
    """Names and steps `(z_dim,)` of the sliders: the generator's own directions, then the saved ones.

    Raises:
        UserError: The file of saved directions is damaged.
    """
    from gan_core.latent.exchange import from_text
    from gan_core.runs.saved_directions import saved_directions

    own = sources.directions(*where.key, class_of(where, loaded))
    steps = [(f"{index}. {direction.label}", direction.step) for index, direction in enumerate(own, 1)]
    for saved in saved_directions(services.store().root, where.source.name):
        try:
            steps.append((saved.name, from_text(saved.step, own[0].step.numel())))
        except UserError:
            continue  # saved for a generator of another size under the same name
    return steps


@dataclass(frozen=True)
class Scene:
    """What stays as it is while a slider is dragged.

    Attributes:
        where: The place.
        version: Its version; if it has moved on, the whole page is drawn anew.
        loaded: The generator.
        base: The latent before truncation and moves `(z_dim,)`.
        steps: Names and steps of the sliders.
    """

    where: Place
    version: int
    loaded: LoadedModel
    base: Tensor
    steps: list[Step]


def show(where: Place, drawn_version: int) -> None:
    """Controls left, the large picture and the batch right, what can be done with them below.

    Args:
        where: The place.
        drawn_version: The place's version.
    """
    try:
        loaded = place.loaded(where)
        steps = steps_of(where, loaded)
        base, problem = place.base_latent(where, loaded)
    except UserError as error:
        st.error(actions.sentence(text.escape_markdown(str(error))), icon=":material/error:")
        return
    if problem:
        st.warning(actions.sentence(text.escape_markdown(problem)), icon=":material/link_off:")
    scene = Scene(where, drawn_version, loaded, base, steps)
    controls, right = st.columns([4.3, 6.6], gap="medium")
    with right:
        large, batch = st.columns(2, gap="medium")
    with large, st.container(key="explore_large", gap="small"):
        st.html('<div class="heading"><span class="fake">One picture</span></div>')
        one = st.empty()
    with batch, st.container(key="explore_batch", gap="small"):
        st.html('<div class="heading">The same moves on 16 others</div>')
        others = st.empty()
    with controls:
        _follow(scene, one, others)
    with right:
        _below(scene)


@st.fragment
def _follow(scene: Scene, one: DeltaGenerator, others: DeltaGenerator) -> None:
    """The sliders and the two pictures: all that is drawn anew while the hand moves.

    Args:
        scene: What stays.
        one: Place of the large picture.
        others: Place of the batch.
    """
    if place.version() != scene.version:
        st.rerun()
    where, loaded, steps = scene.where, scene.loaded, scene.steps
    names = [name for name, _ in steps]
    now = pad.edit(where.moves, len(steps))
    plain = st.session_state.get("explore_plain", False)
    if plain:
        now = pad.Edit(pad.show_plain(names, now))
    z = edited(where, loaded, scene.base, steps, now.moves)
    st.session_state[EDITED] = z[0]
    pictures = sources.drawn(loaded, z, class_of(where, loaded))
    one.image(_address(pictures[:1], 1), width="stretch", alt="Generated picture")
    others.image(_address(pictures[1:], 4), width="stretch", alt="The same moves on 16 other pictures")
    if (
        not plain
    ):  # last: what the sliders hear is that the pictures are there, and they ask for the next ones
        pad.show(names, _thumbs(where, loaded, scene.base, steps), now)
    if now.final:
        place.settle(now.moves)
    if now.final and st.session_state.get(_SETTLED, now.seq) != now.seq:
        st.session_state[_SETTLED] = now.seq
        st.rerun()  # what lies below starts from the new picture
    st.session_state[_SETTLED] = now.seq if now.final else -1


def edited(
    where: Place, loaded: LoadedModel, base: Tensor, steps: list[Step], moves: tuple[float, ...]
) -> Tensor:
    """The latents on the page `(1 + BATCH, z_dim)`: the large picture's first, all truncated and moved."""
    import torch

    from gan_core.latent.paths import combine, truncate

    both = torch.cat([base[None], place.neighbours(where, loaded)])
    assert len(both) == 1 + BATCH
    return combine(truncate(both, where.psi), torch.stack([step for _, step in steps]), moves)


def _address(x: Tensor, columns: int) -> str:
    """Pictures in rows as the address of a small PNG; the browser enlarges it with crisp pixels."""
    from gan_core.images import grid, png, to_uint8

    return data_url(png(grid(to_uint8(x), columns, gap=1, background=128)))


def _thumbs(where: Place, loaded: LoadedModel, base: Tensor, steps: list[Step]) -> list[tuple[str, str]]:
    """For each direction what the unmoved picture becomes at -2 and at +2 standard deviations."""
    marks = tuple(name for name, _ in steps)
    kept = st.session_state.get("explore_thumbs")
    mark = (where.key, where.psi, where.y, where.seed, where.z, marks)
    if kept is None or kept[0] != mark:
        import torch

        from gan_core.latent.paths import truncate

        moved = torch.stack([sign * 2 * step for _, step in steps for sign in (-1, 1)])
        x = sources.drawn(loaded, truncate(base, where.psi) + moved, class_of(where, loaded))
        urls = [_address(picture[None], 1) for picture in x]
        kept = (mark, list(zip(urls[::2], urls[1::2], strict=True)))
        st.session_state["explore_thumbs"] = kept
    thumbs: list[tuple[str, str]] = kept[1]
    return thumbs


@st.fragment
def _below(scene: Scene) -> None:
    """Sharing, saving and single numbers."""
    from pages.components.explore import tools

    if place.version() != scene.version:
        st.rerun()
    with st.container(horizontal=True, gap="small"):
        tools.share(scene.where, st.session_state[EDITED])
        tools.save(scene.where, scene.steps)
        tools.single_numbers(scene.base)
        st.toggle(
            "Plain sliders", key="explore_plain", on_change=place.go,
            help="Streamlit's own sliders: they answer when they are let go.",
        )  # fmt: skip
