"""The record of one measured number."""

import math

import pytest

from gan_core.metrics import Metric, metric_name
from gan_core.settings import UserError


def metric(**values: object) -> Metric:
    given = {"name": "m", "title": "M", "value": 12.0, "count": 10, "better": "lower", **values}
    return Metric.parse(given)


def test_ratio_says_how_many_floors_the_value_is() -> None:
    assert metric(floor=4.0).ratio == 3.0
    assert metric().ratio is None
    assert metric(floor=0.0).ratio is None


def test_survives_json_even_if_infinite() -> None:
    original = metric(value=math.inf, floor=0.5)
    assert Metric.model_validate_json(original.model_dump_json()) == original


def test_name_says_what_with_and_on_how_many() -> None:
    assert metric_name("coverage", "classifier-mnist", 5000) == "coverage_classifier-mnist_5k"


def test_an_unknown_direction_is_refused() -> None:
    with pytest.raises(UserError, match="better"):
        metric(better="sideways")
