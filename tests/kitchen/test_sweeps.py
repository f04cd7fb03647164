"""Sweeps: which runs they are, and which are refused."""

import pytest

from gan_core.kitchen.dials import plain_game
from gan_core.kitchen.sweeps import Axis, axes_of, parse_values, plan
from gan_core.settings import UserError


def base():
    return plain_game("mlp", "ring8", steps=100, seed=4)


def test_two_settings_make_rows_and_columns_that_all_start_alike():
    cells = plan(base(), [Axis("g_steps", (1, 5)), Axis("packing", (1, 2, 4))])
    assert [tuple(cell.values.values()) for cell in cells] == [(1, 1), (1, 2), (1, 4), (5, 1), (5, 2), (5, 4)]
    assert [(cell.config.settings["g_steps"], cell.config.settings["packing"]) for cell in cells] == [
        (1, 1), (1, 2), (1, 4), (5, 1), (5, 2), (5, 4),
    ]  # fmt: skip
    assert {cell.config.training.seed for cell in cells} == {4}
    first = cells[0].config
    assert first.start_like is None
    assert all(cell.config.start_like == first.settings for cell in cells[1:])
    assert axes_of([cell.config for cell in cells]) == ["g_steps", "packing"]


def test_one_setting_of_the_training_can_be_varied_and_a_value_counts_once():
    cells = plan(base(), [Axis("batch_size", (64, 256, 64))])
    assert [cell.config.training.batch_size for cell in cells] == [64, 256]
    assert axes_of([cell.config for cell in cells]) == ["batch_size"]


@pytest.mark.parametrize(
    ("axes", "waiting", "sentence"),
    [
        ([Axis("g_steps", (1, 2, 3, 4, 5)), Axis("seed", (1, 2, 4))], 0, "most 12 runs, and 5 x 3 makes 15"),
        ([Axis("seed", tuple(range(13)))], 0, "at most 12 runs, and 13 makes 13"),
        ([Axis("seed", tuple(range(12)))], 13, "room for 24 runs and 13 wait already"),
        ([Axis("g_steps", (1,)), Axis("g_steps", (2,))], 0, "one or two different settings"),
        ([Axis("g_steps", ())], 0, "at least one value"),
        ([], 0, "one or two different settings"),
        ([Axis("g_steps", (0, 1))], 0, "g_steps"),
        ([Axis("loss", ("hinge", "none_such"))], 0, "loss"),
        ([Axis("nonsense", (1,))], 0, "unknown setting 'nonsense'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_sentence(axes, waiting, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        plan(base(), axes, waiting=waiting)
    assert "\n" not in str(caught.value)


def test_twelve_runs_fit():
    assert len(plan(base(), [Axis("seed", tuple(range(12)))], waiting=12)) == 12


def test_values_are_read_as_they_are_typed():
    assert parse_values("0.001, 1e-2;5, on, least squares") == (0.001, 0.01, 5, True, "least_squares")
    with pytest.raises(UserError, match="at least one value"):
        parse_values(" , ")
