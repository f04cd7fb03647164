"""The table of `make bench-collapse`: its arithmetic, its rows, and the runs behind them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.collapse import arms_of, config_of, main
from benchmarks.dense_products import OneDnnLinear, use_onednn
from benchmarks.literature import POINT_ARMS, Score, as_json, fraction_run, markdown, mean_and_error


def score(arm: str, seed: int, modes: int, kl: float, quality: float, steps: int = 4000) -> Score:
    return Score("ring8", arm, seed, steps, modes, kl, quality, 10.0)


def test_a_mean_has_the_standard_error_of_the_papers() -> None:
    assert mean_and_error([6.0, 8.0]) == "7±1"  # deviation 1.414, over the root of two
    assert mean_and_error([7.0, 7.0, 7.0, 7.0]) == "7±0"
    assert mean_and_error([0.25]) == "0.25"


def test_the_part_of_the_papers_length_is_counted_in_updates_of_d() -> None:
    assert fraction_run(POINT_ARMS["gan"], 4000) == "4,000 of 400,000 (1 %)"
    assert fraction_run(arms_of("stacked-mnist")["gan"], 4000) == "2,000 of 100,000 (2 %)"
    assert fraction_run(POINT_ARMS["ours"], 4000) == "4,000 steps"


def test_the_table_shows_every_seed_beside_what_was_published() -> None:
    scores = [score("pac2", 1, 8, 0.02, 0.5), score("gan", 0, 6, 0.4, 0.9), score("pac2", 0, 7, 0.06, 0.7)]
    head, rule, gan, pac2 = markdown("ring8", POINT_ARMS, scores)
    assert head.count("|") == rule.count("|") == gan.count("|") == pac2.count("|")
    assert "| 0 | 6 | 90 | 0.4 | 6.3±0.5" in gan
    assert "| 0, 1 | 7.5±0.5 (7, 8) | 60±10 (70, 50) | 0.04±0.02 (0.06, 0.02) | 7.9±0.1" in pac2


def test_runs_of_different_lengths_are_rows_of_their_own() -> None:
    scores = [score("gan", 0, 6, 0.4, 0.9), score("gan", 0, 7, 0.4, 0.9, steps=8000)]
    assert len(markdown("ring8", POINT_ARMS, scores)) == 4


@pytest.mark.parametrize("data", ["ring8", "grid25", "stacked-mnist"])
def test_every_arm_is_a_run_of_the_length_asked_for(data: str) -> None:
    for arm in arms_of(data).values():
        assert config_of(data, arm, 3, 50, []).training.steps == 50
        whole = config_of(data, arm, 3, None, [])
        assert whole.training.seed == 3
        assert arm.ours or whole.training.steps == arm.steps
        pack = int(arm.settings.get("packing", 1))
        assert whole.settings["packing"] == pack
        assert whole.training.batch_size % pack == 0


def test_the_labs_recipe_falls_and_stops_measuring_in_step_with_the_length_of_the_run() -> None:
    settings = config_of("ring8", POINT_ARMS["ours"], 0, 300, []).settings
    assert (settings["penalty_fall_steps"], settings["norm_steps"]) == (300, 125)
    whole = config_of("grid25", POINT_ARMS["ours-wide"], 0, None, [])
    assert whole.settings["penalty_fall_steps"] == whole.training.steps
    assert whole.settings["norm_steps"] == 5 * whole.training.steps / 12


def test_runs_add_up_in_the_results_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.jsonl"
    results.write_text(json.dumps(as_json(score("pac2", 5, 7, 0.1, 0.6))) + "\n")
    options = ["--data", "ring8", "--arms", "ours", "--seeds", "1", "--our-steps", "3"]
    options += ["--looks", "3", "2", "9"]  # in any order; at the end or beyond it is measured once
    small = ["--set", "generator_width=8", "discriminator_width=8"]
    monkeypatch.setattr(sys, "argv", ["collapse.py", *options, *small, "--results", str(results)])
    main()
    assert [json.loads(line)["steps"] for line in results.read_text().splitlines()] == [4000, 2, 3]
    table = capsys.readouterr().out
    assert "| PacGAN2 | 4,000 of 400,000 (1 %) | 5 |" in table
    assert "generator_width=8, discriminator_width=8 | 3 steps | 0 |" in table


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="PyTorch without oneDNN")
@pytest.mark.parametrize("bias", [True, False])
def test_onednns_layers_are_linear_layers(bias: bool) -> None:
    torch.manual_seed(0)
    narrow, wide = nn.Linear(3, 100), nn.Linear(100, 120, bias=bias)
    network = nn.Sequential(narrow, wide)
    x, gradient = torch.randn(7, 3, requires_grad=True), torch.randn(7, 120)
    parameters = [x, *network.parameters()]
    expected = [network(x), *torch.autograd.grad(network(x), parameters, gradient)]
    use_onednn(network)
    assert (type(narrow), type(wide)) == (nn.Linear, OneDnnLinear)
    found = [network(x), *torch.autograd.grad(network(x), parameters, gradient)]
    torch.testing.assert_close(found, expected)
