"""What is measured of translations both ways, on translations whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from gan_core.building import build_family, resolve_config
from gan_core.data import load_dataset
from gan_core.evaluation.matching import evaluate_matching
from gan_core.evaluation.measuring import evaluate
from gan_core.phases import DataSpec
from gan_core.settings import RunConfig, UserError


class Channels(nn.Module):
    """Gives grey images three equal channels, or coloured ones their brightest channel, times a factor."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, x: Tensor, z: Tensor | None = None) -> tuple[Tensor, None]:
        made = x.expand(-1, 3, -1, -1) if x.shape[1] == 1 else x.amax(1, keepdim=True)
        return self.factor * made, None


class Same(nn.Module):
    """Leaves points where they are."""

    def forward(self, x: Tensor, z: Tensor | None = None) -> tuple[Tensor, None]:
        return x, None


def family(dataset: str, spec: DataSpec):
    settings = {"width": 8, "blocks": 0, "z_dim": 0}
    return build_family(
        resolve_config(RunConfig(family="discogan", dataset=dataset, settings=settings)), spec
    )


def images(there: float, back: float):
    made = family("digits-scenes", DataSpec("images", (3, 16, 16), 10, (1, 16, 16)))
    made.g_ab, made.g_ba = Channels(there), Channels(back)
    return evaluate(made, "digits-scenes", 200)


def test_a_digit_that_is_kept_survives_there_and_loops_end_where_they_started() -> None:
    found = images(1.0, 1.0)
    assert found["survives_there_classifier-digits-scenes_200"] > 0.8  # white on black is nearly a scene
    assert found["survives_there_classifier-digits-scenes_200_floor"] > 0.9
    assert found["loop_a_test_200"] == 0.0
    assert found["loop_b_test_200"] > 0.01  # the colours are lost


def test_a_digit_that_is_wiped_out_does_not_survive() -> None:
    found = images(0.0, 1.0)
    assert found["survives_there_classifier-digits-scenes_200"] < 0.4
    assert found["loop_a_test_200"] > 0.2


def test_modes_that_stay_where_they_are_have_targets_of_their_own() -> None:
    data = load_dataset("modes")
    data = replace(data, other=replace(data, kernels=data.kernels[:5], other=None))
    still = family("modes", DataSpec("points", (2,), other_shape=(2,)))
    still.g_ab, still.g_ba = Same(), Same()
    found = evaluate_matching(still, "modes", data, n=500, seed=0)
    assert found["targets_points_500"] == 5
    assert found["own_points_500"] == 5
    assert found["shared_points_500"] == 0
    assert found["sharp_points_500"] == pytest.approx(0.989, abs=0.02)
    assert found["loop_points_500"] == 0


def test_a_data_set_without_a_second_domain_is_told() -> None:
    plain = family("modes", DataSpec("points", (2,), other_shape=(2,)))
    with pytest.raises(UserError, match="no two domains of separate modes to match; take modes"):
        evaluate(plain, "ring8", 100)
