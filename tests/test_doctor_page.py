"""The doctor on the Train page, on a real run store; no worker runs, so every state can be looked at."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from gan_core.building import resolve_config
from gan_core.runs.launcher import Launcher
from gan_core.runs.probes import Probe, ProbeSet, Reference
from gan_core.runs.store import RunStore
from gan_core.settings import RunConfig, TrainingSettings
from pages.components import actions
from pages.components.doctor import case, scores
from tests.visits import visit

MODES = Probe(
    "modes", "Modes reached", "{value} of 8 modes", lambda seen: 0.0, Reference(0.0, "none"),
    Reference(8.0, "all of them"), is_share=False, counts="modes",
)  # fmt: skip
Submitted = list[tuple[str, Any]]


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(actions, "PATIENCE_S", 0.0)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def store(runs_dir: Path) -> RunStore:
    return RunStore(runs_dir)


@pytest.fixture
def add_run(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def add(state: str, modes: dict[int, float], *, steps: int = 2000, **settings: Any) -> str:
        """A run on the ring with modes measured at some steps, and checkpoints at 400 and 1,200."""
        training = TrainingSettings(steps=3000)
        config = RunConfig(
            family="mlp", dataset="ring8", preset="high-generator-rate", settings=settings, training=training
        )
        run_id = store.create(resolve_config(config), name="spoilt")
        assert store.claim(run_id, 99) is not None
        store.set_state(run_id, "running")
        flat = {"d_real": 0.55, "d_fake": 0.45, "grad_norm/generator": 1.0, "generator/adversarial": 0.7}
        rows = [(step, name, v) for step in range(20, steps + 1, 20) for name, v in flat.items()]
        store.add_metrics(run_id, [*rows, *((step, "modes", value) for step, value in modes.items())])
        store.add_event(run_id, 10, "probes", ProbeSet((MODES,)).detail())
        store.beat(run_id, step=steps, seconds=4.0, images_per_s=6400.0, pid=os.getpid())
        if state != "running":
            store.set_state(run_id, state)  # type: ignore[arg-type]
        return run_id

    monkeypatch.setattr(RunStore, "checkpoint_steps", lambda self, run_id: [400, 1200])
    return add


def collapsing() -> dict[int, float]:
    return {200: 3.0, 400: 8.0, 600: 8.0, 800: 8.0} | dict.fromkeys(range(1000, 2001, 200), 3.0)


def open_run(run_id: str, **link: str) -> AppTest:
    return visit("pages/train.py", run=run_id, **link)


def shown(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def cure(app: AppTest, label: str) -> Any:
    return next(b for b in app.button if (b.key or "").startswith("cure:") and b.label.startswith(label))


def cures(app: AppTest) -> list[Any]:
    return [button for button in app.button if (button.key or "").startswith("cure:")]


def test_a_collapsed_run_that_trains_is_told_and_cured_at_one_click(
    add_run: Callable[..., str], store: RunStore
) -> None:
    run_id = add_run("running", collapsing())
    app = open_run(run_id)
    words = shown(app)
    assert "Mode collapse</b>At most 3 of 8 modes are made" in words  # the line above the pictures
    assert "What to try.</b> Changes this run at once; the curves get a mark." in words
    assert "0.9: share of the modes or classes below which G has collapsed" in words
    assert "With it: Discriminator learning rate 1e-4 → 0.001, R1 penalty 0 → 0.1" in words
    recipe = cure(app, "Relativistic pairing on and 4 more")
    recipe.click()
    app.run()
    assert not app.exception
    (command,) = store.take_commands(run_id)
    assert (command.name, command.arguments["settings"]["lr_discriminator"]) == ("set", 1e-3)
    assert command.arguments["settings"]["relativistic"] is True


def test_the_evidence_of_a_collapse_is_drawn_up_to_all_the_modes(add_run: Callable[..., str]) -> None:
    app = open_run(add_run("running", dict.fromkeys(range(200, 2001, 200), 3.0)))
    (chart,) = (c for c in app.get("echarts_chart") if c.proto.alt.startswith("Mode collapse"))
    axis = json.loads(chart.proto.spec)["yAxis"]
    assert (axis["min"], axis["max"]) == (0, 8)


def test_a_finished_run_is_cured_in_a_branch_from_the_last_checkpoint_that_was_well(
    add_run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    branched: Submitted = []
    monkeypatch.setattr(
        Launcher, "branch", lambda self, run_id, step, changes: branched.append((step, changes)) or run_id
    )
    app = open_run(add_run("finished", collapsing()))
    said = "Starts a new run from step 1,200, the last checkpoint before anything ill was seen; this run"
    assert said in shown(app)  # the fall to three modes was too fresh then to be called a collapse
    cure(app, "Generator learning rate 0.001 → 5e-4").click()
    app.run()
    assert branched == [(1200, {"lr_generator": 5e-4})]


def test_what_changes_the_networks_starts_anew_and_says_so(
    add_run: Callable[..., str], store: RunStore
) -> None:
    run_id = add_run("running", collapsing())
    app = open_run(run_id)
    assert "<b>Starts a new run from step 0 with the same seed; this run stays as it is.</b>" in shown(app)
    cure(app, "Packing 1 → 4").click()
    app.run()
    newest = store.runs()[0]
    assert newest.id != run_id
    assert newest.config.settings["packing"] == 4
    assert newest.config.settings["lr_discriminator"] == 1e-4
    assert app.query_params["run"] in (newest.id, [newest.id])


def test_an_earlier_step_is_judged_by_what_was_known_then(add_run: Callable[..., str]) -> None:
    run_id = add_run("finished", collapsing())
    app = open_run(run_id, at="900")
    assert "then, at step 900" in shown(app)
    (verdict,) = [e.proto.body for e in app.get("html") if 'class="verdict"' in e.proto.body]
    assert "Healthy</b>" in verdict
    assert cures(app) == []


def test_the_rules_can_be_read_with_a_run_that_is_well(add_run: Callable[..., str]) -> None:
    app = open_run(add_run("running", dict.fromkeys(range(200, 2001, 200), 8.0)))
    words = shown(app)
    assert "Healthy</b>" in words
    assert "8 of 8 modes are made" in words
    assert cures(app) == []
    assert "G&#x27;s gradient has vanished</b>" in words  # among all the rules


def test_a_run_whose_modes_are_not_counted_says_so(add_run: Callable[..., str], store: RunStore) -> None:
    run_id = add_run("running", {})
    store.add_event(run_id, 20, "probes", ProbeSet(missing=("No judge is here.",)).detail())
    words = shown(open_run(run_id))
    assert "the doctor judges by D&#x27;s answers and G&#x27;s gradients alone. No judge is here." in words


def test_new_settings_are_given_time_and_their_effect_is_told(
    add_run: Callable[..., str], store: RunStore
) -> None:
    modes = collapsing() | {1900: 3.0, 2000: 8.0}
    run_id = add_run("running", {})
    named = [(step, "modes_near", value) for step, value in modes.items()]
    store.add_metrics(run_id, named)
    store.add_event(run_id, 1950, "setting", {"changes": {"lr_discriminator": [1e-4, 1e-3]}})
    words = shown(open_run(run_id))
    assert "Since the change at step 1,950: modes that points lie around 3 → 8." in words
    assert "50 steps are done since the settings changed at step 1,950" in words


def test_no_good_checkpoint_means_the_earliest(add_run: Callable[..., str], store: RunStore) -> None:
    from gan_core.runs.reader import RunReader
    from pages.components.doctor import remedies

    run_id = add_run("finished", dict.fromkeys(range(100, 2001, 100), 2.0))
    reader = RunReader(store, run_id)
    found = case.case_of(reader, None)
    assert case.last_good(reader, [600, 1200], found.record.references) is None
    assert remedies.said("branch", remedies.Start(600, is_good=False)).startswith(
        "Starts a new run from step 600, the earliest that is kept"
    )


def test_the_late_checkpoints_of_a_finished_run_start_no_branch(
    add_run: Callable[..., str], store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gan_core.runs.reader import RunReader
    from pages.components.doctor import remedies

    ended, going = (add_run(state, collapsing()) for state in ("finished", "running"))
    monkeypatch.setattr(RunStore, "checkpoint_steps", lambda _, run_id: [1900, store.get(run_id).step])
    starts = []
    for run_id in (ended, going):
        reader = RunReader(store, run_id)
        starts.append(remedies.start_of(reader, case.case_of(reader, None), None))
    assert starts[0] is None
    assert starts[1] is not None


def test_the_strip_shows_each_moment_as_a_column_of_shares() -> None:
    taken = [
        {"step": 100, "counts": {"seen": [0, 5, 5, 0], "fake": [10, 0, 0, 0]}},
        {"step": 900, "counts": {"seen": [0, 0, 0, 8], "fake": [4, 4, 0, 0]}},
    ]
    chart = scores.strip(taken, "seen", "#008837", 800)
    assert chart["xAxis"]["data"] == ["100", "900"]
    (heat,) = chart["series"]
    assert heat["data"] == [[0, 1, 0.5], [0, 2, 0.5], [1, 3, 1.0]]
    assert heat["markLine"]["data"] == [{"xAxis": 1}]
    assert scores.describe(taken, "fake") == "D's scores at step 900: 0.25 on average"
    many = [{"step": n, "counts": {"fake": [1]}} for n in range(1000)]
    assert len(scores.strip(many, "fake", "#A33EBD", None)["xAxis"]["data"]) == scores.COLUMNS


def test_the_details_show_the_strips(add_run: Callable[..., str], store: RunStore) -> None:
    run_id = add_run("running", collapsing())
    counts = {"seen": [0] * 19 + [9], "fake": [9] + [0] * 19}
    store.add_event(run_id, 100, "scores", {"step": 90, "counts": counts})
    app = open_run(run_id)
    app.session_state["details"] = ":material/show_chart: More curves"
    app.run()
    assert not app.exception
    assert "D's scores over the training" in shown(app)
