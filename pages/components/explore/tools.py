"""Beside the sliders: share or paste a latent, keep a direction under a name, change single numbers of z."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, services, text
from pages.components.explore import place
from pages.components.explore.place import Place

if TYPE_CHECKING:
    from torch import Tensor

_PROBLEM = "explore_problem"


def tell(problem: str) -> None:
    """Remembers what an action could not do, for `show_problem`."""
    st.session_state[_PROBLEM] = problem


def show_problem() -> None:
    """Shows what the last action could not do, once, in one sentence."""
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        st.error(actions.sentence(text.escape_markdown(problem)), icon=":material/error:")


def share(where: Place, z: Tensor) -> None:
    """The place as a link, its latent as JSON, and a field to paste somebody else's."""
    from gan_core.latent.exchange import to_json

    with st.popover("Share", icon=":material/share:"):
        st.markdown("**Link** to exactly this picture")
        address = (st.context.url or "").split("?")[0]
        st.code(f"{address}?{urlencode(st.query_params.to_dict())}", language=None, wrap_lines=True)
        st.markdown("**Latent** as JSON")
        st.code(to_json(z, where.source.name), language=None, height=110, wrap_lines=True)
        key = f"explore_paste:{place.version()}"
        st.text_area("Paste a latent", key=key, height=90, placeholder='{"z": [0.1, -0.7, ...]}')
        st.button("Show it", on_click=_paste, args=(key, z.numel()), key="explore_show", type="primary")


def _paste(key: str, z_dim: int) -> None:
    from gan_core.latent.exchange import from_text

    try:
        go_to(from_text(st.session_state.get(key, ""), z_dim))
    except UserError as error:
        tell(str(error))
        place.go()  # the whole page is drawn anew, with the sentence on top


def go_to(z: Tensor) -> None:
    """Makes the page show a latent `(z_dim,)` as it is: no truncation, no moves."""
    from gan_core.latent.exchange import to_link

    place.go(z=to_link(z), psi=None, move=None)


def save(where: Place, steps: list[tuple[str, Tensor]]) -> None:
    """Keeps a direction under a name of one's own, beside the runs."""
    from gan_core.runs.saved_directions import LONGEST_NAME, saved_directions

    with st.popover("Name a direction", icon=":material/bookmark_add:"):
        version = place.version()
        chosen = st.selectbox(
            "Direction", range(len(steps)), format_func=lambda index: steps[index][0],
            key=f"explore_name_which:{version}",
        )  # fmt: skip
        key = f"explore_name:{version}"
        st.text_input("Its name", key=key, max_chars=LONGEST_NAME, placeholder="curly tail")
        st.button("Save", on_click=_save, args=(where, key, steps[chosen or 0][1]), key="explore_save")
        for saved in saved_directions(services.store().root, where.source.name):
            st.button(
                f"Delete “{text.escape_markdown(saved.name)}”", icon=":material/delete:",
                key=f"explore_delete:{saved.name}", on_click=_delete,
                args=(where.source.name, saved.name, _slider_of(saved.name, steps)),
            )  # fmt: skip


def _save(where: Place, key: str, step: Tensor) -> None:
    from gan_core.latent.exchange import to_link
    from gan_core.runs.saved_directions import SavedDirection, save_direction

    direction = SavedDirection(
        source=where.source.name, name=st.session_state.get(key, ""), step=to_link(step)
    )
    try:
        save_direction(services.store().root, direction)
    except UserError as error:
        tell(str(error))
    place.go()


def _slider_of(name: str, steps: list[tuple[str, Tensor]]) -> int | None:
    """Place of a saved direction among the sliders, behind the generator's own; None: it has no slider."""
    return next((index for index in reversed(range(len(steps))) if steps[index][0] == name), None)


def _delete(source: str, name: str, slider: int | None) -> None:
    from gan_core.runs.saved_directions import delete_direction

    try:
        delete_direction(services.store().root, source, name)
    except UserError as error:
        tell(str(error))
        slider = None
    if slider is None:
        place.go()
    else:
        place.without_slider(slider)


def single_numbers(base: Tensor) -> None:
    """One number of z at a time: most of them change a little of everything, which is why directions help."""
    with st.popover("Raw z", icon=":material/tune:"):
        st.markdown("One number of z at a time. Most change a little of everything: hence the directions.")
        version = place.version()
        which = int(st.number_input("Number", 1, base.numel(), 1, key="explore_raw_which")) - 1
        key = f"explore_raw:{version}:{which}"
        value = min(max(float(base[which]), -4.0), 4.0)
        st.slider(
            f"z[{which + 1}] of {base.numel()}", -4.0, 4.0, value, 0.05, key=key,
            on_change=_set_number, args=(base, which, key),
        )  # fmt: skip


def _set_number(base: Tensor, which: int, key: str) -> None:
    from gan_core.latent.exchange import to_link

    changed = base.clone()
    changed[which] = float(st.session_state[key])
    place.go(z=to_link(changed))
