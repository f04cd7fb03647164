"""The pages as a viewer drives them, on a real run store; no worker runs, so every state can be looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from gan_core import weights
from gan_core.building import build_family, resolve_config
from gan_core.images import png
from gan_core.phases import DataSpec
from gan_core.runs.files import RunFolder
from gan_core.runs.launcher import Launcher
from gan_core.runs.probes import Probe, ProbeSet, Reference
from gan_core.runs.store import RunStore
from gan_core.runs.timeline import write_snapshot
from gan_core.settings import RunConfig, TrainingSettings
from pages.components import actions, details, downloads, frames
from tests.visits import APP, visit

LIVE, FIXED = "Generator learning rate", "Noise dimensions"


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is started, nothing is waited for, and no weights are shipped unless a test puts some there."""
    monkeypatch.setattr(Launcher, "start", lambda self: None)
    monkeypatch.setattr(actions, "PATIENCE_S", 0.0)
    monkeypatch.setattr(weights, "WEIGHTS_DIR", tmp_path / "weights")
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def store(runs_dir: Path) -> RunStore:
    return RunStore(runs_dir)


@pytest.fixture
def shipped(tmp_path: Path) -> None:
    """A tiny untrained DCGAN under the name of the shipped one."""
    config = resolve_config(
        RunConfig(family="dcgan", dataset="digits", settings={"width": 4, "stem_width": 0, "head_width": 0})
    )
    data = weights.DataCard(kind="images", shape=(1, 16, 16))
    family = build_family(config, DataSpec("images", (1, 16, 16)))
    card = weights.Card(
        name="dcgan-digits", title="DCGAN on Digits", family="dcgan", dataset="digits", data=data,
        settings=config.settings, training=config.training, preset="default", command="", seed=0, steps=1,
        images_seen=64, seconds=1.0, device="cpu", hardware="", versions={}, created="2026-11-22",
    )  # fmt: skip
    weights.save(tmp_path / "weights" / "dcgan-digits.safetensors", family, card)


def image_snapshot(store: RunStore, run_id: str, step: int) -> None:
    folder, rng = RunFolder(store.folder(run_id)), np.random.default_rng(step)
    images = rng.integers(0, 256, (16, 16, 16, 1), np.uint8)
    scores = np.full(16, 0.25, np.float32)
    write_snapshot(folder.snapshot(step), {"fake": images, "fake_score": scores, "real_score": scores})
    write_snapshot(folder.real_examples, {"real": images})


@pytest.fixture
def add_run(store: RunStore) -> Callable[..., str]:
    def add(
        *states: str, error: str | None = None, config: RunConfig | None = None, name: str = "first try"
    ) -> str:
        """A run that went through the states, with some curves and two pictures once it has been running."""
        config = config or RunConfig(family="dcgan", dataset="digits", training=TrainingSettings(steps=1000))
        run_id = store.create(resolve_config(config), name=name)
        for state in states:
            if state == "starting":
                assert store.claim(run_id, 99) is not None
                continue
            store.set_state(run_id, state, error if state == states[-1] else None)  # type: ignore[arg-type]
            if state == "running" and config.family == "dcgan":
                _record(store, run_id)
        return run_id

    return add


def _record(store: RunStore, run_id: str) -> None:
    names = ("discriminator/adversarial", "generator/adversarial", "grad_norm/generator")
    rows = [(step, name, 1.0) for step in range(0, 400, 20) for name in names]
    rows += [(step, "d_real", 0.98) for step in range(0, 400, 20)]
    rows += [(step, "d_fake", 0.02) for step in range(0, 400, 20)]
    store.add_metrics(run_id, rows)
    store.beat(run_id, step=400, seconds=4.0, images_per_s=6400.0, pid=os.getpid())
    image_snapshot(store, run_id, 0)
    image_snapshot(store, run_id, 400)


def open_train(**link: str) -> AppTest:
    return visit("pages/train.py", **link)


def button(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def widget(app: AppTest, label: str) -> Any:
    """A setting in the sidebar by its label; a live one carries an icon behind it."""
    kinds = (app.selectbox, app.number_input, app.select_slider, app.toggle)
    return next(w for kind in kinds for w in kind if w.label.split(" :material")[0] == label)


def click(app: AppTest, label: str) -> None:
    button(app, label).click()
    app.run()
    assert not app.exception, app.exception


def _parameter(app: AppTest, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def shown(app: AppTest) -> str:
    """All text and HTML on the page, and what its charts are called."""
    html = [element.proto.body for element in app.get("html")]
    html += [element.proto.alt for element in app.get("echarts_chart")]
    return "\n".join([*html, *(m.value for m in app.markdown), *(e.value for e in app.error)])


# --- home ---


def open_home() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert not app.exception, app.exception
    return app


def test_home_without_weights_says_so_in_a_sentence() -> None:
    app = open_home()
    assert "nothing to show yet" in app.info[0].value
    assert "DCGAN" not in app.title[0].value


@pytest.mark.usefixtures("shipped")
def test_home_draws_digits_and_a_click_draws_others() -> None:
    app = open_home()
    before = app.image[0].value
    click(app, "Ten others")
    seed = _parameter(app, "seed")
    after = app.image[0].value
    assert after != before
    assert f"seed {int(seed):,}" in shown(app)


@pytest.mark.usefixtures("shipped")
def test_the_same_seed_in_the_link_gives_the_same_digits() -> None:
    urls = []
    for _ in range(2):
        app = AppTest.from_file(APP, default_timeout=60)
        app.query_params["seed"] = "42"
        app.run()
        urls.append(app.image[0].value)
    assert urls[0] == urls[1]


def test_home_tells_which_data_are_here_and_which_must_be_fetched() -> None:
    shelf = next(
        element.proto.body for element in open_home().get("html") if "Data, ready" in element.proto.body
    )
    ready, missing = shelf.split("Data to download")
    assert "Digits (small)" in ready
    assert "MNIST</li>" not in ready
    assert "MNIST (12 MB)" in missing


def test_home_links_to_the_runs_that_are_alive(add_run: Callable[..., str]) -> None:
    add_run("starting", "running", name="alive *and* well")
    add_run("starting", "running", "finished", name="over")
    app = open_home()
    labels = [link.proto.label for link in app.get("page_link")]
    assert any("alive" in label for label in labels)
    assert not any("over" in label for label in labels)
    assert r"\*and\*" in " ".join(labels)


# --- a new run ---


def test_train_opens_on_a_new_run_with_play_ready() -> None:
    app = open_train()
    assert not button(app, "Play").disabled
    assert button(app, "Reset").disabled
    assert widget(app, "Data set").value == "digits"


@pytest.mark.usefixtures("shipped")
def test_train_opens_on_samples_of_the_shipped_weights() -> None:
    app = open_train()
    assert "Trained: DCGAN on Digits" in shown(app)
    assert len(app.image) == 1


def test_a_family_offers_only_data_it_accepts() -> None:
    app = open_train()
    widget(app, "Family").select("mlp").run()
    data = widget(app, "Data set")
    assert data.value == "ring8"
    assert "Digits (small)" not in data.options
    assert not app.exception


def test_every_family_has_a_widget_for_every_setting() -> None:
    app = open_train()
    for title in widget(app, "Family").options:
        widget(app, "Family").select(title).run()
        assert not app.exception, title
        assert not app.error, title


def test_play_queues_a_run_with_the_chosen_settings(store: RunStore) -> None:
    app = open_train()
    widget(app, "Steps").set_value(1234).run()
    widget(app, LIVE).set_value(5e-4).run()
    click(app, "Play")
    (run,) = store.runs()
    assert (run.state, run.total_steps, run.config.settings["lr_generator"]) == ("queued", 1234, 5e-4)
    assert _parameter(app, "run") == run.id
    assert "Next in the queue" in shown(app)


def test_an_open_end_is_a_run_without_a_number_of_steps(store: RunStore) -> None:
    app = open_train()
    widget(app, "Open end").set_value(True).run()
    assert widget(app, "Steps").disabled
    click(app, "Play")
    assert store.runs()[0].total_steps is None


def test_settings_that_do_not_fit_together_grey_play_and_are_explained() -> None:
    app = open_train()
    widget(app, "D updates per G update").set_value(3).run()
    widget(app, "G updates per D update").set_value(2).run()
    assert button(app, "Play").disabled
    assert len(app.error) == 1
    assert "“D updates per G update” is 3 and “G updates per D update” is 2" in app.error[0].value


def test_new_seed_changes_the_seed_alone() -> None:
    app = open_train()
    before = widget(app, "Seed").value
    click(app, "New seed")
    assert widget(app, "Seed").value != before
    assert str(widget(app, "Seed").value) == _parameter(app, "seed")


def test_new_seed_keeps_what_was_chosen() -> None:
    app = open_train()
    widget(app, "Steps").set_value(1234).run()
    click(app, "New seed")
    assert widget(app, "Steps").value == 1234


def test_a_link_opens_a_prepared_page(store: RunStore) -> None:
    app = open_train(
        new="", family="mlp", data="grid25", preset="wgan-gp", lr_generator="0.0005", steps="777"
    )
    assert (widget(app, "Family").value, widget(app, "Data set").value) == ("mlp", "grid25")
    click(app, "Play")
    (run,) = store.runs()
    assert (run.config.preset, run.config.settings["lr_generator"], run.total_steps) == ("wgan-gp", 5e-4, 777)


def test_settings_of_a_new_run_are_in_the_address() -> None:
    app = open_train()
    widget(app, LIVE).set_value(5e-4).run()
    assert _parameter(app, "lr_generator") == "0.0005"
    assert _parameter(app, "family") == "dcgan"


def test_a_link_with_nonsense_still_opens() -> None:
    app = open_train(new="gone22", family="none", data="none", preset="none", seed="x", lr_generator="x")
    assert not button(app, "Play").disabled


# --- a branch ---


def test_a_branch_opens_what_may_change_and_its_own_budget(
    add_run: Callable[..., str], store: RunStore
) -> None:
    run_id = add_run("starting", "running", "finished")
    damaged = RunFolder(store.folder(run_id)).checkpoint(1000)
    damaged.parent.mkdir(parents=True, exist_ok=True)
    damaged.write_bytes(b"no tensors")
    app = open_train(branch=run_id, step="1000")
    assert not widget(app, LIVE).disabled
    assert widget(app, FIXED).disabled
    assert widget(app, "Steps").value == 2000
    assert not button(app, "Play branch").disabled
    click(app, "Play branch")
    assert "damaged" in app.error[0].value
    assert len(store.runs()) == 1


def test_a_run_without_checkpoints_cannot_be_branched(add_run: Callable[..., str]) -> None:
    app = open_train(branch=add_run("starting", "running", "finished"), step="1000")
    assert button(app, "Play branch").disabled


# --- a run ---


def test_a_running_run_shows_curves_pictures_and_what_they_mean(add_run: Callable[..., str]) -> None:
    app = open_train(run=add_run("starting", "running"))
    assert "D is too strong" in shown(app)
    assert len(app.get("echarts_chart")) == 1
    assert len(app.image) == 1
    assert not button(app, "Pause").disabled


def test_a_measured_run_shows_its_probe_and_what_the_value_means(
    add_run: Callable[..., str], store: RunStore
) -> None:
    probe = Probe(
        "agreement", "Recognised as asked", "{value} of 300 images are recognised", lambda family: 0.0,
        Reference(0.1, "guessing"), Reference(0.99, "real images"),
    )  # fmt: skip
    run_id = add_run("starting", "running")
    store.add_event(run_id, 10, "probes", ProbeSet((probe,)).detail())
    assert "images are recognised" not in shown(open_train(run=run_id))  # nothing was measured yet
    store.add_metrics(run_id, [(20, "agreement", 0.1), (400, "agreement", 0.6)])
    st.cache_resource.clear()
    app = open_train(run=run_id)
    assert "Mostly right: 60\u00a0% of 300 images are recognised." in shown(app)
    csv = downloads.curves_csv(run_id).decode()
    assert "400,agreement,0.6" in csv


def test_a_family_without_a_discriminator_is_read_by_its_loss(
    add_run: Callable[..., str], store: RunStore
) -> None:
    run_id = add_run("starting", "running", config=RunConfig(family="vae", dataset="digits"))
    steps = range(0, 800, 20)
    for name, start in (("autoencoder/reconstruction", 200.0), ("autoencoder/kl", 10.0), ("difference", 0.3)):
        store.add_metrics(run_id, [(step, name, start * (1 - step / 1000)) for step in steps])
    rng = np.random.default_rng(0)
    tiles = {name: rng.integers(0, 256, (16, 16, 16, 1), np.uint8) for name in ("fake", "rebuilt", "real")}
    folder = RunFolder(store.folder(run_id))
    write_snapshot(folder.snapshot(0), {name: tiles[name] for name in ("fake", "rebuilt")})
    write_snapshot(folder.real_examples, {"real": tiles["real"]})
    app = open_train(run=run_id)
    assert "The loss falls: " in shown(app)
    assert "Mean difference to the real image" in shown(app)
    assert "D&#x27;s mean answer" not in shown(app)
    assert "D's mean answer" not in shown(app)
    assert "Real</span> and rebuilt, in pairs" in shown(app)
    assert button(app, "G only").disabled
    assert button(app, "D only").disabled
    assert not button(app, "Step").disabled
    first = app.image[0].proto.imgs[0].url
    write_snapshot(folder.snapshot(0), {"fake": tiles["fake"], "rebuilt": tiles["real"]})
    st.cache_data.clear()
    frames.kept_snapshot.cache_clear()
    assert open_train(run=run_id).image[0].proto.imgs[0].url != first


def test_a_preset_in_minutes_says_so_beside_the_steps() -> None:
    app = open_train(new="", family="vae", preset="classroom")
    assert any("Ends after 3 minutes instead" in caption.value for caption in app.caption)
    assert "the encoder and the decoder start with random weights" in shown(app)


def test_the_details_say_why_something_is_not_measured_and_what_went_wrong(
    add_run: Callable[..., str], store: RunStore
) -> None:
    run_id = add_run("starting", "running")
    store.add_event(run_id, 10, "probes", ProbeSet(missing=("No classifier knows these classes.",)).detail())
    store.add_event(run_id, 30, "warning", {"text": "agreement: not measured any more"})
    rows = dict(details.notes(store.events_since(run_id)[0]))
    assert rows == {
        "Not measured": "No classifier knows these classes.",
        "Warning, step 30": "Agreement: not measured any more.",
    }


def test_a_run_of_another_version_is_shown_and_says_what_does_not_fit(
    add_run: Callable[..., str], store: RunStore
) -> None:
    config = store.get(add_run()).config
    strange = config.model_copy(update={"settings": config.settings | {"lambda_future": 1}})
    run_id = store.create(strange)
    image_snapshot(store, run_id, 100)
    app = open_train(run=run_id)
    assert not app.exception
    assert any("lambda_future" in error.value for error in app.error)
    assert len(app.get("imgs")) + len(app.image) > 0


def test_what_can_change_while_it_runs_is_open_and_the_rest_is_grey(add_run: Callable[..., str]) -> None:
    app = open_train(run=add_run("starting", "running"))
    assert not widget(app, LIVE).disabled
    assert widget(app, FIXED).disabled
    assert widget(app, "Seed").disabled
    assert widget(app, "Family").disabled


def test_a_live_setting_is_sent_to_the_worker(add_run: Callable[..., str], store: RunStore) -> None:
    run_id = add_run("starting", "running")
    app = open_train(run=run_id)
    assert store.take_commands(run_id) == []
    widget(app, LIVE).set_value(5e-4).run()
    (command,) = store.take_commands(run_id)
    assert (command.name, command.arguments) == ("set", {"settings": {"lr_generator": 5e-4}})


def test_a_change_by_somebody_else_shows_in_the_widget(add_run: Callable[..., str], store: RunStore) -> None:
    run_id = add_run("starting", "running")
    app = open_train(run=run_id)
    store.add_event(run_id, 400, "setting", {"changes": {"lr_generator": [1e-3, 2e-3]}})
    app.run()
    assert widget(app, LIVE).value == 2e-3
    assert store.take_commands(run_id) == []


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Pause", [("pause", {})]),
        ("Step", [("pause", {}), ("step", {"count": 1, "only": None})]),
        ("G only", [("pause", {}), ("step", {"count": 1, "only": "generator"})]),
        ("D only", [("pause", {}), ("step", {"count": 1, "only": "discriminator"})]),
    ],
)
def test_a_transport_button_becomes_commands(
    add_run: Callable[..., str], store: RunStore, label: str, expected: list[tuple[str, dict[str, Any]]]
) -> None:
    run_id = add_run("starting", "running")
    click(open_train(run=run_id), label)
    assert [(command.name, command.arguments) for command in store.take_commands(run_id)] == expected


def test_reset_stops_the_run_and_keeps_its_seed(add_run: Callable[..., str], store: RunStore) -> None:
    config = RunConfig(family="dcgan", dataset="digits", training=TrainingSettings(steps=1000, seed=77))
    run_id = add_run("starting", "running", config=config)
    app = open_train(run=run_id)
    click(app, "Reset")
    assert [command.name for command in store.take_commands(run_id)] == ["stop"]
    assert widget(app, "Seed").value == 77
    assert not button(app, "Play").disabled
    assert "the untrained generator" in shown(app)


@pytest.mark.parametrize(
    ("states", "error", "play", "greyed", "sentence"),
    [
        (("starting",), None, "Play", True, "The worker is getting ready."),
        (("starting", "running", "paused"), None, "Play", False, "Paused"),
        (("starting", "running", "finished"), None, "Continue", False, "Finished"),
        (("starting", "running", "stopped"), None, "Resume", False, "Stopped"),
        (("starting", "running", "interrupted"), "the worker is gone", "Resume", False, "Press Resume"),
        (
            ("starting", "running", "failed"),
            "the loss is <b>NaN</b>",
            "Play",
            True,
            "&lt;b&gt;NaN&lt;/b&gt;.",
        ),
    ],
)
def test_each_state_offers_what_helps(
    add_run: Callable[..., str],
    states: tuple[str, ...],
    error: str | None,
    play: str,
    greyed: bool,
    sentence: str,
) -> None:
    app = open_train(run=add_run(*states, error=error))
    assert button(app, play).disabled is greyed
    assert sentence in shown(app)


def test_a_waiting_run_shows_its_place(add_run: Callable[..., str]) -> None:
    add_run(name="first")
    second = add_run(name="second")
    assert "Number 2 in the queue" in shown(open_train(run=second))


def test_resume_queues_an_interrupted_run_again(add_run: Callable[..., str], store: RunStore) -> None:
    run_id = add_run("starting", "running", "interrupted", error="killed")
    app = open_train(run=run_id)
    button(app, "Resume").click()
    app.run()
    assert store.get(run_id).state == "queued"


def test_continue_doubles_the_budget_of_a_finished_run(add_run: Callable[..., str], store: RunStore) -> None:
    run_id = add_run("starting", "running", "finished")
    app = open_train(run=run_id)
    assert widget(app, "Steps").value == 1000
    click(app, "Continue")
    assert (store.get(run_id).state, store.get(run_id).total_steps) == ("queued", 1400)
    assert widget(app, "Steps").value == 1400


def test_deleting_asks_first(add_run: Callable[..., str], store: RunStore) -> None:
    run_id = add_run("starting", "running", "finished")
    app = open_train(run=run_id)
    click(app, "Delete…")
    assert store.get(run_id)
    assert "will be gone for good" in shown(app)
    click(app, "Delete")
    assert store.runs() == []


def test_a_run_that_is_alive_cannot_be_deleted(add_run: Callable[..., str]) -> None:
    assert button(open_train(run=add_run("starting", "running")), "Delete…").disabled


def test_a_name_that_looks_like_html_stays_text(add_run: Callable[..., str]) -> None:
    app = open_train(run=add_run("starting", "running", "finished", name="<script>alert(1)</script>"))
    assert "<script>" not in shown(app)
    assert "&lt;script&gt;" in shown(app)


def test_a_link_can_name_the_snapshot(add_run: Callable[..., str]) -> None:
    run_id = add_run("starting", "running", "finished")
    newest = open_train(run=run_id).image[0].value
    assert open_train(run=run_id, at="0").image[0].value != newest


def test_a_run_gets_another_name(add_run: Callable[..., str], store: RunStore) -> None:
    run_id = add_run("starting", "running", "finished")
    app = open_train(run=run_id)
    click(app, "Manage")
    app.text_input[0].set_value("the good one")
    click(app, "Rename")
    assert store.get(run_id).name == "the good one"


def test_images_can_be_uploaded_and_bad_ones_are_named(caplog: pytest.LogCaptureFixture) -> None:
    app = open_train(data="fashion-mnist")  # not the first one
    digits = np.random.default_rng(0).integers(0, 256, (2, 20, 20, 1), np.uint8)
    files = [(f"{index}.png", png(digit), "image/png") for index, digit in enumerate(digits)]
    app.file_uploader[0].set_value([*files, ("broken*.png", b"no image", "image/png")]).run()
    click(app, "Use these files")
    assert widget(app, "Data set").value not in ("digits", "mnist")
    assert "0.png (2)" in widget(app, "Data set").options
    assert any(caption.value.startswith(r"Left out: broken\*") for caption in app.caption)
    assert "at most 2 or add images" in app.main.error[0].value  # not in the sidebar
    widget(app, "Batch size").set_value(2).run()
    assert not app.error
    assert any("DCGAN (images) on 0.png," in element.value for element in app.get("html"))
    assert not [record for record in caplog.records if "Session State" in record.getMessage()]


def test_a_link_to_a_deleted_run_says_so() -> None:
    assert "may have been deleted" in open_train(run="gone22").info[0].value


def test_the_timeline_shows_the_chosen_snapshot(add_run: Callable[..., str]) -> None:
    run_id = add_run("starting", "running", "finished")
    app = open_train(run=run_id)
    newest = app.image[0].value
    app.session_state[f"timeline:{run_id}"] = {"step": 0}
    app.run()
    assert app.image[0].value != newest
    assert "Just started" in shown(app)


def test_points_are_drawn_over_the_field(add_run: Callable[..., str], store: RunStore) -> None:
    config = RunConfig(family="mlp", dataset="ring8")
    run_id = add_run("starting", "running", config=config)
    rng = torch.Generator().manual_seed(0)
    points = torch.randn(512, 2, generator=rng).numpy()
    snapshot = {
        "fake": points,
        "real": points,
        "extent": np.float32(1.5),
        "field": np.zeros((48, 48), np.float32),
    }
    write_snapshot(RunFolder(store.folder(run_id)).snapshot(10), snapshot)  # type: ignore[arg-type]
    app = open_train(run=run_id)
    assert len(app.get("echarts_chart")) == 2


def test_a_store_that_was_replaced_is_told_until_it_is_understood(runs_dir: Path) -> None:
    runs_dir.mkdir(parents=True)
    (runs_dir / "runs.sqlite3").write_bytes(b"no database at all, but long enough to look like a file" * 20)
    app = open_train()
    assert len(app.warning) == 1
    click(app, "Understood")
    assert len(app.warning) == 0
