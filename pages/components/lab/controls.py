"""The lab's settings: data, start, what applies at once and what starts anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.settings import UserError
from pages.components import actions, drawing, fields, run_state, text

if TYPE_CHECKING:
    from gan_core.lab.config import LabConfig

DRAWN = "drawn"
_GAME = ("loss", "lr_generator", "lr_discriminator", "d_steps", "g_steps")
_NETWORKS = (
    "generator_depth", "generator_width", "discriminator_depth", "discriminator_width", "activation",
    "optimizer",
)  # fmt: skip
_HELP_LIVE = (
    "relativistic", "r1_gamma", "r2_gamma", "lambda_gp", "real_label", "instance_noise", "beta1", "beta2",
    "unroll_steps",
)  # fmt: skip
_HELP_ANEW = ("spectral_norm", "minibatch_std", "packing")
_NOISES = {
    (1, "uniform"): "1-D, uniform", (1, "normal"): "1-D, Gaussian",
    (2, "uniform"): "2-D, uniform", (2, "normal"): "2-D, Gaussian",
}  # fmt: skip
_SEED = "lab_new_seed"


def is_here(visit: int) -> bool:
    """Whether the widgets of a visit are on the page; Streamlit forgets them when it is left."""
    return f"lab:{visit}:dataset" in st.session_state


def arrive() -> None:
    """Begins a visit: what was asked for on an earlier one is over."""
    st.session_state.pop(_SEED, None)


def ask_for_seed(seed: int) -> None:
    """Makes the next run of the page show another seed."""
    _, times = st.session_state.get(_SEED, (None, 0))
    st.session_state[_SEED] = seed, times + 1


def show(first: LabConfig, visit: int) -> LabConfig:
    """Draws the settings.

    Args:
        first: The game so far.
        visit: Number of the visit, which names the widgets.

    Returns:
        The game as it is now chosen; what does not fit together is said, and leaves it as it was.
    """
    from gan_core.lab.config import LabConfig, lab_settings, standard

    dataset = _dataset(first, visit)
    points = _drawing(first, visit) if dataset == DRAWN else None
    start = _start(first, visit, dataset)
    values = {**standard(start), **(first.settings if start == first.start else {})}
    scope = f"lab:{visit}:{start or ''}"
    cls = lab_settings()

    def draw(names: tuple[str, ...], *, fixed: bool = False) -> None:
        for name in names:
            value = fields.widget(cls, name, values[name], key=f"{scope}:{name}", disabled=fixed)
            if value is not None:
                values[name] = value

    st.markdown("**At once** :material/bolt:  \n:small[A change reaches the game that runs.]")
    draw(_GAME)
    st.markdown(
        "**Start anew** :material/restart_alt:  \n:small[A change begins at step 0 with new networks.]"
    )
    if start is not None:
        st.caption("The trained network says what these are. Untick it to build your own.")
    _noise(values, scope, fixed=start is not None)
    draw(_NETWORKS, fixed=start is not None)
    batch = fields.widget(LabConfig, "batch_size", first.batch_size, key=f"lab:{visit}:batch_size")
    asked, times = st.session_state.get(_SEED, (None, 0))  # a number of its own, to begin with the new seed
    now = first.seed if asked is None else asked
    seed = fields.widget(LabConfig, "seed", now, key=f"lab:{visit}:seed:{times}")
    with st.expander("Cures and regularisers", icon=":material/healing:"):
        st.caption("With :material/bolt: at once; the others start anew.")
        draw(_HELP_LIVE)
        draw(_HELP_ANEW, fixed=start is not None)
    return _checked(
        first, dataset=dataset, drawing=points, start=start, batch_size=batch, seed=seed, values=values
    )


def _checked(first: LabConfig, *, values: dict[str, Any], **given: Any) -> LabConfig:
    from gan_core.building import resolve_config
    from gan_core.lab.config import LabConfig, standard

    try:
        before = standard(given["start"])
        changed = {name: value for name, value in values.items() if value != before[name]}
        config = LabConfig.parse({**given, "settings": changed})
        resolve_config(config.run_config)
    except UserError as error:
        words = fields.in_words(str(error))
        st.error(f"{actions.sentence(words)} The game goes on as before.", icon=":material/error:")
        return first
    return config


def _dataset(first: LabConfig, visit: int) -> str:
    from gan_core.lab.config import POINT_SETS

    names = [*POINT_SETS]
    return st.selectbox(
        "Data :material/restart_alt:", names, index=names.index(first.dataset),
        format_func=run_state.dataset_title, key=f"lab:{visit}:dataset",
        help="The points G shall learn to make. Another choice starts anew.",
    )  # fmt: skip


def _drawing(first: LabConfig, visit: int) -> drawing.Points | None:
    """The board, and its strokes as the lab learns them; None: a heart."""
    from gan_core.lab import strokes

    drawn = drawing.show(first.drawing, key=f"lab:{visit}:board")
    if drawn is None:
        st.caption("Draw on the board: each stroke starts anew. While it is empty the data are a heart.")
        return None
    try:
        kept = strokes.fitted(drawn)
    except UserError as error:
        st.error(
            f"{actions.sentence(str(error))} Until then the data stay as they are.", icon=":material/error:"
        )
        return first.drawing
    if len(kept) < len(drawn) // 2 and len(drawn) > strokes.MOST:
        st.caption(
            f"Of {len(drawn):,} points {len(kept):,} are kept, evenly spread: so many fit into the link."
        )
    return kept


def _start(first: LabConfig, visit: int, dataset: str) -> str | None:
    from gan_core.lab.config import starts

    known = starts(dataset)
    ticked = st.checkbox(
        "Start from a trained network :material/restart_alt:",
        value=first.start is not None, disabled=not known, key=f"lab:{visit}:trained:{dataset}",
        help="Begins with networks that have learned these data; watch them hold it, or break them."
        if known else "No trained networks for these data are here.",
    )  # fmt: skip
    if not ticked or not known:
        return None
    if len(known) == 1:
        return known[0]
    index = known.index(first.start) if first.start in known else 0
    return st.selectbox(
        "Trained network", known, index=index, key=f"lab:{visit}:start:{dataset}", format_func=text.title,
        help="Which of the trained networks.",
    )  # fmt: skip


def _noise(values: dict[str, Any], scope: str, *, fixed: bool) -> None:
    now = (values["z_dim"], values["z_distribution"])
    names = dict(_NOISES)
    names.setdefault(now, f"{now[0]}-D, {'Gaussian' if now[1] == 'normal' else 'uniform'}")
    options = list(names)
    chosen = st.selectbox(
        "Noise", options, index=options.index(now), format_func=names.__getitem__, key=f"{scope}:noise",
        disabled=fixed,
        help="What G turns into points: one random number or two, evenly spread or in a bell shape.",
    )  # fmt: skip
    values["z_dim"], values["z_distribution"] = chosen
