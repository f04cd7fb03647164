"""One visitor's game."""

from __future__ import annotations

import base64
import time
from typing import Any

import numpy as np
import pytest
import torch

from gan_core.lab.config import LabConfig
from gan_core.lab.session import LabSession
from gan_core.metrics import mode_coverage
from gan_core.settings import UserError

SMALL = {"generator_width": 8, "discriminator_width": 8}


def config(**changes: Any) -> LabConfig:
    settings = SMALL | changes.pop("settings", {})
    return LabConfig.parse({"batch_size": 16, "settings": settings, **changes})


def fakes(session: LabSession) -> np.ndarray:
    found = np.frombuffer(base64.b64decode(session.frame([])["fake"]), "<i2")
    return found.reshape(-1, 2) * (2 * session.game.dataset.extent / 32_767)


def test_reset_brings_back_the_first_weights_and_a_seed_others() -> None:
    session = LabSession(config())
    first = fakes(session)
    for command in ("step", "discriminator", "generator"):
        session.obey(command)
    assert session.frame([])["step"] == 3
    assert not np.array_equal(fakes(session), first)
    session.obey("reset")
    assert session.frame([])["step"] == 0
    assert np.array_equal(fakes(session), first)
    session.configure(config(seed=1))
    assert not np.array_equal(fakes(session), first)


def test_live_settings_keep_the_game_and_others_begin_anew() -> None:
    session = LabSession(config())
    session.obey("step")
    session.configure(config(settings={"loss": "hinge", "lr_generator": 0.01}))
    frame = session.frame(["best"])
    assert (frame["step"], frame["meaning"]) == (1, "ranking")
    assert frame["marks"] == [(1, "loss,lr_generator")]
    assert "best" not in frame
    session.configure(config(settings={"loss": "hinge", "activation": "tanh"}))
    assert session.frame([])["step"] == 0


def test_the_halves_of_slow_motion_make_one_step() -> None:
    session = LabSession(config())
    before = fakes(session)
    session.obey("discriminator")
    assert np.array_equal(fakes(session), before)
    session.obey("finish")
    assert session.frame([])["step"] == 1
    assert not np.array_equal(fakes(session), before)


def test_a_speed_is_kept() -> None:
    session = LabSession(config())
    session.speed = 50.0
    session.obey("play")
    start = time.perf_counter()
    while time.perf_counter() - start < 0.5:
        session.advance(0.01)
    passed = time.perf_counter() - start
    assert 0.5 * 50 * passed < session.frame([])["step"] <= 50 * passed + 6


def test_only_what_is_on_is_computed_and_everything_fits_its_layer() -> None:
    session = LabSession(config(dataset="ring8"))
    assert not {"field", "pull", "sheet", "best", "gap"} & session.frame([]).keys()
    frame = session.frame(["field", "pull", "sheet", "best", "gap"])
    sizes = {
        name: len(base64.b64decode(frame[name])) for name in ("fake", "field", "pull", "sheet", "best", "gap")
    }
    assert sizes == {
        "fake": 250 * 4, "field": 40 * 40, "pull": 250 * 4, "sheet": 21 * 21 * 4, "best": 3600, "gap": 3600,
    }  # fmt: skip
    assert len(frame["centres"]) == 8
    assert frame["reading"]["places"] == 8


def test_a_game_that_breaks_down_says_so_and_can_be_reset() -> None:
    session = LabSession(config(settings={"optimizer": "sgd", "loss": "wasserstein"}))
    with torch.no_grad():
        next(session.game._trainer.modules["discriminator"].parameters()).fill_(float("inf"))
    session.obey("play")
    session.advance(0.01)
    frame = session.frame(["field", "pull", "sheet"])
    assert not frame["playing"]
    assert "reset" in frame["problem"]
    session.obey("play")
    assert not session.playing
    session.obey("reset")
    session.obey("play")
    assert session.advance(0.01)
    assert session.game.problem is None


@pytest.mark.parametrize(
    "values",
    [{"dataset": "mnist"}, {"seed": -1}, {"settings": {"generator_width": 5_000}}, {"start": "no-such"}],
)
def test_a_config_that_is_not_possible_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        LabConfig.parse(values)


def test_settings_that_exclude_each_other_leave_the_game_as_it_is() -> None:
    session = LabSession(config())
    session.obey("step")
    with pytest.raises(UserError, match="one of them must be 1"):
        session.configure(config(settings={"d_steps": 2, "g_steps": 2}))
    assert session.frame([])["step"] == 1


@pytest.mark.parametrize("start", ["mlp-ring8", "mlp-grid25"])
def test_a_trained_start_stays_as_good_while_it_is_played(start: str) -> None:
    """Rates, penalties or a measuring batch norm of the start of its training undo what was learned."""
    session = LabSession(LabConfig.parse({"start": start, "dataset": start.removeprefix("mlp-")}))
    data = session.game.dataset
    assert data.centres is not None
    for steps in (1, 9, 140):
        session.game.train(steps)
        found = mode_coverage(torch.tensor(fakes(session)), data.centres, data.std)
        assert found.covered == len(data.centres)
        assert found.high_quality > 0.85
