"""Twin runs: the same start and the same batches, one thing different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from gan_core.data import DATASETS
from gan_core.settings import RunConfig, UserError
from pages.components import compare, run_state, services, text
from pages.components.kitchen import board, orders

if TYPE_CHECKING:
    from gan_core.family import Family
    from gan_core.kitchen.dials import Dial
    from gan_core.runs.records import Run

_STEPS = 1500


def show(link: Mapping[str, str]) -> None:
    """What both have and what the second has alone, left; the two runs right."""
    left, right = st.columns([1, 2.1], gap="large")
    with left:
        family = family_choice(link)
        dataset = data_choice(family, link)
        shared = switches(family, link.get("shared", ""), "kitchen_shared", "Both runs", "shared")
        own = _own_switch(family, link)
        steps, seed = numbers(_STEPS, link)
        pair = _configs(family, dataset, shared, own, steps, seed)
        runs, notice = orders.of_link(link.get("runs"), most=2)
        if pair is not None and own is not None:
            _start_button(pair, own, bool(runs))
        _explain(shared, own)
    with right:
        if notice:
            st.info(notice, icon=":material/link_off:")
        if len(runs) == 2:
            st.html(compare.table(compare.differences(*runs), ("first run", "second run")))
            board.show([run.id for run in runs], _titles(runs), _story)
        elif pair is not None and own is not None:
            st.html('<p class="quiet">Before the first step: both generators have the same weights.</p>')
            for column, config, title in zip(
                st.columns(2, gap="large"), pair, ("First run", f"Second run: {own.title}"), strict=True
            ):
                with column:
                    board.before(config, title)


def _titles(runs: Sequence[Run]) -> list[str]:
    """What the twins are called beside each other; what differs is the end of the second one's name."""
    return ["First run", f"Second run: {runs[1].name.rpartition(': ')[2]}"]


def family_choice(link: Mapping[str, str]) -> type[Family]:
    """Which networks: any generator against a discriminator."""
    from gan_core.families import FAMILIES
    from gan_core.kitchen.dials import is_adversarial

    names = [name for name, cls in FAMILIES.items() if is_adversarial(cls) and _data_here(cls)]
    names.sort(key=lambda name: FAMILIES[name].data_kinds[0] != "points")  # the quick ones first
    asked = link.get("family", "")
    chosen = st.selectbox(
        "Networks", names, names.index(asked) if asked in names else 0,
        format_func=lambda name: FAMILIES[name].title, key="kitchen_family",
        on_change=lambda: put("family", st.session_state["kitchen_family"]),
        help="Those of points finish in seconds; those of images, small ones here, a minute or more.",
    )  # fmt: skip
    return FAMILIES[chosen]


def put(name: str, value: str) -> None:
    """A choice into the address; the runs on the page belong to another one now."""
    orders.forget()
    st.query_params[name] = value


def data_choice(family: type[Family], link: Mapping[str, str]) -> str:
    """Which data: those that can be had without a question."""
    names = _data_here(family)
    asked = link.get("data", "")
    usual = family.default_dataset if family.default_dataset in names else names[0]
    key = f"kitchen_data:{family.name}"
    return str(
        st.selectbox(
            "Data set", names, names.index(asked if asked in names else usual),
            format_func=run_state.dataset_title, key=key,
            on_change=lambda: put("data", st.session_state[key]),
            help="Data that are on this machine; the Train page fetches others.",
        )
    )  # fmt: skip


def _data_here(family: type[Family]) -> list[str]:
    """Data sets of a family's kind that are on this machine."""
    from gan_core.data import dataset_status

    return [
        name
        for name, info in DATASETS.items()
        if info.kind in family.data_kinds
        and (info.domains or not family.needs_other)
        and dataset_status(name) == "ready"
    ]


def switches(family: type[Family], asked: str, key: str, label: str, parameter: str) -> list[Dial]:
    """Switches that are on, any number of them."""
    from gan_core.kitchen.dials import dials_of

    able = {one.name: one for one in dials_of(family)}
    own_key = f"{key}:{family.name}"
    chosen = st.multiselect(
        label, list(able), [name for name in asked.split(",") if name in able], key=own_key,
        format_func=lambda name: _titled(able[name]), placeholder="the plain game",
        on_change=lambda: put(parameter, ",".join(st.session_state[own_key])),
        help="Causes of collapse and cures for it; without any it is the plain game of the first paper.",
    )  # fmt: skip
    return [able[name] for name in chosen]


def _titled(one: Dial) -> str:
    return f"{one.kind.capitalize()}: {one.title}"


def _own_switch(family: type[Family], link: Mapping[str, str]) -> Dial | None:
    from gan_core.kitchen.dials import dials_of

    able = {one.name: one for one in dials_of(family)}
    asked, key = link.get("own", ""), f"kitchen_own:{family.name}"
    chosen = st.selectbox(
        "The second run alone", list(able),
        list(able).index(asked if asked in able else next(iter(able))), key=key,
        format_func=lambda name: _titled(able[name]),
        on_change=lambda: put("own", st.session_state[key]),
        help="The one thing in which the twins differ.",
    )  # fmt: skip
    return able.get(str(chosen))


def numbers(steps: int, link: Mapping[str, str]) -> tuple[int, int]:
    """Steps and seed of the runs."""
    left, right = st.columns(2)
    asked = {name: link.get(name, "") for name in ("steps", "seed")}
    first = {name: int(v[:7]) for name, v in asked.items() if v.isascii() and v.isdigit()}
    chosen = left.number_input(
        "Steps", 100, 20_000, min(max(first.get("steps", steps), 100), 20_000), 100, key="kitchen_steps",
        on_change=lambda: put("steps", str(st.session_state["kitchen_steps"])),
        help="Of each run. On two quiet cores points take about two seconds for a thousand.",
    )  # fmt: skip
    seed = right.number_input(
        "Seed", 0, orders.LARGEST_SEED, min(first.get("seed", 0), orders.LARGEST_SEED),
        key="kitchen_twin_seed",
        on_change=lambda: put("seed", str(st.session_state["kitchen_twin_seed"])),
        help="Of weights, noise and the order of the data: the same for all runs.",
    )  # fmt: skip
    return int(chosen), int(seed)


def _configs(
    family: type[Family], dataset: str, shared: Sequence[Dial], own: Dial | None, steps: int, seed: int
) -> tuple[RunConfig, RunConfig] | None:
    """Both runs; None, and a sentence on the page, if they cannot be."""
    from gan_core.kitchen.dials import plain_game, switched
    from gan_core.kitchen.twins import twin

    if own is None:
        return None
    try:
        first = plain_game(family.name, dataset, steps=steps, seed=seed, more=[one.name for one in shared])
        second = twin(first, switched(first, [own.name]))
        if (second.settings, second.training) == (first.settings, first.training):
            st.info("Both runs have that already: choose another switch.", icon=":material/info:")
            return None
    except UserError as error:
        orders.say(str(error))
        return None
    return first, second


def _start_button(pair: tuple[RunConfig, RunConfig], own: Dial, running: bool) -> None:
    problem = orders.has_room(2)
    title = f"{run_state.dataset_title(pair[0].dataset)}, seed {pair[0].training.seed}"
    names = (f"Twins on {title}: without", f"Twins on {title}: {text.lower_first(own.title)}")
    st.button(
        "Run again" if running else "Run both", type="primary", icon=":material/play_arrow:",
        key="kitchen_twins_run", disabled=problem is not None,
        on_click=partial(orders.start, [(n[:80], c) for n, c in zip(names, pair, strict=True)]),
        help="Starts both runs, one after the other on two cores.",
    )  # fmt: skip
    if problem:
        st.caption(problem)


def _explain(shared: Sequence[Dial], own: Dial | None) -> None:
    lines = [*shared, *([own] if own is not None and own not in shared else [])]
    said = "".join(
        f"<p><b>{text.escape(one.title)}.</b> {text.escape(one.why)}"
        f"{f' <span class=quiet>{text.escape(one.paper)}.</span>' if one.paper else ''}</p>"
        for one in lines
    )
    note = (
        '<p class="quiet">Both see the same real examples in the same order and start from the same weights, '
        "layer by layer where a layer fits both. A switch that draws random numbers of its own, such as "
        "noise, changes the noise of G after the first step.</p>"
    )
    if any(one.name == "no-batch-variation" for one in lines):
        note = '<p class="quiet">Both start from the same weights; batches of four are not the same.</p>'
    st.html(f'<div class="kitchen-text small">{said}{note}</div>')


def _story(runs: Sequence[Run]) -> str:
    """How far they are, or what was counted at the end, as HTML."""
    if any(run_state.is_alive(run) for run in runs):
        done = sum(not run_state.is_alive(run) for run in runs)
        return f'<p class="quiet">{done} of 2 runs have finished.</p>'
    counts = [board.count(services.follow(run.id)) for run in runs]
    if not any(counts):  # of translations, which cannot lack a class that they are not given
        return (
            '<p class="quiet">Both runs have finished. Of what these networks make no modes are counted.</p>'
        )
    first, second = (count or "not counted" for count in counts)
    said = f"First run: {first}. Second run: {second}."
    return f'<div class="finding" style="--tone:var(--quiet)"><p><b>{text.escape(said)}</b></p></div>'
