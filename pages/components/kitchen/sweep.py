"""Small sweeps: a grid of pictures, one run in each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from gan_core.settings import RunConfig, Settings, TrainingSettings, UserError
from pages.components import fields, run_state, services, text
from pages.components.kitchen import board, orders, twins

if TYPE_CHECKING:
    from gan_core.family import Family
    from gan_core.kitchen.sweeps import Axis, Cell
    from gan_core.runs.records import Run

STEPS = 1500
REFRESH_S = 1.5
START_S = 4.0  # that a worker takes to get going
IN_A_ROW = 4  # where only one setting is varied
_OF_TRAINING = ("batch_size", "seed")
_NEVER = ("minibatch_std_group", "penalty_every", "instance_noise_steps")
_NONE = ""
# What a setting's box holds at first; a setting that is not here begins with its own value.
_USUAL = {
    "lr_discriminator": "0.0001, 0.0003, 0.001", "lr_generator": "0.0003, 0.001, 0.003", "g_steps": "1, 3, 5",
    "d_steps": "1, 3, 5", "packing": "1, 2, 4", "r1_gamma": "0, 0.1, 1", "instance_noise": "0, 0.05, 0.2",
    "discriminator_width": "4, 32, 128", "generator_width": "16, 64, 128", "z_dim": "1, 2, 8",
    "loss": "non-saturating, minimax, wasserstein", "minibatch_std": "off, on", "spectral_norm": "off, on",
    "relativistic": "off, on", "seed": "0, 1, 2, 3", "batch_size": "4, 64, 256", "unroll_steps": "0, 1, 5",
    "activation": "relu, leaky relu, tanh", "beta1": "0, 0.5, 0.9", "real_label": "0.8, 0.9, 1",
    "lambda_gp": "0, 0.1, 1", "r2_gamma": "0, 0.1, 1",
}  # fmt: skip
_FIRST, _SECOND = "lr_discriminator", "packing"


def show(link: Mapping[str, str]) -> None:
    """What is varied, left; the grid, right."""
    from gan_core.families import FAMILIES

    left, right = st.columns([1, 2.6], gap="large")
    with left:
        family = next(cls for cls in FAMILIES.values() if cls.data_kinds == ("points",))
        dataset = twins.data_choice(family, link)
        shared = twins.switches(family, link.get("shared", ""), "kitchen_sweep", "All runs", "shared")
        axes = [_axis(family, link, 0), _axis(family, link, 1)]
        steps, seed = twins.numbers(STEPS, link)
        runs, notice = orders.of_link(link.get("runs"), most=_most())
        cells = _plan(family, dataset, [one.name for one in shared], axes, steps, seed)
        if cells is not None:
            _start_button(family, cells, dataset, bool(runs))
    with right:
        if notice:
            st.info(notice, icon=":material/link_off:")
        if runs:
            _watch([run.id for run in runs])
        elif cells is not None:
            st.html(
                f'<p class="quiet">{len(cells)} runs, which all start like this one; they train one after '
                "the other, and each fills its place in the grid.</p>"
            )
            with st.columns(2)[0]:
                board.before(cells[0].config, "Every run")


def _most() -> int:
    from gan_core.kitchen.sweeps import MAX_RUNS

    return MAX_RUNS


def _axis(family: type[Family], link: Mapping[str, str], number: int) -> tuple[str, str]:
    """A setting and its values as typed; the second may be none."""
    names = [
        name for name in family.Settings.model_fields if name not in _NEVER
    ] + list(_OF_TRAINING)  # fmt: skip
    parameter, values = f"vary{number + 1}", f"values{number + 1}"
    usual = (_FIRST, _SECOND)[number]
    options = names if number == 0 else [_NONE, *names]
    asked = link.get(parameter, usual)
    key = f"kitchen_{parameter}"
    chosen = str(
        st.selectbox(
            ("Vary, down", "and, across")[number], options,
            options.index(asked) if asked in options else options.index(usual), key=key,
            format_func=lambda name: label(family, name) if name else "nothing else",
            on_change=lambda: _changed(parameter, st.session_state[key], values),
            help="A setting that differs from run to run.",
        )
    )  # fmt: skip
    if not chosen:
        return _NONE, ""
    text_key = f"{key}_values:{chosen}"
    typed = st.text_input(
        f"Values of {label(family, chosen).lower()}",
        link.get(values) or _usual(family, chosen), key=text_key,
        max_chars=120, label_visibility="collapsed",
        on_change=lambda: twins.put(values, st.session_state[text_key]),
        help="Separated by commas.",
    )  # fmt: skip
    return chosen, typed


def _changed(parameter: str, chosen: str, values: str) -> None:
    twins.put(parameter, chosen)
    st.query_params.pop(values, None)  # those of another setting


def _usual(family: type[Family], name: str) -> str:
    if name in _USUAL:
        return _USUAL[name]
    cls: type[Settings] = family.Settings if name in family.Settings.model_fields else TrainingSettings
    return shown(cls.model_fields[name].default)


def label(family: type[Family], name: str) -> str:
    """What a setting of the family or of the training is called."""
    cls: type[Settings] = family.Settings if name in family.Settings.model_fields else TrainingSettings
    return fields.label(cls, name)


def shown(value: Any) -> str:
    """A setting's value as people write it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return text.short_number(value) if isinstance(value, (int, float)) else text.title(str(value))


def _plan(
    family: type[Family],
    dataset: str,
    shared: Sequence[str],
    typed: Sequence[tuple[str, str]],
    steps: int,
    seed: int,
) -> list[Cell] | None:
    """The runs; None, and a sentence on the page, if they cannot be."""
    from gan_core.kitchen.dials import plain_game
    from gan_core.kitchen.sweeps import Axis, parse_values, plan

    try:
        axes: list[Axis] = [Axis(name, parse_values(values)) for name, values in typed if name]
        base = plain_game(family.name, dataset, steps=steps, seed=seed, more=shared)
        return plan(base, axes, waiting=orders.waiting())
    except UserError as error:
        orders.say(str(error))
        return None


def _start_button(family: type[Family], cells: Sequence[Cell], dataset: str, running: bool) -> None:
    title = run_state.dataset_title(dataset)
    named: list[tuple[str, RunConfig]] = [
        (
            f"Sweep on {title}: "
            + ", ".join(f"{label(family, name)} {shown(value)}" for name, value in cell.values.items()),
            cell.config,
        )
        for cell in cells
    ]
    st.button(
        f"Run {len(cells)} again" if running else f"Run {len(cells)}", type="primary",
        icon=":material/play_arrow:", key="kitchen_sweep_run",
        on_click=partial(orders.start, [(name[:80], config) for name, config in named]),
        help="Queues all of them; they also appear in the list of the Train page.",
    )  # fmt: skip


# --- the grid ---


def _watch(run_ids: Sequence[str]) -> None:
    alive = any(run_state.is_alive(services.follow(run_id).run) for run_id in run_ids)
    st.fragment(_grid, run_every=REFRESH_S if alive else None)(tuple(run_ids), alive)


def _grid(run_ids: Sequence[str], was_alive: bool) -> None:
    from gan_core.families import FAMILIES
    from gan_core.kitchen.sweeps import axes_of

    runs = [services.follow(run_id).run for run_id in run_ids]
    left = [run for run in runs if run_state.is_alive(run)]
    if was_alive and not left:
        st.rerun()  # the last time: nothing moves any more
    axes = axes_of([run.config for run in runs]) or ["seed"]
    family = FAMILIES[runs[0].config.family]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="quiet">{text.escape(_progress(runs, left))}</p>')
        if left:
            st.button(
                "Stop all", icon=":material/stop:", key="kitchen_stop_all",
                on_click=partial(orders.stop, run_ids), help="Ends those that train and those that wait.",
            )  # fmt: skip
    if len(axes) == 1:
        for start in range(0, len(runs), IN_A_ROW):
            columns = st.columns(IN_A_ROW, gap="small")
            for run, column in zip(runs[start : start + IN_A_ROW], columns, strict=False):
                with column:
                    _cell(run, f"{label(family, axes[0])} {shown(value_of(run, axes[0]))}")
        return
    _table(runs, axes, family)


def _table(runs: Sequence[Run], axes: Sequence[str], family: type[Family]) -> None:
    """One setting down, the other across."""
    down, across = axes[0], axes[1]
    rows = list(dict.fromkeys(value_of(run, down) for run in runs))
    columns = list(dict.fromkeys(value_of(run, across) for run in runs))
    by_place = {(value_of(run, down), value_of(run, across)): run for run in runs}
    for row in rows:
        st.html(
            f'<div class="heading quiet">{text.escape(label(family, down))} {text.escape(shown(row))}</div>'
        )
        for column, place in zip(columns, st.columns(max(len(columns), 3), gap="small"), strict=False):
            run = by_place.get((row, column))
            if run is not None:
                with place:
                    _cell(run, f"{label(family, across)} {shown(column)}")


def value_of(run: Run, name: str) -> Any:
    """A setting of a run's family or training."""
    return run.config.settings.get(name, run.config.training.model_dump().get(name))


def _cell(run: Run, title: str) -> None:
    png = board.newest(run)
    if png is None:
        st.html(f'<div class="sweep-empty">{text.escape(board.why_empty(run))}</div>')
    else:
        st.image(png, width=210, alt=f"Points of the run with {title}")
    reader = services.follow(run.id)
    state = "" if run.state in ("finished", "running") else f" · {run_state.word(run).lower()}"
    st.html(
        f'<div class="sweep-cell"><b>{text.escape(title)}</b>'
        f"<span>{text.escape((board.count(reader) or 'not counted') + state)}</span></div>"
    )


def _progress(runs: Sequence[Run], left: Sequence[Run]) -> str:
    done = len(runs) - len(left)
    if not left:
        return f"All {len(runs)} runs have ended."
    spent = [run.seconds for run in runs if not run_state.is_alive(run) and run.seconds > 0]
    if not spent:
        return f"{done} of {len(runs)} have ended."
    per_run = sum(spent) / len(spent) + START_S
    return f"{done} of {len(runs)} have ended, about {text.duration(per_run * len(left))} left."
