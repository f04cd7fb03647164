"""The table of all families: nobody is left out, and a row names the figures that were asked for."""

import pytest

from benchmarks.families import ENTRIES, chosen, command_of, figure
from gan_core.families import FAMILIES
from gan_core.metrics import Metric


def test_every_family_has_a_row_with_a_preset_that_exists() -> None:
    assert set(ENTRIES) == set(FAMILIES)
    for name, entry in ENTRIES.items():
        assert entry.preset in FAMILIES[name].presets, name


def test_a_recipe_with_lengths_of_its_own_is_not_cut() -> None:
    assert "--minutes" in command_of("dcgan", ENTRIES["dcgan"], 3, 0)
    assert "--minutes" not in command_of("mlp", ENTRIES["mlp"], 3, 0)


def test_figures_come_in_the_order_they_were_asked_for_in() -> None:
    metrics = [
        Metric(name="recall_a", title="Recall", value=0.5, count=9, floor=None, better="higher"),
        Metric(name="frechet_a", title="Distance", value=1.5, count=9, floor=0.25, better="lower"),
    ]
    found = chosen(metrics, ("frechet_", "recall_"))
    assert [figure(metric) for metric in found] == ["Distance 1.5 (real data 0.25)", "Recall 0.5"]
    with pytest.raises(LookupError, match="coverage_"):
        chosen(metrics, ("coverage_",))
